// What the client is replaced for, and what follows when that is done.
#include <algorithm>

#include "core/recovery.h"

namespace resilience {

using enum ConnectionState;
using enum ConnectionEvent;

bool Recovery::begin_replacement(TimePoint now, ReplaceReason reason) {
  switch (replacement_.begin(now, reason, effects_)) {
    case Replacement::Begun::kImpossible: return false;
    case Replacement::Begun::kMerged:
    case Replacement::Begun::kWaits: return true;
    case Replacement::Begun::kBegun: {
      const ReplacePart part = part_of(reason, life_.serving_guarded());
      primary_.on_replacing();
      life_.make(now, reason, part, replacement_.patience(part));
      return true;
    }
  }
  return false;
}

void Recovery::on_stuck(TimePoint now, Epoch epoch) {
  if (epoch == life_.serving() && replace_when() != ReplaceWhen::kNever && replacement_.may_begin(now)) {
    begin_replacement(now, ReplaceReason::kEngineFault);
  }
}

bool Recovery::replace(TimePoint now, ReplaceReason reason, std::optional<Duration> drain) {
  if (state_ == kStopped) return false;
  if (!mends(reason) && replace_when() != ReplaceWhen::kHealthy) return false;
  if (!begin_replacement(now, reason)) return false;
  if (reason == ReplaceReason::kManual && drain) manual_drain_ = std::min(manual_drain_.value_or(*drain), *drain);
  return true;
}

bool Recovery::renew_credentials(TimePoint now) {
  if (renewing_credentials()) return true;
  if (!replacement_.possible()) return begin_replacement(now, ReplaceReason::kCredentials);  // says that it cannot
  // Whatever is graver asks the factory anyway.
  if (replacement_.retry_graver_than(ReplaceReason::kCredentials)) return false;
  return replacement_.may_ask_for_credentials(now) && begin_replacement(now, ReplaceReason::kCredentials);
}

bool Recovery::may_blame_client(TimePoint now, ReplaceReason reason) const noexcept {
  return replacement_.does_for(reason) || replacement_.may_reset(now);
}

// True where operations now wait for a new client.
bool Recovery::blame_client(TimePoint now, ReplaceReason reason) {
  if (!replacement_.possible()) {
    begin_replacement(now, reason);  // says that it cannot
    return false;
  }
  if (!may_blame_client(now, reason)) return false;
  fault_ = reason;
  apply(now, kClientFault);
  return true;
}

// True where operations now wait for pools that open connections.
bool Recovery::renew_connections(TimePoint now) {
  if (!replacement_.possible() || !opens_late(life_.beneath())) return false;
  // What is graver is still to come, and renews the connections as well.
  if (evidence_.poisoned() || replacement_.retry_graver_than(ReplaceReason::kReconnect)) return false;
  fault_ = ReplaceReason::kReconnect;
  apply(now, kClientFault);
  return true;
}

// True where operations now wait for a client that talks to the primary.
bool Recovery::follow_primary(TimePoint now) {
  const bool wrong_server = primary_.answer() == PrimaryWatch::Answer::kWrongServer;
  if (!primary_.moved() && !wrong_server) return false;
  if (replacement_.under_way() || replacement_.retry_pending()) return false;
  // A primary that moves is followed each time it moves. A mere standby may stay one: not more often than any reset.
  if (!replacement_.possible() || (!primary_.moved() && !replacement_.may_begin(now))) {
    if (!replacement_.possible()) begin_replacement(now, ReplaceReason::kFailover);  // says that it cannot
    primary_.refuse();
    return false;
  }
  if (state_ == kUp) {
    begin_replacement(now, ReplaceReason::kFailover);
    return false;
  }
  fault_ = ReplaceReason::kFailover;
  apply(now, kClientFault);
  return true;
}

ReplaceWhen Recovery::replace_when() const noexcept {
  if (outage_since_) return ReplaceWhen::kNever;
  switch (state_) {
    case kUp: return ReplaceWhen::kHealthy;
    case kSuspect:
    case kRecovering: return ReplaceWhen::kRetries;
    case kConnecting:
    case kDown:
    case kVerifying:
    case kReplacing:
    case kStopped: return ReplaceWhen::kNever;
  }
  return ReplaceWhen::kNever;
}

// An automatic reset cuts nobody's work, unless the client itself says that it is beyond repair.
Ending Recovery::ending_for(ReplaceReason reason) const noexcept {
  if (reason == ReplaceReason::kManual) return manual_drain_ ? Ending::kCut : Ending::kUnlessProgress;
  if (reason == ReplaceReason::kEngineFault && evidence_.poisoned()) return Ending::kUnlessProgress;
  return Ending::kPatient;
}

void Recovery::on_made(TimePoint now, Epoch epoch, MakeVerdict verdict, const std::string& beneath) {
  if (!life_.on_made(now, epoch, verdict == MakeVerdict::kMade)) return;
  finish_replacement(now, verdict, beneath);
}

void Recovery::finish_replacement(TimePoint now, MakeVerdict verdict, const std::string& beneath) {
  if (verdict == MakeVerdict::kPutOff) {
    replacement_.put_off(now);
    if (const auto next = replacement_.take_waiting()) {
      begin_replacement(now, *next);
    } else {
      apply(now, kReplaceFailed);
    }
    return;
  }
  const TimePoint began = replacement_.began();
  const bool ok = verdict == MakeVerdict::kMade;
  const auto reason = replacement_.finish(now, ok);
  if (!reason) return;
  if (ok) {
    if (silent_) {
      silent_epoch_ = life_.serving();
      silent_until_ = now;
    }
    life_.serve(now, beneath, ending_for(*reason), manual_drain_.value_or(GenerationLife::kDrain));
    effects_.emplace_back(Replaced{life_.serving(), *reason, is_hard_reset(*reason), now - began});
    if (is_hard_reset(*reason)) ++hard_resets_;
  } else {
    effects_.emplace_back(ReplaceFailed{*reason});
  }
  if (*reason == ReplaceReason::kManual) manual_drain_.reset();
  const auto next = replacement_.take_waiting();
  if (ok) {
    follow_replaced(now, *reason, next.has_value());
  } else if (!next) {
    apply(now, kReplaceFailed);
  }
  if (next) {
    begin_replacement(now, *next);
  } else if (verdict == MakeVerdict::kRefused && !mends(*reason) && replacement_.may_ask_for_credentials(now)) {
    // The same adapter was refused with the secret that it was made with: the factory may know another.
    begin_replacement(now, ReplaceReason::kCredentials);
  }
}

// `more`: a graver reason comes next.
void Recovery::follow_replaced(TimePoint now, ReplaceReason reason, bool more) {
  const bool first = !std::exchange(has_client_, true);
  if (state_ == kStopped) return;
  if (first) {
    // Nobody has asked it anything yet.
    if (may_warm_up()) looks_.verify(now, client_grace(), false);
    return;
  }
  looks_.forget_verification();
  patience_.end();
  primary_.on_replaced();
  note_connected(now);
  if (!(more && state_ == kReplacing)) {
    evidence_.on_replaced(part_of(reason, life_.serving_guarded()));
    by_hang_ = false;
    apply(now, kReplaced);
    note_proven(now);
  }
  if (!more && primary_.moved()) follow_primary(now);
}

}  // namespace resilience
