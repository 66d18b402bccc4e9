#include "io/pq_library.h"

#include <gtest/gtest.h>

namespace resilience::testing {
namespace {

TEST(PqBudget, AnInnerScopeGivesTheOuterOneBack) {
  PqBudget outer{100, 10};
  const PqBudgetScope scope(outer);
  {
    PqBudget inner{30, 2};
    const PqBudgetScope nested(inner);
    EXPECT_EQ(PqBudgetScope::bytes_left(), 30U);
    PqBudgetScope::take_bytes(20);
    EXPECT_EQ(inner.bytes, 10U);
  }
  EXPECT_EQ(PqBudgetScope::bytes_left(), 80U) << "what was received within counts for both";
}

TEST(PqBudget, ALargerOneWithinDoesNotWidenIt) {
  PqBudget outer{10, 1};
  const PqBudgetScope scope(outer);
  PqBudget inner{1000, 1000};
  const PqBudgetScope nested(inner);
  EXPECT_EQ(PqBudgetScope::bytes_left(), 10U);
  EXPECT_TRUE(PqBudgetScope::take_hash());
  EXPECT_FALSE(PqBudgetScope::take_hash());
  EXPECT_EQ(inner.hashes, 999U);
}

}  // namespace
}  // namespace resilience::testing
