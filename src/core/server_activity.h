// What the connections of a database do at the server, as its pg_stat_activity shows it: plain data.
//
// What the server hides (another role's sessions, a view that is missing) is unknown, never zero.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/types.h"

namespace resilience {

// Values cross into JavaScript: never renumber them.
enum class BackendState : std::uint8_t {
  kUnknown = 0,  // hidden from us, not tracked, or of a kind not known here
  kActive = 1,   // it works on something
  kIdle = 2,     // it waits for the next command, inside a transaction or not
};

struct Backend {
  std::uint32_t pid = 0;
  BackendState state = BackendState::kUnknown;
  Duration age{};       // of the session
  Duration in_state{};  // since it does that
  std::int64_t state_since_us =
      0;  // the same by the server's clock, in µs: equal where nothing has happened in between
};

struct StateCount {
  std::string state;  // as the server names it; "unknown" where it hides it
  std::uint64_t count = 0;
};

struct ServerActivity {
  bool known = false;
  std::vector<StateCount> connections;  // of clients to this database, whoever looks not among them
  std::uint64_t waiting_for_lock = 0;   // of those
  std::uint64_t max_connections = 0;
  std::int64_t server_started_us =
      0;                          // by the server's clock, in µs: tells one server, and one life of it, from another
  std::vector<Backend> backends;  // of those that were asked about, the ones that are there
  std::string code;               // where not known: why, as ProbeResult::code
  std::string message;            // for people; holds no password
};

}  // namespace resilience
