#include "core/recovery.h"

#include <algorithm>

namespace resilience {

using enum ConnectionState;
using enum ConnectionEvent;

Recovery::Recovery(const Config& config, const HostAbilities& abilities, std::uint64_t seed, TimePoint start,
                   Effects& effects)
    : config_(config),
      effects_(effects),
      life_(abilities.has_client, abilities.beneath, effects),
      replacement_(config, abilities.can_replace, seed, start),
      looks_(config.probe, abilities.has_probe, seed + 1, effects),
      hang_watch_(config.probe.suspect_after, start),
      primary_(abilities.serving),
      has_client_(abilities.has_client),
      started_at_(start) {
  if (!has_client_) begin_replacement(start, ReplaceReason::kInitial);
  if (abilities.has_probe) {
    introduction_ = true;
    looks_.begin(start);
  }
  warmup_over_ = !config.warmup.enabled;
}

// ---- the state machine ---------------------------------------------------------------------------------------------

void Recovery::apply(TimePoint now, ConnectionEvent event) {
  const ConnectionState from = state_;
  const ConnectionState to = next_state(from, event);
  if (from == to) return;
  state_ = to;
  effects_.emplace_back(StateChanged{from, to});
  enter(now, from, to);
}

void Recovery::enter(TimePoint now, ConnectionState from, ConnectionState to) {
  switch (to) {
    case kConnecting: return;
    case kUp:
      slow_start_wanted_ = false;
      queued_since_.reset();
      return;
    case kSuspect:
      forget_client_question();
      suspect_since_ = now;
      suspect_until_ = saturating_add(now, config_.probe.timeout * kSuspicionInTimeouts);
      in_band_at_ = saturating_add(now, config_.probe.timeout * kSuspicionInTimeouts / 2);
      if (!outage_since_) trouble_since_ = by_hang_ ? last_success_ : now;
      looks_.begin_anew(now);
      return;
    case kDown:
      forget_client_question();
      if (!outage_since_) begin_outage(now);
      down_since_ = now;
      await_witness(now);
      looks_.begin(now);
      return;
    case kVerifying:
      verifying_since_ = now;
      stop_looking();
      return;
    case kRecovering: begin_recovering(now, from); return;
    case kReplacing:
      forget_client_question();
      stop_looking();
      begin_replacement(now, fault_);
      return;
    case kStopped: looks_.end(); return;
  }
}

void Recovery::begin_outage(TimePoint now) {
  outage_since_ = now;
  silent_outage_ = by_hang_;
  look_attempts_ = 0;
  witnesses_ = 0;
  failed_told_ = false;
  answered_at_.reset();
  last_answer_took_ = Duration::zero();
  evidence_.on_outage();
  hang_watch_.on_outage();
  effects_.emplace_back(Disconnected{});
}

void Recovery::begin_recovering(TimePoint now, ConnectionState from) {
  stop_looking();
  by_hang_ = false;
  queued_since_.reset();
  evidence_.drop_agreement();
  hang_watch_.restart(now);
  warmup_over_ = true;
  slow_start_wanted_ = outage_since_.has_value() || from == kConnecting || from == kReplacing;
  if (slow_start_wanted_) ++recoveries_;
  if (!outage_since_) return;
  ++reconnects_;
  recovered_at_ = now;
  proven_at_.reset();
  unreachable_proofs_ = 0;
  next_proof_ = now;
  effects_.emplace_back(Reconnected{now - *outage_since_});
  outage_since_.reset();
}

void Recovery::want_connection(TimePoint now) {
  if (wanted_at_) return;
  wanted_at_ = now;
  if (may_warm_up()) looks_.verify(now, config_.warmup.timeout, false);
}

// Whoever asks for a connection gets one verified. Whether operations wait for that is what `warmup.enabled` says.
bool Recovery::may_warm_up() const noexcept {
  return state_ == kConnecting && wanted_at_ && !looks_.verifying();
}

void Recovery::note_connected(TimePoint now) {
  if (ever_connected_) return;
  ever_connected_ = true;
  warmup_ = now - wanted_at_.value_or(started_at_);
  effects_.emplace_back(Connected{});
}

// The current client serves: whatever stood before this question in its queue has a connection.
void Recovery::note_proven(TimePoint now) {
  proven_at_ = now;
  unreachable_proofs_ = 0;
  silent_ = false;
}

bool Recovery::gate_closed() const noexcept {
  if (!has_client_) return true;
  switch (state_) {
    case kConnecting: return !warmup_over_;
    case kUp: return false;
    case kSuspect: {
      // One failed operation closes nothing for the others; a client on which nothing moves does, where somebody else
      // than that client can be asked. What came before it keeps the gate closed.
      const bool soon_known = probe_ever_up_ || replacement_.possible();
      return (by_hang_ && soon_known) || outage_since_.has_value() || slow_start_wanted_ || !warmup_over_;
    }
    case kDown:
    case kVerifying:
    case kRecovering:
    case kReplacing:
    case kStopped: return true;
  }
  return true;
}

OutageFacts Recovery::outage_facts() const noexcept {
  OutageFacts facts;
  facts.over = state_ == kUp || state_ == kRecovering;
  facts.lasting = outage_since_.has_value();
  facts.epoch = life_.serving();
  facts.trouble_since = trouble_since_;
  facts.answered_at = answered_at_;
  facts.recovered_at = recovered_at_;
  facts.proven_at = proven_at_;
  facts.queued_since = queued_since_;
  facts.silent = silent_;
  facts.silent_epoch = silent_epoch_;
  facts.silent_until = silent_until_;
  return facts;
}

// ---- looking
// ---------------------------------------------------------------------------------------------------------

bool Recovery::database_busy() const noexcept {
  return last_answer_took_ >= std::max(kSlowAnswer, look_latency_ * kGraceInLooks);
}

Duration Recovery::client_grace() const noexcept {
  if (!ever_connected_) return config_.warmup.timeout;
  const Duration most = std::max(kClientGrace, config_.probe.timeout);
  // The look that ends an outage may have begun long before it could be answered, or met a rush: to wait costs little.
  const Duration look = std::min(most, std::max(look_latency_, last_answer_took_));
  return std::clamp(look * kGraceInLooks, kClientGrace, most);
}

void Recovery::look_now(TimePoint now) {
  switch (state_) {
    case kConnecting:
    case kUp:
      if (!looks_.verifying()) looks_.verify(now, config_.probe.timeout, false);
      return;
    case kSuspect:
    case kDown: looks_.begin_anew(now); return;
    case kVerifying:
    case kRecovering:
    case kReplacing:
    case kStopped: return;
  }
}

// Where the probe stands in a pooler's queue, a witness would stand there as well, and who gives up his place in it is
// not taken out of it.
void Recovery::await_witness(TimePoint now) noexcept {
  next_witness_ = saturating_add(now, queued_since_ ? LookQueue::kLongestWait : kWitnessInterval);
}

void Recovery::question_role(TimePoint now) {
  primary_.ask(saturating_add(now, config_.probe.timeout * kSuspicionInTimeouts));
  looks_.begin(now);
}

void Recovery::stop_looking() {
  // These looks end with their own answer.
  if (introduction_ || primary_.answer() == PrimaryWatch::Answer::kPending || patience_.asking()) return;
  if (looks_.active()) looks_.end();
}

// ---- time ----------------------------------------------------------------------------------------------------------

void Recovery::on_loop_stalled(TimePoint now, Duration delay) {
  hang_watch_.restart(now);
  looks_.on_loop_stalled(now);
  patience_.on_loop_stalled(now);
  suspect_until_ = saturating_add(suspect_until_, delay);
}

bool Recovery::hang_matters() const noexcept {
  switch (state_) {
    case kUp:
    case kRecovering: return true;
    case kConnecting: return warmup_over_;
    case kSuspect: return !evidence_.agrees();
    case kDown:
    case kVerifying:
    case kReplacing:
    case kStopped: return false;
  }
  return false;
}

void Recovery::watch_for_hangs(TimePoint now, const Counters& counters) {
  if (!hang_matters() || now < hang_watch_.due(counters)) return;
  hang_watch_.on_suspicion(now);
  evidence_.agree();
  by_hang_ = true;
  apply(now, kHang);
  heed_probe(now);
}

bool Recovery::proof_wanted(const Counters& counters) const noexcept {
  if (state_ != kUp && state_ != kRecovering) return false;
  return recovered_at_ && !proven_at_ && counters.in_flight_since_before(*recovered_at_);
}

void Recovery::stop(TimePoint now, Duration drain) {
  apply(now, kStop);
  replacement_.stop();
  life_.stop(now, drain);
}

void Recovery::on_tick(TimePoint now, const Counters& counters) {
  if (life_.making_overdue(now)) finish_replacement(now, MakeVerdict::kFailed, {});
  give_ups_ += life_.tick(now);
  if (state_ == kStopped) return;
  if (const auto id = looks_.overdue(now)) on_verified(now, *id, VerifyVerdict::kTimedOut, counters);
  if (wanted_at_ && now - *wanted_at_ >= config_.warmup.timeout) warmup_over_ = true;

  watch_client(now, counters);
  watch_for_hangs(now, counters);
  if (state_ == kSuspect && now >= in_band_at_) {
    in_band_at_ = kEndOfTime;
    looks_.begin_in_band(now);
  }
  if (state_ == kSuspect && now >= suspect_until_) drop_suspicion(now);

  looks_.tick(now);
  if (!looks_.verifying()) {
    if (state_ == kConnecting && now >= next_warmup_verify_) {
      looks_.verify(now, client_grace(), false);
    } else if (state_ == kDown && now >= next_witness_) {
      const bool fresh = replacement_.possible() && !queued_since_ && ++witnesses_ % kFreshWitness == 0;
      looks_.verify(now, config_.probe.timeout, fresh);
    } else if (proof_wanted(counters) && now >= next_proof_) {
      verify_client(now, config_.probe.timeout);
    }
  }
  if (now >= next_witness_) await_witness(now);

  primary_.tick(now);
  if (state_ == kUp || state_ == kRecovering) stop_looking();
  if (const auto reason = replacement_.due(now, replace_when(), counters.started)) {
    begin_replacement(now, *reason);
  }
}

bool Recovery::at_rest(const Counters& counters) const noexcept {
  if (state_ != kUp && (state_ != kConnecting || wanted_at_)) return false;
  return !looks_.active() && !looks_.verifying() && !replacing() && !replacement_.waits() && !proof_wanted(counters) &&
         life_.next_deadline() == kEndOfTime && primary_.next_deadline() == kEndOfTime;
}

TimePoint Recovery::next_deadline(const Counters& counters) const noexcept {
  if (state_ == kStopped) return life_.next_deadline();
  TimePoint next = std::min({life_.next_deadline(), looks_.next_deadline(), primary_.next_deadline(),
                             replacement_.next_deadline(replace_when()), patience_.next_deadline()});
  if (!warmup_over_ && wanted_at_) next = std::min(next, saturating_add(*wanted_at_, config_.warmup.timeout));
  if (hang_matters()) next = std::min(next, hang_watch_.due(counters));
  if (state_ == kSuspect) next = std::min({next, in_band_at_, suspect_until_});
  if (state_ == kDown) next = std::min(next, next_witness_);
  if (!looks_.verifying()) {
    if (state_ == kConnecting) next = std::min(next, next_warmup_verify_);
    if (proof_wanted(counters)) next = std::min(next, next_proof_);
  }
  return next;
}

}  // namespace resilience
