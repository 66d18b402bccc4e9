// The thread that looks for one database.
//
// Carries out a ProbeSchedule with real sockets: rounds (several may overlap), knocks, a sentinel. Sleeps in poll(2)
// while there is nothing to do, and is only started by the first wish. Wishes may come from any thread.
//
// Ending it never waits for the network: nothing the thread calls blocks, and if it is busy all the same for longer
// than kPatience (a hostile server can ask for much arithmetic), it is left to itself and reports to nobody.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/probe_result.h"
#include "core/probe_schedule.h"
#include "core/server_activity.h"
#include "io/attempt.h"
#include "io/host_resolver.h"
#include "io/probe_target.h"

namespace resilience {

// What a probe looks with.
struct ProbeMeans {
  HostResolver& resolver;  // outlives the process or the thread
  MakeDialer make_dialer;
};

class ProbeThread {
 public:
  static constexpr std::chrono::milliseconds kPatience{500};

  // Called on the thread; must not block. Rounds are numbered from 1 in the order of their beginning; a result of an
  // earlier round than one already reported is never reported.
  using Report = std::function<void(std::uint64_t round, const ProbeResult& result)>;
  // The same for looks at what connections do, which have numbers of their own.
  using ActivityReport = std::function<void(std::uint64_t look, const ServerActivity& activity)>;

  ProbeThread(ProbeTarget target, const ProbeTiming& timing, std::uint64_t seed, const ProbeMeans& means, Report report,
              ActivityReport activity_report);
  ProbeThread(const ProbeThread&) = delete;
  ProbeThread& operator=(const ProbeThread&) = delete;
  ~ProbeThread();

  // Look for the database by the schedule, beginning now, until rest().
  void search();
  void rest();
  // One round now, beside the schedule; while as many rounds are under way as there may be, it waits for its turn.
  void look();
  // One look at what the database's connections do, those of `pids` one by one, once begin_activity_look() is called or
  // the thread runs already. Answers its number: whoever wishes for one while none has begun shares it.
  [[nodiscard]] std::uint64_t wish_activity_look(const std::vector<std::uint32_t>& pids);
  void begin_activity_look() { ensure_running(); }
  // The number of the next round to begin.
  [[nodiscard]] std::uint64_t next_round();
  // Whether to keep a standing session. PostgreSQL only; without effect elsewhere.
  void keep_sentinel(bool wanted);
  void set_timing(const ProbeTiming& timing);
  // For attempts that begin from now on.
  void set_password(std::string password);

 private:
  class Loop;
  void ensure_running();

  std::shared_ptr<Loop> loop_;
  std::mutex thread_mutex_;
  std::thread thread_;
};

}  // namespace resilience
