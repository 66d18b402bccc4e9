#include "core/call_policy.h"

#include <gtest/gtest.h>

#include "core/error_facts.h"

namespace resilience {
namespace {

CallFailure of_class(ErrorClass error_class) {
  return {override_with(error_class), false, false};
}

TEST(CallPolicy, EachClassCountsAndRunsAgainAsItsTraitsSay) {
  struct Row {
    ErrorClass error_class;
    CallResult result;
    bool read_again;
    bool write_again;
  };
  using enum ErrorClass;
  const Row rows[] = {
      {kNotSent, CallResult::kFailure, true, true},         {kSaturated, CallResult::kNeither, true, true},
      {kUnknownOutcome, CallResult::kFailure, true, false}, {kRolledBack, CallResult::kSuccess, true, true},
      {kReadOnly, CallResult::kSuccess, false, false},      {kCancelled, CallResult::kFailure, false, false},
      {kEngineFault, CallResult::kFailure, true, false},    {kFatalConfiguration, CallResult::kNeither, false, false},
      {kQuery, CallResult::kSuccess, false, false},         {kLocal, CallResult::kNeither, false, false},
  };
  static_assert(std::size(rows) == kErrorClassCount);
  for (const Row& row : rows) {
    const CallFailure failure = of_class(row.error_class);
    EXPECT_EQ(judge_call(CallKind::kRead, failure, false).result, row.result) << to_string(row.error_class);
    EXPECT_EQ(judge_call(CallKind::kRead, failure, false).again, row.read_again) << to_string(row.error_class);
    EXPECT_EQ(judge_call(CallKind::kWrite, failure, false).again, row.write_again) << to_string(row.error_class);
  }
}

TEST(CallPolicy, AnUnreachableDatabaseCountsAndNothingOfTheCallHasRun) {
  CallFailure failure = of_class(ErrorClass::kLocal);
  failure.database_unavailable = true;
  for (const CallKind kind : {CallKind::kRead, CallKind::kWrite}) {
    EXPECT_EQ(judge_call(kind, failure, false).result, CallResult::kFailure);
    EXPECT_TRUE(judge_call(kind, failure, false).again);
  }
}

TEST(CallPolicy, AnUnknownErrorIsTheCallersOwnUnlessTheToolStandsAlone) {
  CallFailure failure = of_class(ErrorClass::kQuery);
  failure.unknown = true;
  EXPECT_EQ(judge_call(CallKind::kRead, failure, false).result, CallResult::kSuccess);
  EXPECT_EQ(judge_call(CallKind::kRead, failure, true).result, CallResult::kFailure);
  EXPECT_FALSE(judge_call(CallKind::kRead, failure, true).again);
  EXPECT_EQ(judge_call(CallKind::kRead, of_class(ErrorClass::kQuery), true).result, CallResult::kSuccess);
}

}  // namespace
}  // namespace resilience
