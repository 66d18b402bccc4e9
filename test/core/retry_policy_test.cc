#include "core/retry_policy.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "core/error_verdict.h"

namespace resilience {
namespace {

using enum OperationKind;
using enum OperationShape;
using Again = std::optional<GiveUpReason>;

constexpr Again kMay = std::nullopt;

FailedAttempt a_try(OperationKind kind, OperationShape shape = kSingle) {
  FailedAttempt failed;
  failed.operation = {kind, shape, false};
  return failed;
}

Classification conflict() {
  return to_classification(RuleVerdict::kRolledBackConflict);
}

TEST(RetryPolicy, ByClassAndKind) {
  struct Row {
    ErrorClass error_class;
    Again read;
    Again idempotent;
    Again write;
  };
  const Row rows[] = {
      {ErrorClass::kNotSent, kMay, kMay, kMay},
      {ErrorClass::kSaturated, kMay, kMay, kMay},
      {ErrorClass::kUnknownOutcome, kMay, kMay, GiveUpReason::kUnknownOutcome},
      {ErrorClass::kRolledBack, kMay, kMay, kMay},
      {ErrorClass::kEngineFault, kMay, kMay, GiveUpReason::kUnknownOutcome},
      {ErrorClass::kReadOnly, kMay, kMay, kMay},  // on another server: see below
      {ErrorClass::kCancelled, GiveUpReason::kNotRetryable, GiveUpReason::kNotRetryable, GiveUpReason::kNotRetryable},
      {ErrorClass::kFatalConfiguration, GiveUpReason::kNotRetryable, GiveUpReason::kNotRetryable,
       GiveUpReason::kNotRetryable},
      {ErrorClass::kQuery, GiveUpReason::kNotRetryable, GiveUpReason::kNotRetryable, GiveUpReason::kNotRetryable},
      {ErrorClass::kLocal, GiveUpReason::kNotRetryable, GiveUpReason::kNotRetryable, GiveUpReason::kNotRetryable},
  };
  for (const Row& row : rows) {
    const Classification failure = override_with(row.error_class);
    EXPECT_EQ(why_not_again({}, a_try(kRead), failure), row.read) << to_string(row.error_class);
    EXPECT_EQ(why_not_again({}, a_try(kIdempotentWrite), failure), row.idempotent) << to_string(row.error_class);
    EXPECT_EQ(why_not_again({}, a_try(kWrite), failure), row.write) << to_string(row.error_class);
  }
}

TEST(RetryPolicy, AWriteOfUnknownOutcomeRunsAgainOnlyAtTheUsersOwnRisk) {
  const Classification failure = override_with(ErrorClass::kUnknownOutcome);
  for (const auto policy : {UnknownOutcomePolicy::kThrow, UnknownOutcomePolicy::kVerify}) {
    EXPECT_EQ(why_not_again({policy, TransactionRetry::kAlways}, a_try(kWrite), failure),
              GiveUpReason::kUnknownOutcome);
  }
  EXPECT_EQ(why_not_again({UnknownOutcomePolicy::kRetry, TransactionRetry::kSafe}, a_try(kWrite), failure), kMay);
}

TEST(RetryPolicy, WhatNeverReachedTheDatabaseMayRunAgainWhateverTheErrorSays) {
  FailedAttempt failed = a_try(kWrite);
  failed.nothing_sent = true;
  const Classification failure = override_with(ErrorClass::kUnknownOutcome);
  EXPECT_EQ(why_not_again({}, failed, failure), kMay);
  EXPECT_EQ(outcome_of(failed, failure), Outcome::kNotApplied);
}

TEST(RetryPolicy, UserCodeRunsAgainOnlyWhereNothingWasSent) {
  FailedAttempt failed = a_try(kRead);
  failed.operation.has_user_code = true;
  const Classification failure = override_with(ErrorClass::kNotSent);
  EXPECT_EQ(why_not_again({}, failed, failure), GiveUpReason::kUserCode);
  failed.nothing_sent = true;
  EXPECT_EQ(why_not_again({}, failed, failure), kMay);
}

TEST(RetryPolicy, ByTheRuleForTransactions) {
  struct Row {
    TransactionRetry rule;
    Again array;
    Again unstarted;         // interactive, callback not yet called
    Again started;           // interactive, callback called, rolled back by the connection's loss
    Again started_conflict;  // the same, rolled back by a conflict
  };
  constexpr Again kNo = GiveUpReason::kTransactionPolicy;
  const Row rows[] = {
      {TransactionRetry::kSafe, kMay, kMay, kNo, kNo},
      {TransactionRetry::kConflict, kMay, kMay, kNo, kMay},
      {TransactionRetry::kAlways, kMay, kMay, kMay, kMay},
      {TransactionRetry::kNever, kNo, kNo, kNo, kNo},
  };
  for (const Row& row : rows) {
    const RetryPolicy policy{UnknownOutcomePolicy::kThrow, row.rule};
    const Classification lost = to_classification(RuleVerdict::kRolledBackConnection);
    EXPECT_EQ(why_not_again(policy, a_try(kWrite, kArray), lost), row.array);
    FailedAttempt interactive = a_try(kWrite, kInteractive);
    EXPECT_EQ(why_not_again(policy, interactive, lost), row.unstarted);
    interactive.callback_started = true;
    EXPECT_EQ(why_not_again(policy, interactive, lost), row.started);
    EXPECT_EQ(why_not_again(policy, interactive, conflict()), row.started_conflict);
    EXPECT_EQ(why_not_again(policy, a_try(kWrite), lost), kMay) << "no transaction, no rule";
  }
}

// No rule for transactions allows what the rule for unknown outcomes forbids.
TEST(RetryPolicy, NoTransactionOfUnknownOutcomeRunsAgain) {
  const RetryPolicy policy{UnknownOutcomePolicy::kThrow, TransactionRetry::kAlways};
  const Classification failure = override_with(ErrorClass::kUnknownOutcome);
  for (const auto shape : {kArray, kInteractive}) {
    EXPECT_EQ(why_not_again(policy, a_try(kWrite, shape), failure), GiveUpReason::kUnknownOutcome);
  }
}

TEST(RetryPolicy, AReadOnlyRefusalMayRunAgainOnAnotherServer) {
  EXPECT_EQ(why_not_again({}, a_try(kWrite), to_classification(RuleVerdict::kReadOnly)), kMay);
  EXPECT_EQ(why_not_again({}, a_try(kWrite), to_classification(RuleVerdict::kReadOnlyFile)),
            GiveUpReason::kNotRetryable);
}

TEST(RetryPolicy, OutcomeIsThatOfTheFailureButAReadHasNothingToApply) {
  const Classification unknown = override_with(ErrorClass::kUnknownOutcome);
  EXPECT_EQ(outcome_of(a_try(kWrite), unknown), Outcome::kUnknown);
  EXPECT_EQ(outcome_of(a_try(kIdempotentWrite), unknown), Outcome::kUnknown);
  EXPECT_EQ(outcome_of(a_try(kRead), unknown), Outcome::kNotApplied);
  EXPECT_EQ(outcome_of(a_try(kWrite), override_with(ErrorClass::kRolledBack)), Outcome::kNotApplied);
}

// That this try was refused says nothing of the one before, which may have been committed.
TEST(RetryPolicy, AnEarlierTryInDoubtLeavesTheOperationInDoubt) {
  for (const ErrorClass last : {ErrorClass::kNotSent, ErrorClass::kRolledBack, ErrorClass::kQuery}) {
    for (const bool nothing_sent : {false, true}) {
      FailedAttempt failed = a_try(kWrite);
      failed.nothing_sent = nothing_sent;
      EXPECT_EQ(outcome_of(failed, override_with(last)), Outcome::kNotApplied);
      failed.earlier_in_doubt = true;
      EXPECT_EQ(outcome_of(failed, override_with(last)), Outcome::kUnknown);
      failed.operation.kind = kIdempotentWrite;
      EXPECT_EQ(outcome_of(failed, override_with(last)), Outcome::kUnknown);
      failed.operation.kind = kRead;
      EXPECT_EQ(outcome_of(failed, override_with(last)), Outcome::kNotApplied);
    }
  }
}

TEST(RetryPolicy, BeginGoesOutLateOnlyWhereTheWholeOperationRunsAgain) {
  constexpr TransactionStart kArray{"postgres", false, false, false, true};
  for (const TransactionRetry rule :
       {TransactionRetry::kSafe, TransactionRetry::kConflict, TransactionRetry::kAlways}) {
    EXPECT_TRUE(may_begin_late({.transactions = rule}, kArray));
  }
  EXPECT_FALSE(may_begin_late({.transactions = TransactionRetry::kNever}, kArray));
  EXPECT_FALSE(may_begin_late({}, {"postgres", false, true, false, true})) << "its callback is not called twice";
  EXPECT_FALSE(may_begin_late({}, {"postgres", false, false, true, true})) << "user code is not run twice";
  EXPECT_FALSE(may_begin_late({}, {"postgres", true, false, false, true}));
  EXPECT_FALSE(may_begin_late({}, {"postgres", false, false, false, false})) << "a Rust engine hides what has failed";
  for (const std::string_view provider : {"mysql", "sqlite", "sqlserver", ""}) {
    EXPECT_FALSE(may_begin_late({}, {provider, false, false, false, true})) << provider;
  }
}

}  // namespace
}  // namespace resilience
