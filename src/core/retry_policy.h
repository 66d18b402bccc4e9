// Whether a failed operation may run again without harm: never a write twice, never user code behind the user's back.
//
// Pure. Says nothing about time, attempts or budget; those are the supervisor's.
#pragma once

#include <optional>
#include <string_view>

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

// A transaction that is about to begin beneath Prisma.
struct TransactionStart {
  std::string_view provider;  // as adapters name it
  // It has an isolation level of its own, which its adapter sends as a statement that is waited for.
  bool has_isolation_level = true;
  // It may be an interactive one: some are beginning beneath the same client, or there is a client that tells nothing.
  bool may_be_interactive = true;
  // It may be begun by user code, which is not run again.
  bool may_have_user_code = true;
  // Above Prisma the adapter's errors are seen as they are. A Rust engine puts its own in their place, which do not
  // tell that nothing was sent.
  bool shows_errors = false;
};

// Whether BEGIN may go out with the first statement of its transaction. The two then fail together, and above Prisma it
// is the whole operation that runs again: that must do as well as BEGIN alone being tried again, which anything may be.
// Only PostgreSQL takes the two in one message.
[[nodiscard]] bool may_begin_late(const RetryPolicy& policy, const TransactionStart& start) noexcept;

// What is known of the work of an operation that ends with this failure, earlier tries included. A read has nothing to
// apply.
[[nodiscard]] Outcome outcome_of(const FailedAttempt& failed, const Classification& failure) noexcept;

}  // namespace resilience
