#include "core/retry_policy.h"

namespace resilience {
namespace {

// Interactive: may the callback, which is user code, be called (again)?
bool transaction_allows(TransactionRetry rule, const FailedAttempt& failed, const Classification& failure) noexcept {
  const bool interactive = failed.operation.shape == OperationShape::kInteractive;
  switch (rule) {
    case TransactionRetry::kNever: return false;
    case TransactionRetry::kSafe: return !interactive || !failed.callback_started;
    case TransactionRetry::kConflict: return !interactive || !failed.callback_started || failure.conflict;
    case TransactionRetry::kAlways: return true;
  }
  return false;
}

}  // namespace

Outcome outcome_of(const FailedAttempt& failed, const Classification& failure) noexcept {
  if (failed.operation.kind == OperationKind::kRead) return Outcome::kNotApplied;
  const Outcome of_this_try = failed.nothing_sent ? Outcome::kNotApplied : failure.traits.outcome;
  return of_this_try == Outcome::kNotApplied && failed.earlier_in_doubt ? Outcome::kUnknown : of_this_try;
}

std::optional<GiveUpReason> why_not_again(const RetryPolicy& policy, const FailedAttempt& failed,
                                          const Classification& failure) noexcept {
  if (!failure.traits.retry_may_help && !failure.wrong_server_suspected && !failure.credentials_suspected) {
    return GiveUpReason::kNotRetryable;
  }
  if (failed.operation.has_user_code && !failed.nothing_sent) return GiveUpReason::kUserCode;
  if (failed.operation.shape != OperationShape::kSingle && !transaction_allows(policy.transactions, failed, failure)) {
    return GiveUpReason::kTransactionPolicy;
  }
  if (failed.nothing_sent || failure.traits.outcome == Outcome::kNotApplied) return std::nullopt;
  if (failed.operation.kind != OperationKind::kWrite) return std::nullopt;
  if (policy.on_unknown_outcome == UnknownOutcomePolicy::kRetry) return std::nullopt;
  return GiveUpReason::kUnknownOutcome;
}

bool may_begin_late(const RetryPolicy& policy, const TransactionStart& start) noexcept {
  return start.provider == "postgres" && !start.has_isolation_level && !start.may_be_interactive &&
         !start.may_have_user_code && start.shows_errors && policy.transactions != TransactionRetry::kNever;
}

}  // namespace resilience
