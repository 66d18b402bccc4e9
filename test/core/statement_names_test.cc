#include "core/statement_names.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

TEST(StatementNames, ARefusalTellsWhetherItMeansTheName) {
  EXPECT_EQ(judge_name_refusal("26000"), NameRefusal::kNotKept);
  EXPECT_EQ(judge_name_refusal("42P05"), NameRefusal::kNotKept);
  for (const auto* sqlstate : {"0A000", "XX000", "42804", "42703"}) {
    EXPECT_EQ(judge_name_refusal(sqlstate), NameRefusal::kStale) << sqlstate;
  }
}

TEST(StatementNames, AnythingElseIsTheStatementsOwn) {
  for (const auto* sqlstate : {"", "23505", "22003", "40001", "26001", "25006", "57P01"}) {
    EXPECT_EQ(judge_name_refusal(sqlstate), NameRefusal::kNone) << sqlstate;
  }
}

}  // namespace
}  // namespace resilience
