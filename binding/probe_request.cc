#include "binding/probe_request.h"

#include <variant>

namespace resilience {
namespace {

std::optional<ProbeTarget> accept(js::Env env, ConnInfoResult result) {
  if (auto* const info = std::get_if<ConnInfo>(&result)) return ProbeTarget(std::move(*info));
  js::throw_error(env, std::get<ConnInfoError>(result).message);
  return std::nullopt;
}

}  // namespace

std::optional<ProbeTarget> probe_target(js::Env env, const ProbeRequest& request) {
  if (request.url) return accept(env, parse_conninfo(*request.url, request.driver));
  if (request.parameters) return accept(env, conninfo_from(*request.parameters, request.driver));
  if (!request.tcp) {
    js::throw_type_error(env, "the probe needs url, parameters or tcp");
    return std::nullopt;
  }
  const auto& [host, port, awaits_greeting] = *request.tcp;
  if (host.empty() || host.find('\0') != std::string::npos || port == 0) {
    js::throw_type_error(env, "tcp names no host, or port 0");
    return std::nullopt;
  }
  TcpTarget target;
  target.host.host = host;
  target.host.port = port;
  target.awaits_greeting = awaits_greeting;
  return target;
}

std::optional<SubscriptionOptions> subscription_options(js::Env env, const ProbeRequest& request) {
  constexpr Duration kLeast = std::chrono::milliseconds{1};
  constexpr Duration kMost = std::chrono::milliseconds{2147483647};
  for (const Duration each : {request.interval, request.down_interval, request.timeout}) {
    if (each >= kLeast && each <= kMost) continue;
    js::throw_range_error(env, "the probe's times must be from 1 to 2147483647 ms");
    return std::nullopt;
  }
  SubscriptionOptions options;
  options.timing = {request.interval, request.down_interval, request.timeout};
  options.sentinel = request.sentinel;
  options.monitor = request.monitor.monitor;
  return options;
}

bool needs_authorities_for(const std::optional<std::string>& url,
                           const std::optional<std::vector<Parameter>>& parameters, const DriverSettings& driver) {
  return parameters ? needs_authorities(*parameters, driver)
                    : conninfo_needs_authorities(url.value_or(std::string{}), driver);
}

js::Maybe<MonitorOfLoop> seam::Codec<MonitorOfLoop>::read(Reader& reader, js::Value value) {
  const auto* const wrap = static_cast<LoopMonitorWrap*>(js::unwrap(value, ClassOf<LoopMonitorWrap>::kTag));
  if (wrap != nullptr) return MonitorOfLoop{wrap->monitor()};
  reader.refuse("a NativeLoopMonitor", value);
  return {};
}

}  // namespace resilience
