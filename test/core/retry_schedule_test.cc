#include "core/retry_schedule.h"

#include <gtest/gtest.h>

#include <vector>

namespace resilience {
namespace {

constexpr Duration kLong = std::chrono::hours{1};

RetryScheduleConfig steady(std::uint32_t max_retries) {
  RetryScheduleConfig config;
  config.max_retries = max_retries;
  config.initial_delay = milliseconds{100};
  config.max_delay = milliseconds{500};
  config.jitter = JitterKind::kNone;
  return config;
}

std::vector<int> waits(const RetryScheduleConfig& config) {
  Rng rng(1);
  std::vector<int> found;
  for (std::uint32_t failed = 1;; ++failed) {
    const RetryStep step = next_retry(config, failed, kLong, rng);
    if (step.verdict != RetryVerdict::kRetry) {
      EXPECT_EQ(step.verdict, RetryVerdict::kExhausted);
      return found;
    }
    found.push_back(static_cast<int>(std::chrono::duration_cast<milliseconds>(step.wait).count()));
  }
}

TEST(RetrySchedule, WaitsGrowAndEndWithTheRetries) {
  RetryScheduleConfig config = steady(5);
  EXPECT_EQ(waits(config), (std::vector<int>{100, 200, 400, 500, 500}));
  config.backoff = BackoffKind::kLinear;
  EXPECT_EQ(waits(config), (std::vector<int>{100, 200, 300, 400, 500}));
  config.first_at_once = true;
  EXPECT_EQ(waits(config), (std::vector<int>{0, 100, 200, 300, 400}));
  EXPECT_TRUE(waits(steady(0)).empty());
}

TEST(RetrySchedule, AWaitThatWouldReachTheDeadlineIsNotBegun) {
  Rng rng(1);
  const RetryScheduleConfig config = steady(5);
  EXPECT_EQ(next_retry(config, 1, milliseconds{101}, rng).verdict, RetryVerdict::kRetry);
  EXPECT_EQ(next_retry(config, 1, milliseconds{100}, rng).verdict, RetryVerdict::kDeadline);
  EXPECT_EQ(next_retry(config, 1, milliseconds{-5}, rng).verdict, RetryVerdict::kDeadline);
}

TEST(RetrySchedule, JitterStaysBelowTheBound) {
  RetryScheduleConfig config = steady(1000);
  config.jitter = JitterKind::kFull;
  Rng rng(5);
  for (std::uint32_t failed = 1; failed < 1000; ++failed) {
    EXPECT_LT(next_retry(config, failed, kLong, rng).wait, milliseconds{500});
  }
}

}  // namespace
}  // namespace resilience
