// Whether a failed operation may run again without harm: never a write twice, never user code behind the user's back.
//
// Pure. Says nothing about time, attempts or budget; those are the supervisor's.
#pragma once

#include <optional>

#include "core/config.h"
#include "core/decision.h"
#include "core/error_class.h"
#include "core/operation.h"

namespace resilience {

struct RetryPolicy {
  UnknownOutcomePolicy on_unknown_outcome = UnknownOutcomePolicy::kThrow;
  TransactionRetry transactions = TransactionRetry::kSafe;
};

// The reason why it must not run again, or nothing where it may.
[[nodiscard]] std::optional<GiveUpReason> why_not_again(const RetryPolicy& policy, const FailedAttempt& failed,
                                                        const Classification& failure) noexcept;

// What is known of the work of an operation that ends with this failure, earlier tries included. A read has nothing to
// apply.
[[nodiscard]] Outcome outcome_of(const FailedAttempt& failed, const Classification& failure) noexcept;

}  // namespace resilience
