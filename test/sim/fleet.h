// A fleet of processes that share one database server and a load, and what it does to the server that comes back after
// an outage: the production core, thousands of times, in virtual time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/rng.h"
#include "host.h"

namespace resilience::world {

struct FleetOptions {
  std::size_t processes = 1;
  std::size_t operations_per_second = 1000;  // of all together
  std::size_t pool = 5;                      // connections of a process
  bool guarded = false;                      // see HostOptions
  ServerOptions server = kLargeServer;
  Duration down = std::chrono::milliseconds{3137};  // on nobody's timetable
  Duration starting{};                              // so long after that it turns everybody away
  bool frozen = false;                              // meanwhile, and not stopped

  static constexpr ServerOptions kLargeServer{8, std::chrono::milliseconds{1}, std::chrono::milliseconds{5}, 1U << 20U};
  // As a test's machine has it, on which the fleet runs as well: two cores, and a connection is dear.
  static constexpr ServerOptions kSmallServer{2,   std::chrono::milliseconds{1},   std::chrono::milliseconds{14},
                                              400, std::chrono::microseconds{500}, true};
  // A machine that is shared: one core, and a process for a connection is dear, also where the client has gone.
  static constexpr ServerOptions kSlowServer{1,   std::chrono::milliseconds{1},  std::chrono::milliseconds{20},
                                             400, std::chrono::milliseconds{10}, true};
  static constexpr ServerOptions kFrozenServer{2,   std::chrono::milliseconds{1}, std::chrono::milliseconds{14},
                                               400, std::chrono::milliseconds{7}, true};
};

struct FleetReport {
  std::size_t in_flight = 0;      // operations, when the server stopped
  std::size_t parked = 0;         // when it was back
  std::size_t busiest = 0;        // pieces of work before the server at once, in the first second after that
  std::size_t most_sessions = 0;  // ever
  std::uint64_t failed = 0;
  std::uint64_t resets = 0;  // of clients that were well
  Duration first_success{};  // of any process, since the server was back
  Duration settled{};        // until everything that began before had ended
  std::vector<std::string> broken;
};

class Fleet {
 public:
  static constexpr Duration kWork = std::chrono::milliseconds{2};  // of the server, for each operation
  explicit Fleet(const FleetOptions& options);
  FleetReport run();

 private:
  void start_process(std::size_t i);
  void schedule_load();
  void stop_server();
  void start_server();
  void watch();
  template <typename Count>
  [[nodiscard]] std::size_t sum(Count count) const;

  FleetOptions options_;
  EventQueue events_;
  Server server_;
  TimePoint back_;
  Watcher watcher_;
  Rng rng_{7};
  std::vector<std::unique_ptr<Host>> hosts_;
  FleetReport report_;
};

}  // namespace resilience::world
