#include "core/retry_budget.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

int withdraw_all(RetryBudget& budget, TimePoint now) {
  int taken = 0;
  while (taken < 1'000'000 && budget.try_withdraw(now)) ++taken;
  return taken;
}

TEST(RetryBudget, StartsWithTenSecondsOfTheMinimum) {
  RetryBudget budget({.ratio = 0.2, .min_per_second = 10}, TimePoint{});
  EXPECT_EQ(withdraw_all(budget, TimePoint{}), 100);
  EXPECT_FALSE(budget.try_withdraw(TimePoint{}));
}

TEST(RetryBudget, RefillsByTimeUpToTheBurst) {
  RetryBudget budget({.ratio = 0.2, .min_per_second = 10}, TimePoint{});
  withdraw_all(budget, TimePoint{});
  EXPECT_EQ(withdraw_all(budget, TimePoint{} + milliseconds{500}), 5);
  EXPECT_EQ(withdraw_all(budget, TimePoint{} + seconds{3600}), 100);
}

TEST(RetryBudget, EarnsItsShareOfTheOperationsHoweverTheyAreReported) {
  for (const int batch : {1, 10, 100}) {
    RetryBudget budget({.ratio = 0.2, .min_per_second = 10}, TimePoint{});
    withdraw_all(budget, TimePoint{});
    for (int reported = 0; reported < 100; reported += batch) budget.deposit(static_cast<std::uint64_t>(batch));
    EXPECT_EQ(withdraw_all(budget, TimePoint{}), 20) << "reported in batches of " << batch;
  }
}

TEST(RetryBudget, HoldsNoMoreThanTheBurstHoweverBusyTheServiceWas) {
  RetryBudget budget({.ratio = 0.2, .min_per_second = 10}, TimePoint{});
  budget.deposit(1'000'000);
  EXPECT_EQ(withdraw_all(budget, TimePoint{}), 100);
}

TEST(RetryBudget, TimeThatGoesBackEarnsNothing) {
  RetryBudget budget({.ratio = 0, .min_per_second = 10}, TimePoint{} + seconds{10});
  withdraw_all(budget, TimePoint{} + seconds{10});
  EXPECT_FALSE(budget.try_withdraw(TimePoint{}));
}

TEST(RetryBudget, AShareAloneAndASmallMinimumBuyTheirRetries) {
  RetryBudget share({.ratio = 0.2, .min_per_second = 0}, TimePoint{});
  int retried = 0;
  for (int i = 0; i < 1000; ++i) {
    share.deposit(1);
    if (share.try_withdraw(TimePoint{})) ++retried;
  }
  EXPECT_NEAR(retried, 200, 2);
  RetryBudget rare({.ratio = 0, .min_per_second = 0.05}, TimePoint{});
  EXPECT_EQ(withdraw_all(rare, TimePoint{}), 1);
  EXPECT_EQ(withdraw_all(rare, TimePoint{} + seconds{19}), 0);
  EXPECT_EQ(withdraw_all(rare, TimePoint{} + seconds{21}), 1);
}

TEST(RetryBudget, AZeroBudgetAllowsNoRetry) {
  RetryBudget budget({.ratio = 0, .min_per_second = 0}, TimePoint{});
  budget.deposit(1000);
  EXPECT_FALSE(budget.try_withdraw(TimePoint{} + seconds{1000}));
}

}  // namespace
}  // namespace resilience
