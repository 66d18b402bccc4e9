#include "core/recovery.h"

#include <algorithm>

namespace resilience {

using enum ConnectionState;
using enum ConnectionEvent;

VerifyVerdict verdict_of(const Classification& failure) noexcept {
  if (failure.error_class == ErrorClass::kSaturated) return VerifyVerdict::kTimedOut;
  return failure.traits.connection_class ? VerifyVerdict::kUnreachable : VerifyVerdict::kOtherFailure;
}

Recovery::Recovery(const Config& config, HostAbilities abilities, Replacement& replacement, std::uint64_t seed,
                   TimePoint start, Effects& effects)
    : config_(config),
      abilities_(abilities),
      replacement_(replacement),
      effects_(effects),
      started_at_(start),
      verdict_at_(start),
      in_band_({config.probe.interval, config.probe.down_interval, config.probe.timeout}, seed),
      suspect_since_(start),
      trouble_since_(start),
      last_completion_(start),
      hang_clock_floor_(start) {
  if (abilities.has_probe) {
    introduction_ = true;
    look(start);
  }
  if (config.warmup.enabled) {
    verify(start, config.warmup.timeout, false);
  } else {
    warmup_over_ = true;
  }
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
    case kConnecting:
      break;
    case kUp:
      stop_looking();
      by_hang_ = false;
      came_from_outage_ = false;
      break;
    case kSuspect:
      suspect_since_ = now;
      if (!outage_since_) trouble_since_ = std::min(now, last_completion_);
      look(now);
      break;
    case kDown:
      if (!outage_since_) {
        outage_since_ = now;
        look_attempts_ = 0;
        failed_told_ = false;
        effects_.emplace_back(Disconnected{});
      }
      down_since_ = now;
      forget_evidence();
      next_witness_ = saturating_add(now, kWitnessInterval);
      look(now);
      break;
    case kVerifying:
      stop_looking();
      if (leftovers_) verify(now, kClientGrace, false);
      break;
    case kRecovering:
      stop_looking();
      by_hang_ = false;
      came_from_outage_ = outage_since_.has_value() || from == kConnecting || from == kReplacing;
      if (from == kConnecting || from == kVerifying || from == kReplacing || from == kDown) recovered_at_ = now;
      if (!ever_connected_) {
        ever_connected_ = true;
        warmup_ = now - started_at_;
        effects_.emplace_back(Connected{});
      }
      warmup_over_ = true;
      if (outage_since_) {
        ++reconnects_;
        effects_.emplace_back(Reconnected{now - *outage_since_});
        outage_since_.reset();
        down_since_.reset();
      }
      break;
    case kReplacing:
      stop_looking();
      replacement_.begin(now, fault_, effects_);
      break;
    case kStopped:
      stop_looking();
      break;
  }
}

bool Recovery::gate_closed() const noexcept {
  switch (state_) {
    case kConnecting:
      return !warmup_over_;
    case kUp:
      return false;
    case kSuspect:
      // One failed operation closes nothing for the others; a client on which nothing moves does.
      return by_hang_ || !warmup_over_;
    case kDown:
    case kVerifying:
    case kRecovering:
    case kReplacing:
    case kStopped:
      return true;
  }
  return true;
}

// ---- evidence from operations --------------------------------------------------------------------------------------

void Recovery::on_failure(TimePoint now, const FailedTry& failed, const Classification& failure, bool may_run_again) {
  if (!failure.traits.connection_class) return;
  ++consecutive_errors_;
  // News of an older generation, or of the outage that has just ended, says nothing about now.
  if (failed.epoch != epoch_ || (recovered_at_ && failed.try_started < *recovered_at_)) return;

  operations_agree_ = true;
  ++errors_towards_reset_;
  if (failure.traits.poisons_client) poisoned_ = true;
  if (failed.new_connection || !failure.traits.sent) ++failed_connects_;
  if (may_run_again && failed.tries + 1 == config_.reconnect.max_attempts &&
      config_.reconnect.hard_reset_on_final_attempt) {
    final_attempt_wanted_ = true;
  }
  apply(now, kFailure);
  // The probe may have seen it before the operation did.
  if (state_ == kSuspect && verdict_ == ProbeVerdict::kDown && verdict_at_ >= suspect_since_) database_down(now);
}

void Recovery::on_successes(TimePoint now, TimePoint last_completion) {
  last_completion_ = std::max(last_completion_, last_completion);
  consecutive_errors_ = 0;
  errors_towards_reset_ = 0;
  failed_connects_ = 0;
  final_attempt_wanted_ = false;
  if (state_ == kConnecting) apply(now, kVerified);
  // Answers may still come out of sockets when the server is gone already; a second later they mean something.
  if (state_ == kDown && down_since_ && last_completion >= *down_since_ + kWitnessInterval) {
    leftovers_ = true;
    apply(now, kVerified);
  }
}

void Recovery::forget_evidence() noexcept {
  errors_towards_reset_ = 0;
  failed_connects_ = 0;
  final_attempt_wanted_ = false;
}

std::optional<ReplaceReason> Recovery::client_fault() const noexcept {
  if (poisoned_ || failed_connects_ >= kFailedConnects) return ReplaceReason::kEngineFault;
  if (errors_towards_reset_ >= config_.reconnect.max_consecutive_errors) return ReplaceReason::kConsecutiveErrors;
  if (final_attempt_wanted_) return ReplaceReason::kFinalAttempt;
  return std::nullopt;
}

// ---- looking -------------------------------------------------------------------------------------------------------

void Recovery::verify(TimePoint now, Duration timeout, bool of_database) {
  verify_under_way_ = true;
  // The host ends it at its timeout; one that does not is not waited for much longer.
  verify_due_ = saturating_add(now, timeout * 2);
  effects_.emplace_back(Verify{++verify_id_, timeout, of_database});
}

void Recovery::look(TimePoint now) {
  if (looking_) return;
  looking_ = true;
  if (abilities_.has_probe) {
    effects_.emplace_back(StartLooking{});
  } else {
    look_in_band(now);
  }
}

void Recovery::look_in_band(TimePoint now) {
  if (in_band_.active()) return;
  in_band_.begin(now);
  in_band_.on_attempt(now);
  verify(now, config_.probe.timeout, true);
}

void Recovery::stop_looking() {
  in_band_.end();
  next_witness_ = kEndOfTime;
  if ((introduction_ || role_answer_ == RoleAnswer::kPending) && state_ != kStopped) return;  // ends with its answer
  if (looking_ && abilities_.has_probe) effects_.emplace_back(StopLooking{});
  looking_ = false;
}

void Recovery::look_now(TimePoint now) {
  if (state_ == kStopped) return;
  operations_agree_ = true;
  if (state_ == kUp || state_ == kConnecting) {
    verify(now, config_.probe.timeout, false);
  } else {
    look(now);
  }
}

void Recovery::question_role(TimePoint now) {
  role_answer_ = RoleAnswer::kPending;
  look(now);
}

void Recovery::database_up(TimePoint now, const Counters& counters) {
  if (state_ == kSuspect || state_ == kVerifying || state_ == kRecovering) {
    if (const auto fault = client_fault()) {
      forget_evidence();
      if (!replacement_.possible()) {
        replacement_.begin(now, *fault, effects_);  // tells once that it cannot
      } else if (replacement_.may_begin(now)) {
        fault_ = *fault;
        apply(now, kClientFault);
        return;
      }
    }
  }
  // Who was in flight when the trouble began may hang on a dead connection, and so may the pool.
  leftovers_ = !ever_connected_ || (counters.in_flight() > 0 && counters.oldest_in_flight < now);
  apply(now, kProbeUp);
  if (state_ == kVerifying && !leftovers_) apply(now, kVerified);
}

void Recovery::database_down(TimePoint now) { apply(now, operations_agree_ ? kProbeDown : kProbeDoubt); }

void Recovery::on_probe_result(TimePoint now, const ProbeResult& result, const Counters& counters) {
  if (state_ == kStopped) return;
  verdict_ = result.verdict;
  verdict_at_ = now;
  if (result.verdict == ProbeVerdict::kUp) {
    probe_ever_up_ = true;
    note_endpoint(now, result);
  }
  if (state_ == kDown) effects_.emplace_back(Reconnecting{++look_attempts_});
  const bool look_answered = looking_;
  introduction_ = false;
  // A look that no trouble asked for (the first one, a question about the primary) is over with one answer.
  if (state_ == kUp || state_ == kRecovering || state_ == kConnecting) stop_looking();
  switch (result.verdict) {
    case ProbeVerdict::kUp:
      // A standing connection may well answer while ours do not: only an answer to a look counts as one.
      if (look_answered) database_up(now, counters);
      return;
    case ProbeVerdict::kDown:
      if (probe_ever_up_) {
        database_down(now);
        return;
      }
      // It may be pointed at the wrong server: no vote. Somebody has to look, though.
      [[fallthrough]];
    case ProbeVerdict::kInconclusive:
      if (state_ == kSuspect || state_ == kDown) look_in_band(now);
      return;
  }
}

void Recovery::note_endpoint(TimePoint now, const ProbeResult& result) {
  const std::string endpoint = result.host + ":" + std::to_string(result.port);
  const bool known = !result.host.empty();
  const bool moved = known && result.role == ServerRole::kPrimary && !primary_.empty() && endpoint != primary_;
  if (role_answer_ == RoleAnswer::kPending) {
    const bool wrong = moved || result.role == ServerRole::kStandby;
    role_answer_ = wrong ? RoleAnswer::kWrongServer : RoleAnswer::kSamePrimary;
  }
  if (known && result.role == ServerRole::kPrimary) primary_ = endpoint;
  if (moved || role_answer_ == RoleAnswer::kWrongServer) replace_for_failover(now);
}

void Recovery::replace_for_failover(TimePoint now) {
  if (!replacement_.possible() || replacement_.under_way()) return;
  if (state_ == kUp) {
    replacement_.begin(now, ReplaceReason::kFailover, effects_);
    return;
  }
  fault_ = ReplaceReason::kFailover;
  leftovers_ = false;
  apply(now, kProbeUp);
  apply(now, kClientFault);
}

void Recovery::on_verified(TimePoint now, std::uint64_t id, VerifyVerdict verdict, const Counters& counters) {
  if (!verify_under_way_ || id != verify_id_ || state_ == kStopped) return;
  verify_under_way_ = false;
  verify_due_ = kEndOfTime;
  const bool in_band = in_band_.active();

  switch (state_) {
    case kConnecting:
      if (verdict == VerifyVerdict::kOk) {
        apply(now, kVerified);
      } else if (verdict == VerifyVerdict::kUnreachable) {
        operations_agree_ = true;
        apply(now, kFailure);
      } else {
        warmup_over_ = true;  // up and refusing, or too slow: operations shall see for themselves
      }
      return;
    case kUp:
      if (verdict == VerifyVerdict::kUnreachable) apply(now, kFailure);
      return;
    case kVerifying:
      if (verdict == VerifyVerdict::kUnreachable) {
        operations_agree_ = true;
        apply(now, kFailure);
      } else if (verdict == VerifyVerdict::kTimedOut && replacement_.may_begin(now)) {
        fault_ = ReplaceReason::kEngineFault;
        apply(now, kClientFault);
      } else {
        apply(now, kVerified);
      }
      return;
    case kSuspect:
    case kDown:
      if (!in_band) {
        // Our own client as a second witness, while the probe says down.
        if (verdict == VerifyVerdict::kOk && state_ == kDown) database_up(now, counters);
        return;
      }
      if (state_ == kDown) effects_.emplace_back(Reconnecting{++look_attempts_});
      in_band_.on_sign(now, verdict == VerifyVerdict::kOk            ? Sign::kUp
                            : verdict == VerifyVerdict::kUnreachable ? Sign::kRefused
                                                                     : Sign::kSilent);
      if (verdict == VerifyVerdict::kOk || verdict == VerifyVerdict::kOtherFailure) {
        database_up(now, counters);
      } else if (verdict == VerifyVerdict::kUnreachable || replacement_.possible()) {
        // A client of its own had an empty pool: its silence is the database's. On the one and only client it may be
        // the pool's.
        database_down(now);
      } else {
        apply(now, kInconclusive);
      }
      return;
    case kRecovering:
    case kReplacing:
    case kStopped:
      return;
  }
}

// ---- replacement, time ---------------------------------------------------------------------------------------------

void Recovery::on_replaced(TimePoint now, bool ok) {
  const auto reason = replacement_.finish(now, ok);
  if (!reason) return;
  if (!ok) {
    apply(now, kReplaceFailed);
    return;
  }
  ++epoch_.value;
  if (is_hard_reset(*reason)) ++hard_resets_;
  poisoned_ = false;
  by_hang_ = false;
  forget_evidence();
  verify_under_way_ = false;
  apply(now, kReplaced);
}

void Recovery::on_expired(TimePoint) {
  if (!outage_since_ || failed_told_) return;
  failed_told_ = true;
  effects_.emplace_back(ReconnectFailed{});
}

void Recovery::on_tick(TimePoint now, const Counters& counters) {
  if (state_ == kStopped) return;
  if (verify_under_way_ && now >= verify_due_) on_verified(now, verify_id_, VerifyVerdict::kTimedOut, counters);

  if (!warmup_over_ && now - started_at_ >= config_.warmup.timeout) warmup_over_ = true;

  if (state_ == kUp || state_ == kRecovering || (state_ == kConnecting && warmup_over_)) {
    const TimePoint since = std::max({counters.last_completion, counters.oldest_in_flight, hang_clock_floor_});
    if (counters.in_flight() > 0 && counters.oldest_in_flight != kEndOfTime &&
        now - since >= config_.probe.suspect_after) {
      hang_clock_floor_ = now;
      operations_agree_ = true;
      by_hang_ = true;
      apply(now, kHang);
    }
  }

  if (looking_ && in_band_.active() && !verify_under_way_) {
    const auto next = in_band_.next_attempt(0);
    if (next && now >= *next) {
      in_band_.on_attempt(now);
      verify(now, config_.probe.timeout, true);
    }
  }
  if (state_ == kDown && now >= next_witness_) {
    next_witness_ = saturating_add(now, kWitnessInterval);
    if (!in_band_.active()) verify(now, config_.probe.timeout, false);
  }
  // A probe that does not even answer cannot keep anybody waiting.
  if (state_ == kSuspect && now - suspect_since_ >= config_.probe.timeout * 3) apply(now, kInconclusive);
}

TimePoint Recovery::next_deadline(const Counters& counters) const noexcept {
  TimePoint next = kEndOfTime;
  const auto consider = [&next](TimePoint at) { next = std::min(next, at); };
  if (verify_under_way_) consider(verify_due_);
  if (!warmup_over_) consider(saturating_add(started_at_, config_.warmup.timeout));
  if ((state_ == kUp || state_ == kRecovering) && counters.in_flight() > 0 &&
      counters.oldest_in_flight != kEndOfTime) {
    const TimePoint since = std::max({counters.last_completion, counters.oldest_in_flight, hang_clock_floor_});
    consider(saturating_add(since, config_.probe.suspect_after));
  }
  if (looking_ && in_band_.active() && !verify_under_way_) consider(in_band_.next_attempt(0).value_or(kEndOfTime));
  if (state_ == kDown) consider(next_witness_);
  if (state_ == kSuspect) consider(saturating_add(suspect_since_, config_.probe.timeout * 3));
  return next;
}

}  // namespace resilience
