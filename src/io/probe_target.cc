#include "io/probe_target.h"

namespace resilience {

std::vector<HostSpec> hosts_of(const ProbeTarget& target) {
  if (const auto* info = std::get_if<ConnInfo>(&target)) return info->hosts;
  return {std::get<TcpTarget>(target).host};
}

TargetSession session_of(const ProbeTarget& target) {
  const auto* info = std::get_if<ConnInfo>(&target);
  return info ? info->target : TargetSession::kAny;
}

std::string key_of(const ProbeTarget& target) {
  if (const auto* info = std::get_if<ConnInfo>(&target)) return "postgresql\n" + info->key();
  const auto& tcp = std::get<TcpTarget>(target);
  return std::string(tcp.awaits_greeting ? "greeting\n" : "tcp\n") + tcp.host.host + '\n' +
         std::to_string(tcp.host.port);
}

}  // namespace resilience
