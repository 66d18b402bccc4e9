// From a connection string to what the probe connects with.
//
// Accepts postgres:// and postgresql:// URLs as Prisma and node-postgres write them (several hosts too), libpq's
// keyword/value strings, and single parameters. What they say of TLS is read as the application's driver reads it
// (tls_plan.h). Prisma's own parameters are mapped where libpq has their like and left
// out otherwise; so are parameters that would let the machine's files decide (service, passfile), and unknown ones.
// Pure; any bytes are accepted and never crash it; no message holds a value out of the text.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/endpoint_choice.h"
#include "io/tls_plan.h"

namespace resilience {

struct HostSpec {
  std::string host;      // a name, an address, or the folder of a Unix socket; never empty
  std::string hostaddr;  // a numeric address that spares the look-up of `host`; mostly empty
  std::uint16_t port = 0;

  // An absolute path, or '@' and a name in the abstract namespace.
  [[nodiscard]] bool is_socket() const { return host.front() == '/' || host.front() == '@'; }
  bool operator==(const HostSpec&) const = default;
};

struct ConnInfo {
  std::vector<HostSpec> hosts;        // 1 to kMostHosts
  std::vector<Parameter> parameters;  // libpq's keywords, sorted, each once; without hosts, ports, target, TLS's files
  TlsPlan tls;
  TargetSession target = TargetSession::kAny;
  std::optional<std::chrono::seconds> connect_timeout;  // empty: none given, or 0, which is libpq's "for ever"
  std::vector<std::string> secrets;                     // passwords, as written and as decoded
  std::vector<std::string> ignored;                     // names of parameters that nobody knows, for one line of log

  // Two with the same key look at the same database in the same way. Holds secrets: never log it.
  [[nodiscard]] std::string key() const;
  // The value of a parameter, or an empty view.
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
  // In the place of the one that was given, which stays a secret.
  void set_password(std::string password);
};

struct ConnInfoError {
  std::string message;  // what is wrong and with which parameter; no value of it
};

inline constexpr std::size_t kLongestConnInfo = 8192;  // a start-up packet must fit a socket's send buffer
inline constexpr std::size_t kMostHosts = 32;

using ConnInfoResult = std::variant<ConnInfo, ConnInfoError>;

// A URL where it has "://" before any '=', else keyword/value pairs.
[[nodiscard]] ConnInfoResult parse_conninfo(std::string_view text, const DriverSettings& settings = {});

// Parameters that are already apart, as a driver adapter's options; later ones win. `database` is dbname.
[[nodiscard]] ConnInfoResult conninfo_from(std::span<const Parameter> parameters, const DriverSettings& settings = {});

// Whether settings.authorities would be used, so that whoever calls has to name them. False for what is malformed.
[[nodiscard]] bool conninfo_needs_authorities(std::string_view text, const DriverSettings& settings);

}  // namespace resilience
