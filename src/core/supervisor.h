// The core's front: told what happened and when, it answers what to do. Sans-I/O: it reads no clock, starts no thread,
// logs nothing and calls nobody.
//
// Owner: one host (one event loop); not thread-safe. Inputs first, then one take_effects(). Invariants:
// - a ticket settles exactly once: by on_succeeded, on_cancelled, a decision to give up, or an Expire effect;
// - a write of unknown outcome never runs again, unless writes.onUnknownOutcome says so;
// - nothing runs again while something of its last try is known to be under way;
// - nothing waits past its deadline; no wait and no run begins beyond it;
// - the Release or Expire of a ticket never comes with the very answer that hands the ticket out;
// - one recovery, one replacement at a time; saturation starts neither and parks nobody else;
// - what runs on a client that was given up ends, whatever the state;
// - time handed in may stand still but is never taken to go back.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/config.h"
#include "core/counters.h"
#include "core/decision.h"
#include "core/error_class.h"
#include "core/error_facts.h"
#include "core/operation.h"
#include "core/parking.h"
#include "core/probe_result.h"
#include "core/recovery.h"
#include "core/retry_budget.h"
#include "core/retry_policy.h"
#include "core/rng.h"
#include "core/server_activity.h"
#include "core/silent_connections.h"
#include "core/slow_start.h"
#include "core/stuck_sweep.h"
#include "core/types.h"

namespace resilience {

struct SupervisorStats {
  std::uint64_t operations = 0;  // started
  std::uint64_t errors = 0;      // tries that failed
  std::uint64_t retries = 0;     // runs after the first
  std::uint64_t in_flight = 0;
  std::size_t parked = 0;
  std::uint32_t consecutive_errors = 0;  // connection-class, in a row
  std::uint32_t reconnect_attempts = 0;  // looks during this outage, or the last
  std::uint64_t reconnects = 0;
  std::uint64_t hard_resets = 0;
  TimePoint generation_since;
  std::optional<Duration> warmup;  // from when a connection was first wanted to the first verified one
};

class Supervisor {
 public:
  // A tick that is this much too late means that the event loop did not turn.
  static constexpr Duration kStallTolerance = std::chrono::milliseconds{250};
  // Where nothing has happened for so long, and nothing is under way, no tick is asked for any more.
  static constexpr Duration kFallsAsleep = std::chrono::seconds{2};
  // What fell due meanwhile (a refresh, a health check) is done so long after whatever has woken it.
  static constexpr Duration kAfterWaking = std::chrono::seconds{1};

  Supervisor(const Config& config, const HostAbilities& abilities, std::uint64_t seed, TimePoint start);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // What ran without the core's knowledge since the last call. Call before every other input; by itself it changes
  // nothing, so that it makes no difference whether operations are told one by one or in one sum.
  void fold(TimePoint now, const Counters& counters);

  // Only needed while gate_closed(); with an open gate operations run without asking.
  [[nodiscard]] Admission admit(TimePoint now, const Operation& operation);
  // The same for work beneath Prisma that holds no connection yet. Only needed while holds_beneath(): whatever comes
  // later waits above Prisma, before the clock of its transaction starts.
  [[nodiscard]] Admission admit_beneath(TimePoint now);
  [[nodiscard]] Decision on_failed(TimePoint now, const FailedAttempt& failed, const Classification& failure);
  // A COMMIT went unanswered, or asking what became of it has failed: may the database be asked now, or when? Nothing
  // is repeated by it, so it is no retry by the budget or by the number of attempts: only its pace and its end are
  // decided. `commit.tries`: how often it was asked, this time included.
  [[nodiscard]] Decision ask_outcome(TimePoint now, const FailedAttempt& commit, const Classification& failure);
  // A try that is in flight for long. `connection_dead`: proven by the guard. `own_limit`: its own time limit, if any
  // (an interactive transaction's), within which silence proves nothing.
  [[nodiscard]] Decision on_hanging(TimePoint now, const FailedAttempt& hanging, bool connection_dead,
                                    Duration own_limit);
  // Whether one piece of work beneath Prisma, which the guard can end, hangs on a connection that an outage has killed
  // or silenced, or that has lost its answer.
  [[nodiscard]] bool hangs(TimePoint now, const FailedAttempt& work, bool connection_dead,
                           const UsedConnection& connection);
  // The answer to LookAtConnections.
  void on_activity(TimePoint now, std::uint64_t look, const ServerActivity& activity);
  // The end of an operation with a ticket that needs no decision.
  void on_succeeded(TimePoint now, TicketId ticket);
  void on_cancelled(TimePoint now, TicketId ticket);
  // Nothing of the last try of a waiting operation is under way any more (FailedAttempt::under_way).
  void on_ended_beneath(TimePoint now, TicketId ticket);

  void on_probe_result(TimePoint now, const ProbeResult& result);
  void on_verified(TimePoint now, std::uint64_t verify_id, VerifyVerdict verdict);
  // The factory has delivered the client that Replace asked for; what is left is its trivial query.
  void on_delivered(TimePoint now, Epoch epoch);
  // The answers to Replace, DrainGeneration and CloseGeneration. `beneath`: see HostAbilities.
  void on_made(TimePoint now, Epoch epoch, MakeVerdict verdict, const std::string& beneath);
  void on_drained(TimePoint now, Epoch epoch);
  void on_closed(TimePoint now, Epoch epoch);
  void on_tick(TimePoint now);
  // An operation begins, and stalled_after() is past: nobody may have watched the clock. Others need not say so.
  void on_woken(TimePoint now);
  // The event loop has turned since ReadSockets: what waited in the sockets has been read.
  void on_loop_turned(TimePoint now);

  // hardReset() and the memory monitor. False where a client cannot be made. `drain`: everything that still runs on the
  // old one then is cut; without it, only what hangs.
  bool request_replacement(TimePoint now, ReplaceReason reason, std::optional<Duration> drain = std::nullopt);
  // ready() and whoever asks whether there is a connection: with no operation yet, this begins the warm-up.
  void want_connection(TimePoint now);
  void request_reconnect(TimePoint now);
  // Nothing is taken any more, who waits is refused, and what runs is cut after `drain`. An Ended effect follows.
  void stop(TimePoint now, Duration drain);
  // The number of a client that is made for anything else than to serve, such as a look at the database.
  [[nodiscard]] Epoch take_generation_number() noexcept { return recovery_.take_number(); }

  [[nodiscard]] Effects take_effects();
  // When on_tick() is next needed. Ticks at any other time do no harm.
  [[nodiscard]] TimePoint next_deadline() const noexcept;

  // From then on nothing is to be sent before the loop has turned once: a connection's end may wait in its socket.
  [[nodiscard]] TimePoint stalled_after() const noexcept {
    if (sockets_unread_) return {};
    return asleep_ ? now_ : saturating_add(next_deadline(), kStallTolerance);
  }
  // Nothing happens, and no tick is needed until something does.
  [[nodiscard]] bool asleep() const noexcept { return asleep_; }
  [[nodiscard]] bool gate_closed() const noexcept { return recovery_.gate_closed(); }
  // The database is known to be down.
  [[nodiscard]] bool holds_beneath() const noexcept { return recovery_.state() == ConnectionState::kDown; }
  [[nodiscard]] ConnectionState state() const noexcept { return recovery_.state(); }
  // Whether BEGIN may wait for the first statement (may_begin_late). Only while all is well: in an outage it is BEGIN
  // that finds out, before anything is lost by it.
  [[nodiscard]] bool begins_late(const TransactionStart& start) const noexcept;
  // Whether users should see the client as connected.
  [[nodiscard]] bool connected() const noexcept { return recovery_.connected(); }
  [[nodiscard]] Epoch epoch() const noexcept { return recovery_.epoch(); }
  [[nodiscard]] SupervisorStats stats() const noexcept;
  [[nodiscard]] const SlowStart& slow_start() const noexcept { return slow_start_; }
  // For the classification of failures that mean one thing while the database is well and another while it is not.
  [[nodiscard]] ProbeView database_view() const noexcept;

 private:
  // Waits for another client, or for the news that there is none.
  struct ClientWaiter {
    Parking::Released operation;
    Epoch epoch;
  };

  [[nodiscard]] TimePoint begin_input(TimePoint now);
  [[nodiscard]] TimePoint begin(TimePoint now);
  void wake(TimePoint now);
  [[nodiscard]] bool falls_asleep() const noexcept;
  void await_beneath(const Operation& operation, const Decision& decision);
  void finish_input(TimePoint now);
  void follow_give_ups(TimePoint now);
  void look_at_connections(TimePoint now);
  [[nodiscard]] bool may_look_at_connections() const noexcept;
  void expire_overdue(TimePoint now);
  void follow_recovery(TimePoint now);
  void answer_client_waiters();
  void answer(std::vector<ClientWaiter>& waiters);
  void resume_delayed(TimePoint now);
  void pump(TimePoint now);
  [[nodiscard]] bool clear(TimePoint now, const Parking::Released& operation);
  void release(TimePoint now, const Parking::Released& operation);
  void expire(TicketId ticket, GiveUpReason reason);
  [[nodiscard]] bool releases_freely() const noexcept;
  [[nodiscard]] bool releases_slowly() const noexcept;

  void settle_run(TimePoint now, TicketId ticket, const Classification* failure);
  enum class Purpose : std::uint8_t { kRunAgain, kAskOutcome };
  [[nodiscard]] Admission park(TimePoint now, bool beneath);
  [[nodiscard]] Decision decide(TimePoint now, const FailedAttempt& failed, const Classification& failure,
                                Purpose purpose);
  [[nodiscard]] Decision decide_read_only(TimePoint now, const FailedAttempt& failed);
  [[nodiscard]] Decision decide_refused(TimePoint now, const FailedAttempt& failed);
  [[nodiscard]] Decision wait_for_client(const FailedAttempt& failed, std::vector<ClientWaiter>& waiters);
  [[nodiscard]] Decision wait_for_end(const FailedAttempt& failed);
  [[nodiscard]] bool ended_beneath(TimePoint now, const FailedAttempt& hanging);
  [[nodiscard]] Decision give_up(TicketId ticket, GiveUpReason reason);
  [[nodiscard]] bool on_former_client(const FailedAttempt& failed) const noexcept;
  [[nodiscard]] Decision wait_for_database(const FailedAttempt& failed, bool cleared);
  // As many wait as may.
  [[nodiscard]] bool queue_full() const noexcept;
  [[nodiscard]] std::optional<GiveUpReason> out_of_time(TimePoint now, const FailedAttempt& failed) const noexcept;
  [[nodiscard]] std::optional<GiveUpReason> out_of_tries(TimePoint now, const FailedAttempt& failed) const noexcept;
  [[nodiscard]] TicketId ticket_for(const FailedAttempt& failed);
  [[nodiscard]] TimePoint deadline_of(TimePoint first_started) const noexcept;
  // What has become of a ticket in this very input: takes the effect back, so that the answer can say it.
  [[nodiscard]] std::optional<Effect> take_back(TicketId ticket);
  void merge_effect(Decision& decision);

  const Config config_;
  const bool has_probe_;
  RetryPolicy policy_;
  Effects effects_;
  Rng rng_;
  Recovery recovery_;
  RetryBudget budget_;
  Parking parking_;
  SlowStart slow_start_;
  StuckSweep stuck_sweep_;
  SilentConnections silent_;
  Counters counters_;
  std::vector<ClientWaiter> role_waiters_;        // 25006: is this still the primary?
  std::vector<ClientWaiter> credential_waiters_;  // 28P01 and its like: does the factory know a new secret?
  std::unordered_map<std::uint64_t, Parking::Released> ending_;  // waiting tickets whose last try has not ended beneath
  std::unordered_set<std::uint64_t> beneath_;  // tickets of parts of operations that are in flight above
  // Running tickets that count in the slow start's window, with the round they were released in.
  std::unordered_map<std::uint64_t, std::uint64_t> released_;

  TimePoint now_;
  TimePoint tick_due_ = kEndOfTime;
  std::uint64_t successes_told_ = 0;
  std::uint64_t recoveries_seen_ = 0;
  std::uint64_t false_alarms_seen_ = 0;
  std::uint64_t give_ups_seen_ = 0;
  bool queued_seen_ = false;
  bool outage_seen_ = false;
  bool sockets_unread_ = false;
  bool asleep_ = false;
  TimePoint active_at_;  // when an input came last that was no tick
  TimePoint health_at_ = kEndOfTime;
  std::uint64_t operations_at_health_ = 0;
  std::uint64_t retries_ = 0;
};

}  // namespace resilience
