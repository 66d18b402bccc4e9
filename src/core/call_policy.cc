#include "core/call_policy.h"

namespace resilience {
namespace {

CallResult result_of(const CallFailure& failure, bool unknown_counts) {
  if (failure.database_unavailable || failure.judged.traits.counts_against_breaker) return CallResult::kFailure;
  if (failure.unknown) return unknown_counts ? CallResult::kFailure : CallResult::kSuccess;
  switch (failure.judged.error_class) {
    // The database answered.
    case ErrorClass::kQuery:
    case ErrorClass::kRolledBack:
    case ErrorClass::kReadOnly: return CallResult::kSuccess;
    // It was not asked, or refused for a reason that is no fault of the infrastructure.
    case ErrorClass::kLocal:
    case ErrorClass::kSaturated:
    case ErrorClass::kFatalConfiguration: return CallResult::kNeither;
    case ErrorClass::kNotSent:
    case ErrorClass::kUnknownOutcome:
    case ErrorClass::kCancelled:
    case ErrorClass::kEngineFault: return CallResult::kFailure;
  }
  return CallResult::kNeither;
}

bool may_run_again(CallKind kind, const CallFailure& failure) {
  if (failure.database_unavailable) return true;
  if (!failure.judged.traits.retry_may_help) return false;
  switch (kind) {
    case CallKind::kRead: return true;
    case CallKind::kWrite: return failure.judged.traits.outcome == Outcome::kNotApplied;
  }
  return false;
}

}  // namespace

CallVerdict judge_call(CallKind kind, const CallFailure& failure, bool unknown_counts) noexcept {
  return {result_of(failure, unknown_counts), may_run_again(kind, failure)};
}

}  // namespace resilience
