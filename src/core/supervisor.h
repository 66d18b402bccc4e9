// The core's front: told what happened and when, it answers what to do. Sans-I/O: it reads no clock, starts no thread,
// logs nothing and calls nobody.
//
// Owner: one host (one event loop); not thread-safe. Inputs first, then one take_effects(). Invariants:
// - a ticket settles exactly once: by on_succeeded, on_cancelled, a decision to give up, or an Expire effect;
// - a write of unknown outcome never runs again, unless writes.onUnknownOutcome says so;
// - nothing waits past its deadline; no wait and no run begins beyond it;
// - one recovery, one replacement at a time; saturation starts neither and parks nobody else;
// - time handed in may stand still but is never taken to go back.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/config.h"
#include "core/decision.h"
#include "core/error_class.h"
#include "core/error_facts.h"
#include "core/operation.h"
#include "core/parking.h"
#include "core/probe_result.h"
#include "core/recovery.h"
#include "core/replacement.h"
#include "core/retry_budget.h"
#include "core/retry_policy.h"
#include "core/rng.h"
#include "core/slow_start.h"
#include "core/types.h"

namespace resilience {

struct SupervisorStats {
  std::uint64_t operations = 0;         // started
  std::uint64_t errors = 0;             // tries that failed
  std::uint64_t retries = 0;            // runs after the first
  std::uint64_t in_flight = 0;
  std::size_t parked = 0;
  std::uint32_t consecutive_errors = 0; // connection-class, in a row
  std::uint32_t reconnect_attempts = 0; // looks during this outage, or the last
  std::uint64_t reconnects = 0;
  std::uint64_t hard_resets = 0;
  TimePoint generation_since;
  std::optional<Duration> warmup;       // from the start to the first verified connection
};

class Supervisor {
 public:
  // How long after the database's return a try caught by the outage may still come to its own end.
  static constexpr Duration kRescueGrace = std::chrono::milliseconds{500};
  // A tick that comes this much too late means that the event loop did not turn.
  static constexpr Duration kStallTolerance = std::chrono::milliseconds{250};

  Supervisor(const Config& config, HostAbilities abilities, std::uint64_t seed, TimePoint start);
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // The operations that ran without the core's knowledge since the last call. Call before every other input.
  void fold(TimePoint now, const Counters& counters);

  // Only needed while gate_closed(); with an open gate operations run without asking.
  [[nodiscard]] Admission admit(TimePoint now, const Operation& operation);
  [[nodiscard]] Decision on_failed(TimePoint now, const FailedTry& failed, const Classification& failure);
  // A try that is in flight for long. `connection_dead`: proven by the guard. `own_limit`: its own time limit, if any
  // (an interactive transaction's), within which silence proves nothing.
  [[nodiscard]] Decision on_hanging(TimePoint now, const FailedTry& hanging, bool connection_dead, Duration own_limit);
  // The end of an operation with a ticket that needs no decision.
  void on_succeeded(TimePoint now, TicketId ticket);
  void on_cancelled(TimePoint now, TicketId ticket);

  void on_probe_result(TimePoint now, const ProbeResult& result);
  void on_verified(TimePoint now, std::uint64_t verify_id, VerifyVerdict verdict);
  void on_replaced(TimePoint now, bool ok);
  void on_tick(TimePoint now);

  // hardReset() and the memory monitor. False where a client cannot be made.
  bool request_replacement(TimePoint now, ReplaceReason reason);
  void request_reconnect(TimePoint now);
  void stop(TimePoint now);

  [[nodiscard]] Effects take_effects();
  // When on_tick() is next needed. Ticks at any other time do no harm.
  [[nodiscard]] TimePoint next_deadline() const noexcept;

  [[nodiscard]] bool gate_closed() const noexcept { return recovery_.gate_closed(); }
  [[nodiscard]] ConnectionState state() const noexcept { return recovery_.state(); }
  [[nodiscard]] Epoch epoch() const noexcept { return recovery_.epoch(); }
  [[nodiscard]] SupervisorStats stats() const noexcept;
  // For the classification of failures that mean one thing while the database is well and another while it is not.
  [[nodiscard]] ProbeView database_view() const noexcept;

 private:
  TimePoint advance(TimePoint now) noexcept;
  void finish_input(TimePoint now);
  void pump(TimePoint now);
  void answer_role_waiters();
  void settle_run(TicketId ticket, const Classification* failure);
  Decision give_up(TicketId ticket, GiveUpReason reason, Outcome outcome);
  Decision decide(TimePoint now, const FailedTry& failed, const Classification& failure);
  TicketId ticket_for(const FailedTry& failed);
  [[nodiscard]] TimePoint deadline_of(TimePoint first_started) const noexcept;

  const Config config_;
  RetryPolicy policy_;
  Effects effects_;
  Rng rng_;
  Replacement replacement_;
  Recovery recovery_;
  RetryBudget budget_;
  Parking parking_;
  SlowStart slow_start_;
  Counters counters_;
  std::vector<Parking::Released> role_waiters_;
  std::unordered_map<std::uint64_t, bool> released_;  // running tickets; whether they count in the slow start's window

  TimePoint now_;
  TimePoint tick_due_ = kEndOfTime;
  TimePoint sweep_at_ = kEndOfTime;
  std::optional<TimePoint> swept_for_;
  TimePoint health_at_ = kEndOfTime;
  std::uint64_t operations_at_health_ = 0;
  std::uint64_t retries_ = 0;
};

}  // namespace resilience
