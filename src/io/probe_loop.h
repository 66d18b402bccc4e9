// What the probe's thread does; see probe_thread.h. Wishes and the end are under a mutex, all else is the thread's own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "io/activity_look.h"
#include "io/probe_round.h"
#include "io/probe_thread.h"
#include "io/queued_look.h"
#include "io/sentinel.h"
#include "io/socket_address.h"
#include "io/staying_look.h"
#include "io/waker.h"

namespace resilience {

class ProbeThread::Loop {
 public:
  Loop(ProbeTarget target, const ProbeTiming& timing, std::uint64_t seed, const ProbeMeans& means, Report report,
       ActivityReport activity_report);

  // Any thread:
  void search();
  void rest();
  void look();
  std::uint64_t wish_activity_look(const std::vector<std::uint32_t>& pids);
  // The number that the next round will have.
  std::uint64_t next_round();
  void keep_sentinel(bool wanted);
  void set_timing(const ProbeTiming& timing);
  void set_password(std::string password);
  // Asks run() to return. True if it has within `patience`; else it reports nothing more, whenever it returns.
  [[nodiscard]] bool stop(std::chrono::milliseconds patience);
  // For when no thread could be had.
  void report_no_thread();

  void run();

 private:
  struct Wishes {
    bool searching = false;
    bool begin = false;  // search() was called since the last look at the wishes
    bool look = false;
    bool sentinel = false;
    bool stop = false;
    std::optional<ProbeTiming> timing;
    std::optional<std::string> password;
    std::optional<std::set<std::uint32_t>> activity;  // the backends to ask about by themselves
  };

  [[nodiscard]] static TimePoint now();
  // False: stop.
  bool take_wishes(TimePoint now);
  void update_schedule(TimePoint now);
  void start_due(TimePoint now);
  [[nodiscard]] std::uint64_t take_round_number();
  void start_round(TimePoint now, ProbeTrigger trigger);
  void start_activity_look(TimePoint now);
  void knock(TimePoint now);
  [[nodiscard]] TimePoint next_deadline() const;
  void wait(TimePoint now, std::vector<bool>& ready);
  void advance(TimePoint now, const std::vector<bool>& ready);
  void stop_followers();
  void collect_rounds(TimePoint now);
  void finish_round(TimePoint now, ProbeRound& round);
  void keep_in_queue(TimePoint now, ProbeRound& round);
  // Whether a round has been let in, and awaits its answer.
  [[nodiscard]] bool let_in() const;
  // Whether somebody stands in a queue already, so that another look would only make it longer.
  [[nodiscard]] bool queues(TimePoint now) const;
  // Whether a server has taken a look in and not answered it yet.
  [[nodiscard]] bool one_waits() const;
  void keep_session(TimePoint now, std::unique_ptr<Session> session, HostSpec host);
  void watch_staying(TimePoint now, const std::vector<bool>& ready, std::size_t first);
  void watch_queued(TimePoint now, const std::vector<bool>& ready, std::size_t first);
  void refuse_look();
  void watch_sentinel(TimePoint now, bool ready);
  void lose_sentinel(TimePoint now);
  void report_sentinel(TimePoint now, const AttemptOutcome& answer);
  void watch_knocks(TimePoint now, const std::vector<bool>& ready, std::size_t first);
  void deliver(std::uint64_t round, ProbeResult result);
  void deliver(std::uint64_t look, const ServerActivity& activity);

  const ProbeTarget target_;
  HostResolver& resolver_;
  const std::shared_ptr<Waker> waker_;

  std::mutex mutex_;
  std::condition_variable ended_;
  Wishes wishes_;
  std::uint64_t next_round_ = 1;
  std::uint64_t next_activity_look_ = 1;
  bool running_ = false;

  // Its own mutex: whoever listens has locks of his own, under which he calls us. Never taken together with mutex_.
  std::mutex report_mutex_;
  Report report_;                   // emptied by stop()
  ActivityReport activity_report_;  // the same

  // The thread's own:
  ProbeTiming timing_;
  Rng rng_;
  ProbeSchedule schedule_;
  RoundMemory memory_;
  std::list<ProbeRound> rounds_;  // in the order of their beginning
  QueuedLooks queued_;
  StayingLook staying_;
  std::optional<ActivityLook> activity_look_;
  bool look_pending_ = false;
  bool searching_ = false;
  bool sentinel_wanted_ = false;
  std::optional<Sentinel> sentinel_;
  std::uint64_t sentinel_round_ = 0;  // of the question under way
  HostSpec sentinel_host_;
  std::vector<SocketAddress> refused_;
  std::vector<UniqueFd> knocks_;
  bool ever_up_ = false;
};

}  // namespace resilience
