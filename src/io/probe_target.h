// Where a probe looks.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "io/conninfo.h"

namespace resilience {

struct TcpTarget {
  HostSpec host;
  bool awaits_greeting = false;  // MySQL and MariaDB speak first
};

using ProbeTarget = std::variant<ConnInfo, TcpTarget>;

[[nodiscard]] std::vector<HostSpec> hosts_of(const ProbeTarget& target);
[[nodiscard]] TargetSession session_of(const ProbeTarget& target);
// Two targets with the same key are one database. Holds secrets: never log it.
[[nodiscard]] std::string key_of(const ProbeTarget& target);

}  // namespace resilience
