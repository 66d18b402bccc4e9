#include "core/supervisor.h"

#include <algorithm>

#include "core/backoff.h"

namespace resilience {

Supervisor::Supervisor(const Config& config, HostAbilities abilities, std::uint64_t seed, TimePoint start)
    : config_(config),
      policy_{config.on_unknown_outcome, config.transaction_retry},
      rng_(seed),
      replacement_(config_, abilities.can_replace, rng_.next(), start),
      recovery_(config_, abilities, replacement_, rng_.next(), start, effects_),
      budget_(config.reconnect.retry_budget, start),
      now_(start) {
  counters_.last_completion = start;
  if (config_.health_check.enabled) health_at_ = saturating_add(start, config_.health_check.interval);
}

// ---- inputs --------------------------------------------------------------------------------------------------------

TimePoint Supervisor::advance(TimePoint now) noexcept {
  now_ = std::max(now_, now);
  return now_;
}

void Supervisor::fold(TimePoint now, const Counters& counters) {
  advance(now);
  if (counters.started > counters_.started) budget_.deposit(counters.started - counters_.started);
  const bool succeeded = counters.succeeded > counters_.succeeded;
  counters_ = counters;
  if (succeeded) {
    recovery_.on_successes(now_, counters.last_completion);
    finish_input(now_);
  }
}

Admission Supervisor::admit(TimePoint now, const Operation&) {
  now = advance(now);
  if (recovery_.state() == ConnectionState::kStopped) {
    return {AdmissionVerdict::kRejected, {}, GiveUpReason::kShutdown};
  }
  if (!gate_closed()) return {};
  if (parking_.waiting() >= config_.reconnect.max_parked) {
    return {AdmissionVerdict::kRejected, {}, GiveUpReason::kQueueFull};
  }
  const TicketId ticket = parking_.park_new(deadline_of(now));
  finish_input(now);
  return {AdmissionVerdict::kParked, ticket, GiveUpReason::kNotRetryable};
}

Decision Supervisor::on_failed(TimePoint now, const FailedTry& failed, const Classification& failure) {
  now = advance(now);
  settle_run(failed.ticket, &failure);
  const bool again = !why_not_again(policy_, failed, failure).has_value();
  if (!failed.reported_beneath) recovery_.on_failure(now, failed, failure, again);
  const Decision decision = decide(now, failed, failure);
  finish_input(now);
  return decision;
}

Decision Supervisor::decide(TimePoint now, const FailedTry& failed, const Classification& failure) {
  const Outcome outcome = outcome_of(failed.operation, failure);
  if (const auto reason = why_not_again(policy_, failed, failure)) return give_up(failed.ticket, *reason, outcome);
  if (recovery_.state() == ConnectionState::kStopped) return give_up(failed.ticket, GiveUpReason::kShutdown, outcome);
  const TimePoint deadline = deadline_of(failed.first_started);
  if (now >= deadline) return give_up(failed.ticket, GiveUpReason::kDeadline, outcome);

  if (failure.wrong_server_suspected) {
    if (!recovery_.can_tell_role()) return give_up(failed.ticket, GiveUpReason::kNotRetryable, outcome);
    recovery_.question_role(now);
    const TicketId ticket = ticket_for(failed);
    parking_.delay(ticket, deadline, deadline);  // until the probe has answered
    role_waiters_.push_back({ticket, failed.tries});
    return {DecisionVerdict::kWait, ticket, {}, outcome};
  }

  if (failed.tries >= config_.reconnect.max_attempts) {
    return give_up(failed.ticket, GiveUpReason::kAttemptsExhausted, outcome);
  }
  if (failure.traits.connection_class && recovery_.state() != ConnectionState::kUp) {
    const TicketId ticket = ticket_for(failed);
    parking_.park_again(ticket, failed.tries, deadline);
    return {DecisionVerdict::kWait, ticket, {}, outcome};
  }

  // The database is believed up: within the budget, at once the first time, after a backoff from then on. A full pool
  // has just shown that at once is too early.
  if (!budget_.try_withdraw(now)) return give_up(failed.ticket, GiveUpReason::kBudget, outcome);
  const bool saturated = failure.error_class == ErrorClass::kSaturated;
  const Duration wait = backoff_delay(config_.reconnect, saturated ? failed.tries + 1 : failed.tries, rng_);
  if (wait > Duration::zero()) {
    if (saturating_add(now, wait) >= deadline) return give_up(failed.ticket, GiveUpReason::kDeadline, outcome);
    const TicketId ticket = ticket_for(failed);
    parking_.delay(ticket, saturating_add(now, wait), deadline);
    return {DecisionVerdict::kWait, ticket, {}, outcome};
  }
  ++retries_;
  const TicketId ticket = ticket_for(failed);
  released_[ticket.value] = false;
  return {DecisionVerdict::kRunNow, ticket, {}, outcome};
}

Decision Supervisor::on_hanging(TimePoint now, const FailedTry& hanging, bool connection_dead, Duration own_limit) {
  now = advance(now);
  const Decision leave{DecisionVerdict::kLeave, hanging.ticket, {}, Outcome::kUnknown};
  const Classification silence = override_with(ErrorClass::kUnknownOutcome);
  const Outcome outcome = outcome_of(hanging.operation, silence);
  const TimePoint deadline = deadline_of(hanging.first_started);

  if (recovery_.outage() || recovery_.state() == ConnectionState::kReplacing) {
    // Nobody knows when the database comes back: its deadline is the end, and only while it is gone.
    if (now < deadline) {
      sweep_at_ = std::min(sweep_at_, deadline);
      return leave;
    }
    settle_run(hanging.ticket, &silence);
    const Decision decision = give_up(hanging.ticket, GiveUpReason::kDeadline, outcome);
    finish_input(now);
    return decision;
  }

  const auto recovered = recovery_.recovered_at();
  const bool caught = recovered && hanging.try_started < *recovered;
  if (!caught && !connection_dead) return leave;
  if (!connection_dead) {
    // One that ran for a while before the trouble gets as long again: nothing shows from here whether it moves.
    const Duration before = recovery_.trouble_since() - hanging.try_started;
    const TimePoint stuck = saturating_add(*recovered, std::max({kRescueGrace, before, own_limit}));
    if (now < stuck) {
      sweep_at_ = std::min(sweep_at_, stuck);
      return leave;
    }
  }
  // Its connection sits in the client's pool as dead as the try: that pool has to go.
  if (hanging.epoch == recovery_.epoch() && replacement_.may_begin(now)) {
    replacement_.begin(now, ReplaceReason::kEngineFault, effects_);
  }
  settle_run(hanging.ticket, &silence);
  Decision decision;
  if (const auto reason = why_not_again(policy_, hanging, silence)) {
    decision = give_up(hanging.ticket, *reason, outcome);
  } else if (now >= deadline) {
    decision = give_up(hanging.ticket, GiveUpReason::kDeadline, outcome);
  } else if (hanging.tries >= config_.reconnect.max_attempts) {
    decision = give_up(hanging.ticket, GiveUpReason::kAttemptsExhausted, outcome);
  } else {
    ++retries_;
    const TicketId ticket = ticket_for(hanging);
    if (replacement_.under_way()) {
      // On the old client it might hang again.
      parking_.park_again(ticket, hanging.tries, deadline);
      decision = {DecisionVerdict::kWait, ticket, {}, outcome};
    } else {
      released_[ticket.value] = false;
      decision = {DecisionVerdict::kRunNow, ticket, {}, outcome};
    }
  }
  finish_input(now);
  return decision;
}

void Supervisor::on_succeeded(TimePoint now, TicketId ticket) {
  now = advance(now);
  settle_run(ticket, nullptr);
  parking_.settle(ticket);
  finish_input(now);
}

void Supervisor::on_cancelled(TimePoint now, TicketId ticket) {
  now = advance(now);
  const auto released = released_.find(ticket.value);
  if (released != released_.end()) {
    if (released->second) slow_start_.on_settled();
    released_.erase(released);
  }
  parking_.settle(ticket);
  finish_input(now);
}

void Supervisor::on_probe_result(TimePoint now, const ProbeResult& result) {
  now = advance(now);
  recovery_.on_probe_result(now, result, counters_);
  finish_input(now);
}

void Supervisor::on_verified(TimePoint now, std::uint64_t verify_id, VerifyVerdict verdict) {
  now = advance(now);
  recovery_.on_verified(now, verify_id, verdict, counters_);
  finish_input(now);
}

void Supervisor::on_replaced(TimePoint now, bool ok) {
  now = advance(now);
  recovery_.on_replaced(now, ok);
  finish_input(now);
}

void Supervisor::on_tick(TimePoint now) {
  now = advance(now);
  if (recovery_.state() == ConnectionState::kStopped) return;
  if (tick_due_ != kEndOfTime && now - tick_due_ > kStallTolerance) {
    effects_.emplace_back(LoopStalled{now - tick_due_});
    recovery_.on_loop_stalled(now);
  }
  for (const TicketId ticket : parking_.expire_due(now)) {
    effects_.emplace_back(Expire{ticket, GiveUpReason::kDeadline});
    recovery_.on_expired(now);
  }
  for (const TicketId ticket : parking_.release_due(now)) {
    ++retries_;
    released_[ticket.value] = false;
    effects_.emplace_back(Release{ticket});
  }
  recovery_.on_tick(now, counters_);
  replacement_.tick(now, recovery_.state() == ConnectionState::kUp, counters_.started, effects_);
  if (now >= sweep_at_) {
    sweep_at_ = kEndOfTime;
    if (counters_.in_flight() > 0) effects_.emplace_back(SweepInFlight{});
  }
  if (now >= health_at_) {
    health_at_ = saturating_add(now, config_.health_check.interval);
    // A database that may sleep is not kept awake by us.
    if (counters_.started != operations_at_health_) effects_.emplace_back(RunHealthCheck{});
    operations_at_health_ = counters_.started;
  }
  finish_input(now);
}

bool Supervisor::request_replacement(TimePoint now, ReplaceReason reason) {
  now = advance(now);
  if (recovery_.state() == ConnectionState::kStopped) return false;
  const bool begun = replacement_.begin(now, reason, effects_);
  finish_input(now);
  return begun;
}

void Supervisor::request_reconnect(TimePoint now) {
  now = advance(now);
  recovery_.look_now(now);
  finish_input(now);
}

void Supervisor::stop(TimePoint now) {
  now = advance(now);
  recovery_.stop(now);
  for (const TicketId ticket : parking_.expire_all()) effects_.emplace_back(Expire{ticket, GiveUpReason::kShutdown});
  role_waiters_.clear();
}

// ---- what follows every input --------------------------------------------------------------------------------------

void Supervisor::finish_input(TimePoint now) {
  answer_role_waiters();
  const auto recovered = recovery_.recovered_at();
  if (recovered && swept_for_ != recovered) {
    swept_for_ = recovered;
    slow_start_.restart();
    sweep_at_ = saturating_add(*recovered, kRescueGrace);
  }
  pump(now);
  if (recovery_.outage() && counters_.in_flight() > 0 && sweep_at_ == kEndOfTime) {
    sweep_at_ = saturating_add(now, kRescueGrace);
  }
  tick_due_ = next_deadline();
}

void Supervisor::answer_role_waiters() {
  const auto answer = recovery_.role_answer();
  if (role_waiters_.empty() || answer == Recovery::RoleAnswer::kPending) return;
  for (const Parking::Released& waiter : role_waiters_) {
    if (answer == Recovery::RoleAnswer::kWrongServer) {
      parking_.park_delayed(waiter.ticket, waiter.tries);  // runs on the client that talks to the right one
    } else if (parking_.settle(waiter.ticket)) {
      effects_.emplace_back(Expire{waiter.ticket, GiveUpReason::kNotRetryable});
    }
  }
  role_waiters_.clear();
}

void Supervisor::pump(TimePoint now) {
  const bool recovering = recovery_.state() == ConnectionState::kRecovering;
  if (!recovering && recovery_.state() != ConnectionState::kUp) return;
  // Parked with an open gate: waiting for a replacement that nobody else has to wait for.
  if (!recovering && replacement_.under_way()) return;
  while (slow_start_.has_room()) {
    const auto next = parking_.release_next();
    if (!next) break;
    if (next->tries > 0 && recovery_.believed_up()) {
      // It failed although the database is well: a retry like any other.
      if (!budget_.try_withdraw(now)) {
        parking_.settle(next->ticket);
        effects_.emplace_back(Expire{next->ticket, GiveUpReason::kBudget});
        continue;
      }
      const Duration wait = backoff_delay(config_.reconnect, next->tries, rng_);
      if (wait > Duration::zero()) {
        parking_.delay_until(next->ticket, saturating_add(now, wait));
        continue;
      }
    }
    if (next->tries > 0) ++retries_;
    slow_start_.on_released();
    released_[next->ticket.value] = true;
    effects_.emplace_back(Release{next->ticket});
  }
  if (recovering && parking_.parked() == 0) recovery_.on_drained(now);
}

void Supervisor::settle_run(TicketId ticket, const Classification* failure) {
  const auto released = released_.find(ticket.value);
  if (released == released_.end()) return;
  const bool windowed = released->second;
  released_.erase(released);
  if (!windowed) return;
  if (failure == nullptr) {
    slow_start_.on_succeeded();
  } else if (failure->error_class == ErrorClass::kSaturated) {
    slow_start_.on_saturated();
  } else {
    slow_start_.on_settled();
  }
}

Decision Supervisor::give_up(TicketId ticket, GiveUpReason reason, Outcome outcome) {
  parking_.settle(ticket);
  return {DecisionVerdict::kGiveUp, {}, reason, outcome};
}

TicketId Supervisor::ticket_for(const FailedTry& failed) {
  if (failed.ticket.valid() && parking_.status_of(failed.ticket) == Parking::Status::kRunning) return failed.ticket;
  return parking_.adopt_running();
}

TimePoint Supervisor::deadline_of(TimePoint first_started) const noexcept {
  return saturating_add(first_started, config_.reconnect.deadline);
}

// ---- answers -------------------------------------------------------------------------------------------------------

Effects Supervisor::take_effects() {
  Effects taken;
  taken.swap(effects_);
  return taken;
}

TimePoint Supervisor::next_deadline() const noexcept {
  if (recovery_.state() == ConnectionState::kStopped) return kEndOfTime;
  const TimePoint heartbeat = saturating_add(now_, config_.probe.suspect_after / 4);
  return std::min({heartbeat, parking_.next_deadline(), recovery_.next_deadline(counters_), sweep_at_, health_at_,
                   replacement_.next_deadline(recovery_.state() == ConnectionState::kUp)});
}

ProbeView Supervisor::database_view() const noexcept {
  switch (recovery_.state()) {
    case ConnectionState::kUp:
    case ConnectionState::kRecovering:
    case ConnectionState::kReplacing:
    case ConnectionState::kVerifying:
      // Nothing moves for long before a frozen database is suspected: until then a full pool is just full.
      return ProbeView::kUp;
    case ConnectionState::kDown:
      return ProbeView::kDown;
    case ConnectionState::kConnecting:
    case ConnectionState::kSuspect:
    case ConnectionState::kStopped:
      return ProbeView::kUnknown;
  }
  return ProbeView::kUnknown;
}

SupervisorStats Supervisor::stats() const noexcept {
  SupervisorStats stats;
  stats.operations = counters_.started;
  stats.errors = counters_.failed;
  stats.retries = retries_;
  stats.in_flight = counters_.in_flight();
  stats.parked = parking_.waiting();
  stats.consecutive_errors = recovery_.consecutive_errors();
  stats.reconnect_attempts = recovery_.look_attempts();
  stats.reconnects = recovery_.reconnects();
  stats.hard_resets = recovery_.hard_resets();
  stats.generation_since = replacement_.generation_since();
  stats.warmup = recovery_.warmup();
  return stats;
}

}  // namespace resilience
