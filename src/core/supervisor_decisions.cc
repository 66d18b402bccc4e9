// The supervisor's decisions on tries that failed or hang.
#include <algorithm>
#include <optional>

#include "core/backoff.h"
#include "core/supervisor.h"

namespace resilience {
namespace {

// Whoever makes progress on a client that was given up is looked at again after this.
constexpr Duration kSecondLook = std::chrono::seconds{1};

// Nothing is asked that has less time than this before its deadline.
constexpr Duration kLastQuestion = std::chrono::milliseconds{50};

// Pauses between questions grow beyond what is left. The next one comes earlier then, since its answer may be there: to
// give up is to leave the outcome unknown. Empty: it would come too late.
std::optional<TimePoint> question_before(TimePoint now, TimePoint deadline) noexcept {
  const Duration half = (deadline - now) / 2;
  if (half < kLastQuestion) return std::nullopt;
  return now + half;
}

}  // namespace

Decision Supervisor::on_failed(TimePoint now, const FailedAttempt& failed, const Classification& failure) {
  now = begin_input(now);
  settle_run(now, failed.ticket, &failure);
  const auto never = why_not_again(policy_, failed, failure);
  if (!failed.reported_beneath) recovery_.on_failure(now, failed, failure, !never.has_value());
  Decision decision = never ? give_up(failed.ticket, *never) : decide(now, failed, failure, Purpose::kRunAgain);
  await_beneath(failed.operation, decision);
  finish_input(now);
  merge_effect(decision);
  decision.outcome = outcome_of(failed, failure);
  return decision;
}

Decision Supervisor::ask_outcome(TimePoint now, const FailedAttempt& commit, const Classification& failure) {
  now = begin_input(now);
  settle_run(now, commit.ticket, &failure);
  if (!commit.reported_beneath) recovery_.on_failure(now, commit, failure, true);
  Decision decision = decide(now, commit, failure, Purpose::kAskOutcome);
  await_beneath(commit.operation, decision);
  finish_input(now);
  merge_effect(decision);
  decision.outcome = outcome_of(commit, failure);
  return decision;
}

void Supervisor::await_beneath(const Operation& operation, const Decision& decision) {
  if (operation.beneath && decision.verdict == DecisionVerdict::kWait) beneath_.insert(decision.ticket.value);
}

Decision Supervisor::decide(TimePoint now, const FailedAttempt& failed, const Classification& failure,
                            Purpose purpose) {
  const bool asks = purpose == Purpose::kAskOutcome;
  if (const auto reason = asks ? out_of_time(now, failed) : out_of_tries(now, failed))
    return give_up(failed.ticket, *reason);
  if (failed.under_way) return wait_for_end(failed);
  if (failure.wrong_server_suspected && failed.epoch == recovery_.epoch()) return decide_read_only(now, failed);
  if (failure.credentials_suspected) return decide_refused(now, failed);
  if (failure.traits.connection_class) {
    // What an outage has caught, or was on a client that has been replaced, costs no retry, and may be a lot at once:
    // it goes like all that waited for the end.
    if (recovery_.caught(failed) || on_former_client(failed)) return wait_for_database(failed, true);
    if (!releases_freely()) return wait_for_database(failed, asks);
  }

  // The database is believed up: within the budget, at once the first time, after a backoff from then on. A full pool
  // has just shown that at once is too early.
  if (!asks && !budget_.try_withdraw(now)) return give_up(failed.ticket, GiveUpReason::kBudget);
  const bool saturated = failure.error_class == ErrorClass::kSaturated;
  const Duration wait = backoff_delay(config_.reconnect, saturated ? failed.tries + 1 : failed.tries, rng_);
  if (wait > Duration::zero()) {
    const TimePoint deadline = deadline_of(failed.first_started);
    std::optional<TimePoint> until = saturating_add(now, wait);
    if (*until >= deadline) until = asks ? question_before(now, deadline) : std::nullopt;
    if (!until) return give_up(failed.ticket, GiveUpReason::kDeadline);
    if (queue_full()) return give_up(failed.ticket, GiveUpReason::kQueueFull);
    const TicketId ticket = ticket_for(failed);
    parking_.delay({ticket, failed.tries, true}, *until, deadline);
    return {DecisionVerdict::kWait, ticket, {}, {}};
  }
  if (!releases_freely()) return wait_for_database(failed, true);
  ++retries_;
  return {DecisionVerdict::kRunNow, ticket_for(failed), {}, {}};
}

// The database is well, but perhaps this server may not write any more.
Decision Supervisor::decide_read_only(TimePoint now, const FailedAttempt& failed) {
  if (!recovery_.can_tell_role()) return give_up(failed.ticket, GiveUpReason::kNotRetryable);
  if (!recovery_.replacing()) recovery_.question_role(now);
  return wait_for_client(failed, role_waiters_);
}

// The server refuses our password, role or certificate. Connections that were let in before go on.
Decision Supervisor::decide_refused(TimePoint now, const FailedAttempt& failed) {
  // The client of now may well be let in.
  if (failed.epoch != recovery_.epoch()) return wait_for_database(failed, true);
  if (!recovery_.renew_credentials(now)) return give_up(failed.ticket, GiveUpReason::kNotRetryable);
  return wait_for_client(failed, credential_waiters_);
}

Decision Supervisor::wait_for_client(const FailedAttempt& failed, std::vector<ClientWaiter>& waiters) {
  if (queue_full()) return give_up(failed.ticket, GiveUpReason::kQueueFull);
  const TicketId ticket = ticket_for(failed);
  const TimePoint deadline = deadline_of(failed.first_started);
  parking_.delay({ticket, failed.tries, false}, deadline, deadline);
  waiters.push_back({{ticket, failed.tries, false}, failed.epoch});
  return {DecisionVerdict::kWait, ticket, {}, {}};
}

Decision Supervisor::wait_for_end(const FailedAttempt& failed) {
  if (queue_full()) return give_up(failed.ticket, GiveUpReason::kQueueFull);
  const TicketId ticket = ticket_for(failed);
  const TimePoint deadline = deadline_of(failed.first_started);
  const Parking::Released operation{ticket, failed.tries, false};
  parking_.delay(operation, deadline, deadline);
  ending_[ticket.value] = operation;
  return {DecisionVerdict::kWait, ticket, {}, {}};
}

void Supervisor::on_ended_beneath(TimePoint now, TicketId ticket) {
  now = begin_input(now);
  if (const auto ended = ending_.extract(ticket.value)) parking_.park_delayed(ended.mapped());
  finish_input(now);
}

// Whether the guard is left to end it, and it will fail above from there.
bool Supervisor::ended_beneath(TimePoint now, const FailedAttempt& hanging) {
  if (!hanging.swept_by_guard) return false;
  const auto given_up = recovery_.given_up(hanging.epoch);
  if (!given_up || !given_up->everybody) return true;
  const TimePoint until = saturating_add(given_up->since, GenerationLife::kGrace);
  if (now >= until) return false;
  stuck_sweep_.sweep_by(until);
  return true;
}

Decision Supervisor::on_hanging(TimePoint now, const FailedAttempt& hanging, bool connection_dead, Duration own_limit) {
  now = begin_input(now);
  const Classification silence =
      override_with(hanging.nothing_sent ? ErrorClass::kNotSent : ErrorClass::kUnknownOutcome);
  Decision decision{DecisionVerdict::kLeave, hanging.ticket, {}, {}};
  const bool stopped = recovery_.state() == ConnectionState::kStopped;
  const bool given_up = recovery_.given_up(hanging.epoch).has_value();
  StuckSweep::Fate fate = given_up ? StuckSweep::Fate::kStuck : StuckSweep::Fate::kLeave;
  if (!stopped && !given_up) {
    const TimePoint deadline = deadline_of(hanging.first_started);
    fate = stuck_sweep_.judge(now, hanging, connection_dead, own_limit, deadline, recovery_.outage_facts());
  }
  switch (fate) {
    case StuckSweep::Fate::kLeave: break;
    case StuckSweep::Fate::kOutOfTime:
      settle_run(now, hanging.ticket, &silence);
      recovery_.on_taken_back(hanging.epoch);
      decision = give_up(hanging.ticket, GiveUpReason::kDeadline);
      break;
    case StuckSweep::Fate::kStuck:
      if (ended_beneath(now, hanging)) break;
      settle_run(now, hanging.ticket, &silence);
      recovery_.on_taken_back(hanging.epoch);
      if (!connection_dead && !given_up) recovery_.on_stuck(now, hanging.epoch);
      if (stopped) {
        decision = give_up(hanging.ticket, GiveUpReason::kShutdown);
      } else if (const auto never = why_not_again(policy_, hanging, silence)) {
        decision = give_up(hanging.ticket, *never);
      } else if (const auto reason = out_of_tries(now, hanging)) {
        decision = give_up(hanging.ticket, *reason);
      } else {
        decision = wait_for_database(hanging, true);
      }
      break;
  }
  finish_input(now);
  merge_effect(decision);
  decision.outcome = outcome_of(hanging, silence);
  return decision;
}

bool Supervisor::hangs(TimePoint now, const FailedAttempt& work, bool connection_dead,
                       const UsedConnection& connection) {
  now = begin_input(now);
  bool stuck = false;
  const bool lost = silent_.lost(work, connection);
  const bool dead = connection_dead || lost;
  if (const auto given_up = recovery_.given_up(work.epoch)) {
    const bool progress = !dead && (connection.moving || silent_.working(work, connection));
    stuck = given_up->everybody || !progress;
    if (!stuck) stuck_sweep_.sweep_by(saturating_add(now, kSecondLook));
  } else if (recovery_.state() != ConnectionState::kStopped) {
    // Its operation's deadline is the operation's affair.
    const auto fate = stuck_sweep_.judge(now, work, dead, Duration::zero(), kEndOfTime, recovery_.outage_facts());
    const bool queues_in_vain = work.nothing_sent && work.epoch != recovery_.epoch();
    stuck = fate == StuckSweep::Fate::kStuck && (dead || queues_in_vain || !connection.moving);
    if (fate == StuckSweep::Fate::kStuck && !stuck) stuck_sweep_.sweep_by(saturating_add(now, StuckSweep::kGrace));
  }
  finish_input(now);
  return stuck;
}

bool Supervisor::queue_full() const noexcept {
  return parking_.waiting() >= config_.reconnect.max_parked;
}

std::optional<GiveUpReason> Supervisor::out_of_time(TimePoint now, const FailedAttempt& failed) const noexcept {
  if (recovery_.state() == ConnectionState::kStopped) return GiveUpReason::kShutdown;
  if (now >= deadline_of(failed.first_started)) return GiveUpReason::kDeadline;
  return std::nullopt;
}

std::optional<GiveUpReason> Supervisor::out_of_tries(TimePoint now, const FailedAttempt& failed) const noexcept {
  if (const auto reason = out_of_time(now, failed)) return reason;
  // It stood in a queue while the outage lasted, or in that of a client that has been replaced, which is no run.
  const bool in_vain = recovery_.outage() || recovery_.caught(failed) || on_former_client(failed);
  if (failed.nothing_sent && in_vain) return std::nullopt;
  if (failed.tries >= config_.reconnect.max_attempts) return GiveUpReason::kAttemptsExhausted;
  return std::nullopt;
}

bool Supervisor::on_former_client(const FailedAttempt& failed) const noexcept {
  return failed.epoch != recovery_.epoch();
}

Decision Supervisor::wait_for_database(const FailedAttempt& failed, bool cleared) {
  if (queue_full()) return give_up(failed.ticket, GiveUpReason::kQueueFull);
  const TicketId ticket = ticket_for(failed);
  parking_.park_again({ticket, failed.tries, cleared}, deadline_of(failed.first_started));
  return {DecisionVerdict::kWait, ticket, {}, {}};
}

Decision Supervisor::give_up(TicketId ticket, GiveUpReason reason) {
  // A ticket that waits belongs to a run that goes on: this failure is late news of an earlier one.
  if (parking_.status_of(ticket) == Parking::Status::kRunning) {
    parking_.settle(ticket);
    beneath_.erase(ticket.value);
  }
  return {DecisionVerdict::kGiveUp, {}, reason, {}};
}

TicketId Supervisor::ticket_for(const FailedAttempt& failed) {
  if (failed.ticket.valid() && parking_.status_of(failed.ticket) == Parking::Status::kRunning) return failed.ticket;
  return parking_.adopt_running();
}

TimePoint Supervisor::deadline_of(TimePoint first_started) const noexcept {
  return saturating_add(first_started, config_.reconnect.deadline);
}

void Supervisor::settle_run(TimePoint now, TicketId ticket, const Classification* failure) {
  const auto released = released_.find(ticket.value);
  if (released == released_.end()) return;
  const std::uint64_t round = released->second;
  released_.erase(released);
  if (failure != nullptr && failure->error_class == ErrorClass::kSaturated) {
    slow_start_.on_saturated(now, round);
  } else if (failure != nullptr && failure->traits.connection_class) {
    slow_start_.on_settled(round);
  } else {
    slow_start_.on_succeeded(round);  // an answer, if only a refusal
  }
}

std::optional<Effect> Supervisor::take_back(TicketId ticket) {
  const auto is_of_ticket = [ticket](const Effect& effect) {
    if (const auto* released = std::get_if<Release>(&effect)) return released->ticket == ticket;
    if (const auto* expired = std::get_if<Expire>(&effect)) return expired->ticket == ticket;
    return false;
  };
  const auto found = std::find_if(effects_.begin(), effects_.end(), is_of_ticket);
  if (found == effects_.end()) return std::nullopt;
  Effect effect = *found;
  effects_.erase(found);
  return effect;
}

void Supervisor::merge_effect(Decision& decision) {
  if (decision.verdict != DecisionVerdict::kWait) return;
  const auto effect = take_back(decision.ticket);
  if (!effect) return;
  if (std::holds_alternative<Release>(*effect)) {
    decision.verdict = DecisionVerdict::kRunNow;
  } else {
    decision = {DecisionVerdict::kGiveUp, {}, std::get<Expire>(*effect).reason, {}};
  }
}

}  // namespace resilience
