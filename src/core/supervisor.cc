#include "core/supervisor.h"

#include <algorithm>
#include <utility>

#include "core/backoff.h"

namespace resilience {
namespace {

// No need to look for hanging operations more often than this, however impatient the configuration is.
constexpr Duration kLeastHeartbeat = std::chrono::milliseconds{10};

// How long the server is waited for that is asked what it does for those whose time to drain is over.
constexpr Duration kLastLook = std::chrono::milliseconds{500};

}  // namespace

Supervisor::Supervisor(const Config& config, const HostAbilities& abilities, std::uint64_t seed, TimePoint start)
    : config_(config),
      has_probe_(abilities.has_probe),
      policy_{config.on_unknown_outcome, config.transaction_retry},
      rng_(seed),
      recovery_(config_, abilities, rng_.next(), start, effects_),
      budget_(config.reconnect.retry_budget, start),
      slow_start_(rng_.next()),
      silent_(config.probe, start),
      now_(start) {
  counters_.last_success = start;
  if (config_.health_check.enabled) health_at_ = saturating_add(start, config_.health_check.interval);
  tick_due_ = next_deadline();
}

// ---- inputs --------------------------------------------------------------------------------------------------------

void Supervisor::fold(TimePoint now, const Counters& counters) {
  now_ = std::max(now_, now);
  if (counters.started > counters_.started) budget_.deposit(counters.started - counters_.started);
  counters_ = counters;
}

TimePoint Supervisor::begin_input(TimePoint now) {
  now = begin(now);
  active_at_ = now;
  if (std::exchange(asleep_, false)) wake(now);
  return now;
}

TimePoint Supervisor::begin(TimePoint now) {
  now_ = std::max(now_, now);
  if (recovery_.state() == ConnectionState::kStopped) return now_;
  if (tick_due_ != kEndOfTime && now_ - tick_due_ > kStallTolerance) {
    const Duration delay = now_ - tick_due_;
    effects_.emplace_back(LoopStalled{delay});
    sockets_unread_ = true;
    effects_.emplace_back(ReadSockets{});
    recovery_.on_loop_stalled(now_, delay);
    stuck_sweep_.on_loop_stalled(now_);
    silent_.restart(now_);
  }
  if (counters_.succeeded > successes_told_) {
    successes_told_ = counters_.succeeded;
    recovery_.on_successes(now_, counters_);
  }
  return now_;
}

// The process may have been frozen as well, and nobody would have noticed.
void Supervisor::wake(TimePoint now) {
  sockets_unread_ = true;
  effects_.emplace_back(ReadSockets{});
  const TimePoint then = saturating_add(now, kAfterWaking);
  recovery_.on_woken(now, then);
  health_at_ = std::max(health_at_, then);
}

bool Supervisor::falls_asleep() const noexcept {
  if (sockets_unread_ || counters_.in_flight() > 0 || parking_.waiting() > 0) return false;
  return recovery_.at_rest(counters_) && now_ - std::max(active_at_, counters_.last_success) >= kFallsAsleep;
}

Admission Supervisor::admit(TimePoint now, const Operation&) {
  now = begin_input(now);
  if (recovery_.state() == ConnectionState::kStopped) {
    return {AdmissionVerdict::kRejected, {}, GiveUpReason::kShutdown};
  }
  if (!gate_closed()) {
    finish_input(now);
    return {};
  }
  return park(now, false);
}

Admission Supervisor::admit_beneath(TimePoint now) {
  now = begin_input(now);
  if (!holds_beneath()) {
    finish_input(now);
    return {};
  }
  return park(now, true);
}

bool Supervisor::begins_late(const TransactionStart& start) const noexcept {
  return state() == ConnectionState::kUp && may_begin_late(policy_, start);
}

Admission Supervisor::park(TimePoint now, bool beneath) {
  recovery_.want_connection(now);
  if (queue_full()) {
    finish_input(now);
    return {AdmissionVerdict::kRejected, {}, GiveUpReason::kQueueFull};
  }
  const TicketId ticket = parking_.park_new(deadline_of(now));
  if (beneath) beneath_.insert(ticket.value);
  finish_input(now);
  if (take_back(ticket)) {
    settle_run(now, ticket, nullptr);
    parking_.settle(ticket);
    beneath_.erase(ticket.value);
    return {};
  }
  return {AdmissionVerdict::kParked, ticket, GiveUpReason::kNotRetryable};
}

void Supervisor::on_succeeded(TimePoint now, TicketId ticket) {
  now = begin_input(now);
  settle_run(now, ticket, nullptr);
  parking_.settle(ticket);
  beneath_.erase(ticket.value);
  finish_input(now);
}

void Supervisor::on_cancelled(TimePoint now, TicketId ticket) {
  now = begin_input(now);
  const auto released = released_.find(ticket.value);
  if (released != released_.end()) {
    slow_start_.on_settled(released->second);
    released_.erase(released);
  }
  ending_.erase(ticket.value);
  parking_.settle(ticket);
  beneath_.erase(ticket.value);
  finish_input(now);
}

void Supervisor::on_probe_result(TimePoint now, const ProbeResult& result) {
  now = begin_input(now);
  recovery_.on_probe_result(now, result, counters_);
  finish_input(now);
}

void Supervisor::on_verified(TimePoint now, std::uint64_t verify_id, VerifyVerdict verdict) {
  now = begin_input(now);
  recovery_.on_verified(now, verify_id, verdict, counters_);
  finish_input(now);
}

void Supervisor::on_activity(TimePoint now, std::uint64_t look, const ServerActivity& activity) {
  now = begin_input(now);
  if (silent_.on_answer(now, look, activity) || recovery_.any_given_up()) {
    stuck_sweep_.sweep_by(saturating_add(now, SilentConnections::kReading));
  }
  finish_input(now);
}

void Supervisor::on_delivered(TimePoint now, Epoch epoch) {
  now = begin_input(now);
  recovery_.on_delivered(now, epoch);
  finish_input(now);
}

void Supervisor::on_made(TimePoint now, Epoch epoch, MakeVerdict verdict, const std::string& beneath) {
  now = begin_input(now);
  recovery_.on_made(now, epoch, verdict, beneath);
  if (verdict == MakeVerdict::kMade) stuck_sweep_.sweep_by(now);
  finish_input(now);
}

void Supervisor::on_drained(TimePoint now, Epoch epoch) {
  now = begin_input(now);
  recovery_.on_generation_drained(now, epoch);
  finish_input(now);
}

void Supervisor::on_closed(TimePoint now, Epoch epoch) {
  now = begin_input(now);
  recovery_.on_generation_closed(epoch);
  finish_input(now);
}

void Supervisor::on_tick(TimePoint now) {
  now = begin(now);
  recovery_.on_tick(now, counters_);
  follow_give_ups(now);
  look_at_connections(now);
  if (stuck_sweep_.sweep_due(now) && counters_.in_flight() > 0) effects_.emplace_back(SweepInFlight{});
  if (recovery_.state() == ConnectionState::kStopped) return finish_input(now);
  if (now >= health_at_) {
    health_at_ = saturating_add(now, config_.health_check.interval);
    // A database that may sleep is not kept awake by us.
    if (counters_.started != operations_at_health_) effects_.emplace_back(RunHealthCheck{});
    operations_at_health_ = counters_.started;
  }
  finish_input(now);
}

void Supervisor::on_woken(TimePoint now) {
  now = begin_input(now);
  finish_input(now);
}

void Supervisor::on_loop_turned(TimePoint now) {
  now = begin_input(now);
  sockets_unread_ = false;
  finish_input(now);
}

bool Supervisor::request_replacement(TimePoint now, ReplaceReason reason, std::optional<Duration> drain) {
  now = begin_input(now);
  const bool begun = recovery_.replace(now, reason, drain);
  finish_input(now);
  return begun;
}

void Supervisor::want_connection(TimePoint now) {
  now = begin_input(now);
  recovery_.want_connection(now);
  finish_input(now);
}

void Supervisor::request_reconnect(TimePoint now) {
  now = begin_input(now);
  recovery_.look_now(now);
  finish_input(now);
}

void Supervisor::stop(TimePoint now, Duration drain) {
  now = begin_input(now);
  recovery_.stop(now, drain);
  for (const TicketId ticket : parking_.expire_all()) expire(ticket, GiveUpReason::kShutdown);
  role_waiters_.clear();
  credential_waiters_.clear();
  ending_.clear();
  finish_input(now);
}

// ---- what follows every input --------------------------------------------------------------------------------------

void Supervisor::finish_input(TimePoint now) {
  if (recovery_.state() == ConnectionState::kStopped) return;
  expire_overdue(now);
  follow_recovery(now);
  answer_client_waiters();
  resume_delayed(now);
  pump(now);
  asleep_ = falls_asleep();
  // What was due in the past when the host was told of it is late through nobody's fault.
  tick_due_ = std::max(next_deadline(), now);
}

void Supervisor::expire_overdue(TimePoint now) {
  for (const TicketId ticket : parking_.expire_due(now)) {
    ending_.erase(ticket.value);
    expire(ticket, GiveUpReason::kDeadline);
    recovery_.on_expired();
  }
}

void Supervisor::follow_recovery(TimePoint now) {
  if (recovery_.recoveries() != recoveries_seen_) {
    recoveries_seen_ = recovery_.recoveries();
    slow_start_.restart(now, recovery_.database_busy());
    const OutageFacts outage = recovery_.outage_facts();
    if (outage.recovered_at || outage.silent_epoch) {
      stuck_sweep_.sweep_by(saturating_add(outage.answered_at.value_or(now), StuckSweep::kGrace));
    }
  }
  // The database is well and something hangs: its connection may be known to be dead.
  if (recovery_.false_alarms() != false_alarms_seen_) stuck_sweep_.sweep_by(now);
  false_alarms_seen_ = recovery_.false_alarms();
  if (recovery_.outage()) silent_.restart(now);
  if (recovery_.outage() && !outage_seen_) stuck_sweep_.sweep_by(saturating_add(now, StuckSweep::kGrace));
  outage_seen_ = recovery_.outage();
  const bool queued = recovery_.outage() && recovery_.outage_facts().queued_since.has_value();
  if (queued && !queued_seen_) stuck_sweep_.sweep_by(now);
  queued_seen_ = queued;
}

// Somebody's time to drain is over: who is still there is asked for, in every state. Where the server can be asked what
// it does for them, it is asked first.
void Supervisor::follow_give_ups(TimePoint now) {
  if (recovery_.give_ups() == give_ups_seen_) return;
  give_ups_seen_ = recovery_.give_ups();
  if (may_look_at_connections()) {
    silent_.look_by(now);
    stuck_sweep_.sweep_by(saturating_add(now, kLastLook));
  } else {
    stuck_sweep_.sweep_by(now);
  }
}

// Only while the database is believed to be well: everything else is an outage's affair.
bool Supervisor::may_look_at_connections() const noexcept {
  const ConnectionState state = recovery_.state();
  return has_probe_ && (state == ConnectionState::kUp || state == ConnectionState::kRecovering);
}

void Supervisor::look_at_connections(TimePoint now) {
  if (!may_look_at_connections() || now < silent_.due(counters_)) return;
  effects_.emplace_back(LookAtConnections{silent_.begin_look(now)});
}

void Supervisor::answer_client_waiters() {
  const auto role = recovery_.role_answer();
  if (role != PrimaryWatch::Answer::kPending && !recovery_.replacing()) {
    answer(role_waiters_);
    recovery_.forget_role_answer();
  }
  if (!recovery_.renewing_credentials()) answer(credential_waiters_);
}

void Supervisor::answer(std::vector<ClientWaiter>& waiters) {
  for (const ClientWaiter& waiter : waiters) {
    if (waiter.epoch != recovery_.epoch()) {
      parking_.park_delayed(waiter.operation);  // the client of now may well be a better one
    } else if (parking_.settle(waiter.operation.ticket)) {
      expire(waiter.operation.ticket, GiveUpReason::kNotRetryable);
    }
  }
  waiters.clear();
}

// Those whose backoff has passed go, or wait for the database if it is away by now.
void Supervisor::resume_delayed(TimePoint now) {
  for (const Parking::Released& operation : parking_.release_due(now)) {
    if (releases_freely()) {
      ++retries_;
      effects_.emplace_back(Release{operation.ticket});
    } else {
      parking_.park_again(operation, parking_.deadline_of(operation.ticket));
    }
  }
}

bool Supervisor::releases_freely() const noexcept {
  const ConnectionState state = recovery_.state();
  return (state == ConnectionState::kUp || state == ConnectionState::kConnecting) && !gate_closed();
}

// One after the other: an outage is over.
bool Supervisor::releases_slowly() const noexcept {
  return recovery_.state() == ConnectionState::kRecovering && recovery_.has_client();
}

void Supervisor::pump(TimePoint now) {
  const bool recovering = releases_slowly();
  if (!recovering && !releases_freely()) return;
  while (parking_.parked() > 0) {
    if (!slow_start_.has_room()) slow_start_.tick(now);
    if (!slow_start_.has_room()) break;
    const Parking::Released next = *parking_.release_next();
    if (clear(now, next)) release(now, next);
  }
  if (recovering && parking_.parked() == 0) recovery_.on_drained(now);
}

// What a retry costs where the database was believed up when it failed. False: it waits on, or has ended.
bool Supervisor::clear(TimePoint now, const Parking::Released& operation) {
  if (operation.tries == 0 || operation.cleared || !recovery_.believed_up()) return true;
  if (!budget_.try_withdraw(now)) {
    parking_.settle(operation.ticket);
    expire(operation.ticket, GiveUpReason::kBudget);
    return false;
  }
  const TimePoint until = saturating_add(now, backoff_delay(config_.reconnect, operation.tries, rng_));
  if (until <= now) return true;
  const TimePoint deadline = parking_.deadline_of(operation.ticket);
  if (until >= deadline) {
    parking_.settle(operation.ticket);
    expire(operation.ticket, GiveUpReason::kDeadline);
  } else {
    parking_.delay({operation.ticket, operation.tries, true}, until, deadline);
  }
  return false;
}

void Supervisor::release(TimePoint now, const Parking::Released& operation) {
  if (operation.tries > 0) ++retries_;
  released_[operation.ticket.value] = slow_start_.on_released(now);
  effects_.emplace_back(Release{operation.ticket});
}

void Supervisor::expire(TicketId ticket, GiveUpReason reason) {
  effects_.emplace_back(Expire{ticket, reason});
  beneath_.erase(ticket.value);
}

// ---- answers -------------------------------------------------------------------------------------------------------

Effects Supervisor::take_effects() {
  Effects taken;
  taken.swap(effects_);
  return taken;
}

TimePoint Supervisor::next_deadline() const noexcept {
  if (recovery_.state() == ConnectionState::kStopped) {
    const TimePoint sweep = counters_.in_flight() > 0 ? stuck_sweep_.next_sweep() : kEndOfTime;
    return std::min(recovery_.next_deadline(counters_), sweep);
  }
  if (asleep_) return kEndOfTime;
  // Healthy operations are only seen by looking at the counters now and then.
  const TimePoint heartbeat = saturating_add(now_, std::max(kLeastHeartbeat, config_.probe.suspect_after / 4));
  TimePoint next = std::min(
      {heartbeat, parking_.next_deadline(), recovery_.next_deadline(counters_), stuck_sweep_.next_sweep(), health_at_});
  if (may_look_at_connections()) next = std::min(next, silent_.due(counters_));
  if ((releases_slowly() || releases_freely()) && parking_.parked() > 0)
    next = std::min(next, slow_start_.round_ends());
  return next;
}

ProbeView Supervisor::database_view() const noexcept {
  switch (recovery_.state()) {
    case ConnectionState::kUp:
    case ConnectionState::kRecovering:
    case ConnectionState::kReplacing:
    case ConnectionState::kVerifying:
      // Nothing moves for long before a frozen database is suspected: until then a full pool is just full.
      return ProbeView::kUp;
    case ConnectionState::kDown: return ProbeView::kDown;
    case ConnectionState::kConnecting:
    case ConnectionState::kSuspect:
    case ConnectionState::kStopped: return ProbeView::kUnknown;
  }
  return ProbeView::kUnknown;
}

SupervisorStats Supervisor::stats() const noexcept {
  SupervisorStats stats;
  stats.operations = counters_.started;
  stats.errors = counters_.failed;
  stats.retries = retries_;
  // A part of an operation that waits beneath is not in flight above at the same time.
  const auto waits = [this](std::uint64_t ticket) {
    const auto status = parking_.status_of(TicketId{ticket});
    return status && *status != Parking::Status::kRunning;
  };
  const auto beneath = static_cast<std::uint64_t>(std::count_if(beneath_.begin(), beneath_.end(), waits));
  stats.in_flight = counters_.in_flight() - std::min(beneath, counters_.in_flight());
  stats.parked = parking_.waiting();
  stats.consecutive_errors = recovery_.consecutive_errors();
  stats.reconnect_attempts = recovery_.look_attempts();
  stats.reconnects = recovery_.reconnects();
  stats.hard_resets = recovery_.hard_resets();
  stats.generation_since = recovery_.generation_since();
  stats.warmup = recovery_.warmup();
  return stats;
}

}  // namespace resilience
