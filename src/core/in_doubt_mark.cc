#include "core/in_doubt_mark.h"

namespace resilience {

MarkDecision decide_mark(Duration written_ago, Duration held_for, MarkAnswer answer) noexcept {
  if (written_ago < Duration::zero() || written_ago > kMarkDecides) {
    return {.verdict = TransactionFate::kUnknown, .reason = InDoubtReason::kForgotten};
  }
  switch (answer) {
    case MarkAnswer::kThere: return {.verdict = TransactionFate::kCommitted, .reason = InDoubtReason::kMarker};
    case MarkAnswer::kRefused: return {.verdict = TransactionFate::kNotCommitted, .reason = InDoubtReason::kMarker};
    case MarkAnswer::kHeld:
      return {.verdict = TransactionFate::kInProgress,
              .reason = InDoubtReason::kMarker,
              .end_ghost = held_for >= kGhostPatience};
    case MarkAnswer::kAlone: return {.verdict = TransactionFate::kUnknown, .reason = InDoubtReason::kAlone};
    case MarkAnswer::kReadOnly: return {.verdict = TransactionFate::kUnknown, .reason = InDoubtReason::kStandby};
  }
  return {};
}

}  // namespace resilience
