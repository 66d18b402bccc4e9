#include "core/statement_names.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

TEST(StatementNames, ARefusalTellsWhetherItMeansTheName) {
  EXPECT_EQ(judge_name_refusal("26000"), NameRefusal::kNotKept);
  EXPECT_EQ(judge_name_refusal("42P05"), NameRefusal::kNotKept);
  EXPECT_EQ(judge_name_refusal("0A000"), NameRefusal::kStale);
}

TEST(StatementNames, AnythingElseIsTheStatementsOwn) {
  for (const auto* sqlstate : {"", "23505", "42P01", "40001", "42P0", "26001", "25006", "57P01"}) {
    EXPECT_EQ(judge_name_refusal(sqlstate), NameRefusal::kNone) << sqlstate;
  }
}

}  // namespace
}  // namespace resilience
