// What the recovery makes of news: failures, successes, answers of the probe and of clients, replacements.
#include "core/recovery.h"

#include <algorithm>

namespace resilience {

using enum ConnectionState;
using enum ConnectionEvent;

// ---- evidence from operations --------------------------------------------------------------------------------------

void Recovery::on_failure(TimePoint now, const FailedAttempt& failed, const Classification& failure,
                          bool may_run_again) {
  if (!failure.traits.connection_class) return;
  if (!evidence_.on_failure(config_.reconnect, failed, failure, life_.serving(), may_run_again)) return;
  apply(now, kFailure);
  heed_probe(now);
}

void Recovery::on_successes(TimePoint now, const Counters& counters) {
  last_success_ = counters.last_success;
  silent_ = false;
  evidence_.on_success();
  if (state_ == kStopped) return;
  note_connected(now);
  if (state_ == kConnecting) apply(now, kVerified);
  if (state_ == kVerifying && last_success_ >= verifying_since_) apply(now, kVerified);
  if (state_ == kDown && last_success_ >= saturating_add(down_since_, kLateAnswers)) database_up(now, counters);
}

// The probe may have seen it before the operation did.
void Recovery::heed_probe(TimePoint now) {
  if (state_ == kSuspect && probe_says_down_ && probe_said_at_ >= suspect_since_) database_down(now);
}

// ---- what the database looks like ----------------------------------------------------------------------------------

void Recovery::database_up(TimePoint now, const Counters& counters) {
  if (outage_since_) answered_at_ = now;
  if (state_ == kSuspect) {
    note_false_alarm();
    const auto fault = evidence_.client_fault(config_.reconnect);
    evidence_.on_database_up(now);
    if (follow_primary(now)) return;
    if (fault && blame_client(now, *fault)) return;
    apply(now, kProbeUp);
  } else if (state_ == kDown) {
    evidence_.on_database_up(now);
    apply(now, kProbeUp);
    if (follow_primary(now)) return;
    if (evidence_.poisoned() && blame_client(now, ReplaceReason::kEngineFault)) return;
    if (renew_connections(now)) return;
    if (ever_connected_ && !silent_outage_ && !counters.in_flight_since_before(now)) {
      apply(now, kVerified);
      note_proven(now);
      return;
    }
    // Who was in flight when the trouble began may hang on a dead connection, and so may whoever takes one of the
    // pool's, where connections were not closed but fell silent.
    verify_client(now, client_grace());
  } else if (may_warm_up()) {
    looks_.verify(now, client_grace(), false);
  }
}

void Recovery::database_down(TimePoint now) {
  if (evidence_.agrees()) {
    apply(now, kProbeDown);
    return;
  }
  apply(now, kProbeDoubt);
  // It does not decide alone; a client is asked as well.
  if (state_ == kSuspect) looks_.begin_in_band(now);
}

void Recovery::drop_suspicion(TimePoint now) {
  note_false_alarm();
  apply(now, kInconclusive);
}

void Recovery::note_false_alarm() noexcept {
  if (!by_hang_) return;
  ++false_alarms_;
  hang_watch_.on_innocent();
}

// ---- the probe's answers -------------------------------------------------------------------------------------------

void Recovery::on_probe_result(TimePoint now, const ProbeResult& result, const Counters& counters) {
  if (state_ == kStopped) return;
  if (result.ever_up || result.verdict == ProbeVerdict::kUp) probe_ever_up_ = true;
  if (state_ == kDown) effects_.emplace_back(Reconnecting{++look_attempts_});
  introduction_ = false;
  if (result.let_in != queued_since_.has_value()) {
    queued_since_ = result.let_in ? std::optional(now) : std::nullopt;
    await_witness(now);
  }
  const bool has_vote = result.verdict != ProbeVerdict::kInconclusive && probe_ever_up_;
  if (!has_vote) {
    // It may be pointed at the wrong server. Somebody has to look, though.
    if (state_ == kSuspect || state_ == kDown) looks_.begin_in_band(now);
  } else if (result.verdict == ProbeVerdict::kUp) {
    on_probe_up(now, result, counters);
  } else {
    on_probe_down(now, sign_of(result));
  }
  // A look that no trouble asked for is over with one answer.
  if (state_ != kSuspect && state_ != kDown) stop_looking();
}

void Recovery::on_probe_up(TimePoint now, const ProbeResult& result, const Counters& counters) {
  probe_says_down_ = false;
  probe_said_at_ = now;
  primary_.on_up(result);
  const Duration latency = std::clamp(result.latency, Duration::zero(), now - TimePoint{});
  last_answer_took_ = latency;
  // While a database comes back a look may have begun long before it could be answered; in a rush it takes long.
  const bool unusual = state_ == kDown || patience_.asking();
  if (look_latency_ == Duration::zero() || latency < look_latency_ || !unusual) look_latency_ = latency;
  const bool standing = result.trigger == ProbeTrigger::kSentinel;
  patience_.on_look(now, latency, standing ? config_.probe.timeout : Duration::zero());
  switch (state_) {
    case kSuspect:
      // An answer to a question asked before the trouble began: ask again.
      if (now - latency < suspect_since_) {
        looks_.begin_anew(now);
        return;
      }
      database_up(now, counters);
      return;
    case kConnecting:
    case kDown: database_up(now, counters); return;
    case kUp:
    case kVerifying:
    case kRecovering:
      if (!follow_primary(now)) watch_client(now, counters);
      return;
    case kReplacing:
    case kStopped: return;
  }
}

void Recovery::on_probe_down(TimePoint now, Sign sign) {
  const bool news = !probe_says_down_;
  probe_says_down_ = true;
  probe_said_at_ = now;
  // It has said so before, and operations go on.
  if (state_ == kUp && !news) return;
  if (patience_.asking()) {
    if (sign == Sign::kSilent) return;  // so busy, perhaps: see watch_client()
    evidence_.agree();
  }
  database_down(now);
}

// ---- answers of clients --------------------------------------------------------------------------------------------

void Recovery::on_verified(TimePoint now, std::uint64_t id, VerifyVerdict verdict, const Counters& counters) {
  const auto verification = looks_.settle(id);
  if (!verification || state_ == kStopped) return;
  patience_.end();
  if (verdict == VerifyVerdict::kTimedOut && outage_since_) silent_outage_ = true;
  if (verdict == VerifyVerdict::kTimedOut && verification->disturbed) {
    looks_.verify(now, verification->timeout, verification->of_database);
  } else if (verification->of_database) {
    on_database_verified(now, verdict, counters);
  } else {
    on_client_verified(now, verdict, *verification, counters);
  }
}

void Recovery::on_database_verified(TimePoint now, VerifyVerdict verdict, const Counters& counters) {
  if (state_ != kSuspect && state_ != kDown) return;
  const bool in_band = looks_.in_band();
  if (in_band) {
    looks_.on_in_band_answer(now, verdict);
    if (state_ == kDown) effects_.emplace_back(Reconnecting{++look_attempts_});
  }
  switch (verdict) {
    case VerifyVerdict::kOk:
    case VerifyVerdict::kOtherFailure: database_up(now, counters); return;
    case VerifyVerdict::kUnreachable:
      evidence_.agree();  // this was a client's word, not the probe's
      database_down(now);
      return;
    case VerifyVerdict::kTimedOut:
      // A client of its own had an empty pool: its silence is the database's. On the one and only client it may be the
      // pool's.
      if (replacement_.possible()) {
        database_down(now);
      } else if (state_ == kSuspect) {
        drop_suspicion(now);
      }
      return;
    case VerifyVerdict::kInconclusive:
      if (state_ == kSuspect) drop_suspicion(now);
      return;
  }
}

void Recovery::on_client_verified(TimePoint now, VerifyVerdict verdict, const LookControl::Verification& verification,
                                  const Counters& counters) {
  if (verdict == VerifyVerdict::kOk) note_connected(now);
  // A server that refuses has been reached all the same.
  const bool reached = verdict == VerifyVerdict::kOk || verdict == VerifyVerdict::kOtherFailure;
  if (state_ == kSuspect || state_ == kReplacing) return;
  if (state_ == kDown) {
    if (reached) database_up(now, counters);
    return;
  }
  if (verdict == VerifyVerdict::kUnreachable) {
    if (cannot_be_reached_alone(now, verification, counters)) return;
    evidence_.agree();
    apply(now, kFailure);
  } else if (state_ == kConnecting) {
    if (verdict == VerifyVerdict::kOk) {
      apply(now, kVerified);
    } else {
      warmup_over_ = true;  // up and refusing, or too slow: operations shall see for themselves
      next_warmup_verify_ = saturating_add(now, config_.probe.interval);
    }
  } else if (!reached) {
    on_client_silent(now, verification, counters);
  } else {
    if (state_ == kVerifying) {
      last_answer_took_ = std::max(last_answer_took_, now - verification.began);
      apply(now, kVerified);
    }
    if (verification.began >= verifying_since_) note_proven(now);
  }
}

// Our client could not reach the database a second time, though that had answered somebody else in between: another
// name, another road. True where the client is replaced because of that.
bool Recovery::cannot_be_reached_alone(TimePoint now, const LookControl::Verification& verification,
                                       const Counters& counters) {
  if (!proof_wanted(counters)) return false;
  next_proof_ = saturating_add(now, StuckSweep::kGrace);
  if (++unreachable_proofs_ < kUnreachableProofs) return false;
  return blame_silent_client(now, verification, counters);
}

// Where operations come to their end on this client, the question merely stands in a queue.
bool Recovery::blame_silent_client(TimePoint now, const LookControl::Verification& verification,
                                   const Counters& counters) {
  silent_ = ever_connected_ && counters.last_success < verification.began;
  return silent_ && blame_client(now, ReplaceReason::kEngineFault);
}

// Who cannot ask the probe hears of a silent client from the host, after `grace`.
void Recovery::verify_client(TimePoint now, Duration grace) {
  const Duration most = probe_ever_up_ ? std::max(grace, config_.probe.timeout * kPatienceInTimeouts) : grace;
  looks_.verify(now, most, false);
  if (probe_ever_up_) patience_.begin(now, grace, most);
}

void Recovery::watch_client(TimePoint now, const Counters& counters) {
  switch (patience_.judge(now)) {
    case ClientPatience::Advice::kWait: return;
    case ClientPatience::Advice::kAskProbe: looks_.begin_anew(now); return;
    case ClientPatience::Advice::kSilent: break;
  }
  const bool both_silent = patience_.asking() && probe_says_down_;
  if (both_silent) {
    evidence_.agree();
    database_down(now);
    return;
  }
  patience_.end();
  if (const auto verification = looks_.give_up()) on_client_silent(now, *verification, counters);
}

void Recovery::forget_client_question() noexcept {
  if (patience_.active()) looks_.forget_verification();
  patience_.end();
}

void Recovery::on_client_silent(TimePoint now, const LookControl::Verification& verification,
                                const Counters& counters) {
  const bool asked_for_proof = proof_wanted(counters);
  if (state_ != kVerifying && !asked_for_proof) return;
  if (blame_silent_client(now, verification, counters)) return;
  if (state_ == kVerifying) {
    apply(now, kVerified);
  } else if (silent_ && !replacement_.possible()) {
    note_proven(now);  // there is no better client
  } else {
    next_proof_ = saturating_add(now, StuckSweep::kGrace);
  }
}

void Recovery::on_expired() {
  if (!outage_since_ || failed_told_) return;
  failed_told_ = true;
  effects_.emplace_back(ReconnectFailed{});
}

}  // namespace resilience
