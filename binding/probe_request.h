// What a probe is asked for, as it crosses, and as src/io takes it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "binding/loop_monitor_wrap.h"
#include "binding/seam/codec.h"
#include "io/probe_registry.h"

namespace resilience {

struct TcpRequest {
  std::string host;
  std::uint16_t port = 0;
  bool awaits_greeting = false;  // the server speaks first, as MySQL and MariaDB do
};

// Null: no loop is watched.
struct MonitorOfLoop {
  std::shared_ptr<const LoopMonitor> monitor;
};

struct ProbeRequest {
  // Whose settings the target's are; libpq's by default.
  DriverSettings driver;
  // Exactly one of the three.
  std::optional<std::string> url;  // postgres://… in Prisma's, node-postgres' or libpq's dialect, or keyword=value
  std::optional<std::vector<Parameter>> parameters;  // the same by libpq's names
  std::optional<TcpRequest> tcp;
  bool sentinel = false;     // keep one idle connection whose end is reported the moment it happens; PostgreSQL only
  Duration interval{};       // between looks while the database is up
  Duration down_interval{};  // between looks while it is down, at first
  Duration timeout{};        // of one look
  std::uint64_t seed = 0;    // of the schedule's jitter
  MonitorOfLoop monitor;     // results then come with the stall of that loop
};

// Nothing, with an exception pending: the connection string is malformed (the error quotes nothing of it), or a value
// is out of range.
[[nodiscard]] std::optional<ProbeTarget> probe_target(js::Env env, const ProbeRequest& request);
[[nodiscard]] std::optional<SubscriptionOptions> subscription_options(js::Env env, const ProbeRequest& request);

// Whether a probe of that target would use driver.authorities: making them costs the caller some time.
[[nodiscard]] bool needs_authorities_for(const std::optional<std::string>& url,
                                         const std::optional<std::vector<Parameter>>& parameters,
                                         const DriverSettings& driver);

namespace seam {

template <>
struct Codec<MonitorOfLoop> {
  // It only ever comes in.
  static js::Maybe<js::Value> write(js::Env env, const MonitorOfLoop&) noexcept { return js::undefined(env); }
  static js::Maybe<MonitorOfLoop> read(Reader& reader, js::Value value);
  static TypeSchema describe(Described&) { return type_of(TypeKind::kTypeScript, "NativeLoopMonitor"); }
};

template <>
struct Record<TcpRequest> {
  static constexpr auto kFields =
      std::tuple{required<&TcpRequest::host>, required<&TcpRequest::port>, defaulted<&TcpRequest::awaits_greeting>};
};

template <>
struct Record<DriverSettings> {
  static constexpr auto kFields = std::tuple{
      required<&DriverSettings::driver>, defaulted<&DriverSettings::ssl>, defaulted<&DriverSettings::environment_mode>,
      defaulted<&DriverSettings::trusts_all>, defaulted<&DriverSettings::authorities>};
};

template <>
struct Record<ProbeRequest> {
  static constexpr auto kFields = std::tuple{defaulted<&ProbeRequest::driver>,       optional<&ProbeRequest::url>,
                                             optional<&ProbeRequest::parameters>,    optional<&ProbeRequest::tcp>,
                                             defaulted<&ProbeRequest::sentinel>,     required<&ProbeRequest::interval>,
                                             required<&ProbeRequest::down_interval>, required<&ProbeRequest::timeout>,
                                             required<&ProbeRequest::seed>,          defaulted<&ProbeRequest::monitor>};
};

}  // namespace seam
}  // namespace resilience
