// One process: a supervisor and what drives it, as lib/host does, with operations, generations, a factory and a probe.
//
// Checks on the way what every host may rely on; what is broken is told to the Watcher.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "client.h"
#include "core/supervisor.h"
#include "describe.h"
#include "event_queue.h"
#include "probe.h"
#include "release_watch.h"
#include "server.h"

namespace resilience::world {

enum class FactoryMood : std::uint8_t { kWorks, kThrows, kHangs };

struct HostOptions {
  Config config;
  HostAbilities abilities{true, true};
  std::size_t pool = 10;
  Duration pool_timeout{};
  Duration make_client = std::chrono::milliseconds{5};
  Duration drain = std::chrono::seconds{5};  // of resets by hand that have a time limit, and of the shutdown
  std::uint64_t seed = 1;
  std::uint64_t first_run = 0;                    // numbers of runs are unique in a world
  bool guarded = false;                           // what waits to run again counts as in flight, as with the guard
  Duration leaves_work{};                         // so long some failed tries leave something under way; 0: none
  bool twin = false;                              // drive a second supervisor that is told of each success one by one
  std::function<void(const std::string&)> trace;  // told of every input, answer, effect and broken promise
};

struct OperationPlan {
  Operation operation;
  Duration work = std::chrono::milliseconds{1};
};

struct HostTotals {
  std::uint64_t told = 0;  // what the supervisor was told of, healthy operations included
  std::uint64_t begun = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t unknown = 0;  // writes that ended with an unknown outcome
  std::uint64_t replacements = 0;
  std::uint64_t outages = 0;
  std::uint64_t waited = 0;              // operations that had to wait
  Duration longest{};                    // from an operation's beginning to its end
  TimePoint first_success = kEndOfTime;  // since watch_recovery()
  TimePoint backlog_settled;             // the last end of an operation begun before that
  TimePoint last_settled;
};

// Hears of broken promises. One per run.
class Watcher {
 public:
  void broken(const std::string& promise) {
    if (broken_.size() < 10) broken_.push_back(promise);
  }
  [[nodiscard]] const std::vector<std::string>& promises_broken() const noexcept { return broken_; }

 private:
  std::vector<std::string> broken_;
};

class Host {
 public:
  // Begins the trace's line on a broken promise.
  static constexpr const char* kBroken = "BROKEN: ";

  Host(EventQueue& events, Server& server, const HostOptions& options, Watcher& watcher);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // An operation comes.
  void run(const OperationPlan& plan);
  // `limited`: what still runs on the old client after options.drain is cut.
  void hard_reset(bool limited = false);
  void reconnect();
  void shut_down();

  // ---- faults of this process
  void set_factory_mood(FactoryMood mood) { factory_mood_ = mood; }
  void set_probe_mood(ProbeMood mood) { probe_->set_mood(mood); }
  void lose_sentinel() { probe_->lose_sentinel(); }
  void panic() { generations_.at(generation_).client->panic(); }
  void lose_connectivity() { generations_.at(generation_).client->lose_connectivity(); }
  // The event loop does not turn for this long.
  void stall(Duration duration);

  // ---- what is true
  [[nodiscard]] const Supervisor& core() const noexcept { return core_; }
  [[nodiscard]] const HostTotals& totals() const noexcept { return totals_; }
  [[nodiscard]] std::size_t unsettled() const noexcept { return runs_.size(); }
  // After shut_down(): all generations have come to their end.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  // Clients that are neither serving nor closed.
  [[nodiscard]] std::size_t old_clients() const noexcept {
    return made_.size() + generations_.size() - generations_.count(generation_);
  }
  // When the oldest try in flight began.
  [[nodiscard]] std::optional<TimePoint> in_flight_since() const {
    return tries_.empty() ? std::nullopt : std::optional{tries_.begin()->second.started};
  }
  void watch_recovery() {
    watched_since_ = now();
    totals_.backlog_settled = now();
    totals_.first_success = kEndOfTime;
  }
  // Compares what has settled with what was applied; forgets what it has compared. Returns how many writes were applied
  // more than once.
  std::uint64_t check_ledger();

 private:
  struct Run {
    std::uint64_t number = 0;
    OperationPlan plan;
    TimePoint first_started;
    TicketId ticket;
    std::uint32_t tries = 0;
    bool waiting = false;
    bool maybe_applied = false;  // a try of it ended with an unknown outcome
    bool under_way = false;      // something of its last try is
  };
  struct Try {
    std::uint64_t run = 0;
    std::uint64_t generation = 0;
    Epoch epoch;
    TimePoint started;
  };
  struct Generation {
    std::shared_ptr<Client> client;
    std::size_t in_flight = 0;
    bool draining = false;
  };
  struct Settled {
    std::uint64_t run = 0;
    bool ok = false;
    Outcome outcome = Outcome::kNotApplied;
  };

  [[nodiscard]] TimePoint now() const noexcept { return events_.now(); }
  [[nodiscard]] bool stopped() const noexcept { return core_.state() == ConnectionState::kStopped; }
  // On this process's event loop.
  void post(EventQueue::Action action);
  template <typename Tell>
  auto input(const char* what, Tell tell);
  void broken(const std::string& promise);
  void compare(const std::string& summed, const std::string& told, const char* what);
  void trace(const std::string& line) const;
  void carry_out_effects();
  void carry_out(const Effect& effect);
  void check_gate();
  void check_releases();
  void check_waiting();
  void check_harmless(const Effect& effect);
  void arm();
  void tick();

  void begin(std::uint64_t number, const OperationPlan& plan);
  void begin_try(Run& run);
  void end_try(std::uint64_t number, const TryResult& result);
  void end_late_try(std::uint64_t number, const TryResult& result);
  void succeed(Run& run);
  void leave_flight(std::uint64_t number);
  void follow(Run& run, const Decision& decision);
  void wait(Run& run, TicketId ticket);
  void leave_waiting(Run& run);
  [[nodiscard]] bool leaves_work(const Run& run) const noexcept;
  void end_beneath(std::uint64_t number, std::uint32_t tries);
  void release(TicketId ticket);
  void expire(const Expire& effect);
  void settle(std::uint64_t number, bool ok, Outcome outcome);
  void sweep();
  [[nodiscard]] FailedAttempt describe_try(const Run& run, const Try& a_try) const;

  void verify(const Verify& effect);
  void check_reset(ReplaceReason reason);
  void replace(const Replace& effect);
  void stop_making(Epoch epoch);
  void made(Epoch epoch, MakeVerdict verdict);
  void replacement_over(bool ok);
  void carry_out_life(const Effect& effect);
  void serve(Epoch epoch);
  void drain(Epoch epoch);
  void close(Epoch epoch);
  void end_client(Epoch epoch);
  [[nodiscard]] std::shared_ptr<Client> make_client(std::size_t pool) const;

  EventQueue& events_;
  Server& server_;
  HostOptions options_;
  Watcher& watcher_;
  Supervisor core_;
  std::optional<Supervisor> twin_;
  ReleaseWatch releases_;
  Counters counters_;
  std::map<std::uint64_t, Generation> generations_;        // serving, draining and closing, by epoch
  std::map<std::uint64_t, std::shared_ptr<Client>> made_;  // delivered, and not yet told what becomes of it
  std::uint64_t generation_ = 0;
  bool ended_ = false;
  std::shared_ptr<Probe> probe_;

  std::unordered_map<std::uint64_t, Run> runs_;
  std::map<std::uint64_t, Try> tries_;                           // in flight, oldest first
  std::unordered_map<std::uint64_t, std::uint64_t> waiting_;     // runs by ticket
  std::multiset<TimePoint> waiting_beneath_;                     // beginnings of those that count as in flight
  std::unordered_map<std::uint64_t, std::uint64_t> taken_back_;  // runs by try
  std::vector<Settled> settled_;
  std::uint64_t successes_told_ = 0;
  std::uint64_t last_run_ = 0;
  std::uint64_t last_try_ = 0;
  HostTotals totals_;
  TimePoint watched_since_;

  FactoryMood factory_mood_ = FactoryMood::kWorks;
  TimePoint stalled_until_;
  Duration stalled_{};  // altogether
  std::optional<EventQueue::Id> timer_;
  TimePoint timer_due_ = kEndOfTime;
  TimePoint last_tick_;
  int ticks_in_place_ = 0;
  bool carrying_out_ = false;
  int posted_ = 0;  // one may lead to another
  bool replacing_ = false;
  std::set<std::uint64_t> stopped_making_;  // nobody waits for these any more
  bool in_outage_ = false;
  std::optional<TimePoint> reset_begun_;  // automatic, hard, under way
  std::optional<TimePoint> last_reset_;   // the last one that succeeded
  // Since all was well, an operation, a verification or the user has given a reason to close the gate and to replace
  // the client.
  bool reason_given_ = false;
  bool reset_owed_ = false;  // there was one, and no replacement has succeeded since: the factory is asked again
  // The failure that is being told is of a query, or of a full pool: nothing may follow from it for anybody else.
  bool harmless_ = false;
};

}  // namespace resilience::world
