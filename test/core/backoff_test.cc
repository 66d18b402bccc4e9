#include "core/backoff.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace resilience {
namespace {

using std::chrono::milliseconds;

ReconnectConfig config_with(BackoffKind kind, JitterKind jitter) {
  ReconnectConfig config;
  config.backoff = kind;
  config.jitter = jitter;
  return config;
}

TEST(Backoff, TheFirstRetryGoesAtOnceAndLaterBoundsGrowToTheMaximum) {
  struct Row {
    BackoffKind kind;
    std::vector<int> bounds_ms;
  };
  const Row rows[] = {
      {BackoffKind::kExponential, {0, 0, 1000, 2000, 4000, 8000, 10000, 10000}},
      {BackoffKind::kLinear, {0, 0, 1000, 2000, 3000, 4000, 5000, 6000}},
  };
  for (const Row& row : rows) {
    const ReconnectConfig config = config_with(row.kind, JitterKind::kNone);
    for (std::size_t retry = 0; retry < row.bounds_ms.size(); ++retry) {
      EXPECT_EQ(backoff_bound(config, static_cast<std::uint32_t>(retry)), milliseconds{row.bounds_ms[retry]}) << retry;
    }
  }
}

TEST(Backoff, HugeNumbersSaturateInsteadOfOverflowing) {
  for (const BackoffKind kind : {BackoffKind::kExponential, BackoffKind::kLinear}) {
    ReconnectConfig config = config_with(kind, JitterKind::kNone);
    config.initial_delay = milliseconds{std::numeric_limits<std::int32_t>::max()};
    config.max_delay = config.initial_delay;
    EXPECT_EQ(backoff_bound(config, std::numeric_limits<std::uint32_t>::max()), config.max_delay);
  }
}

TEST(Backoff, FullJitterIsSpreadOverTheWholeBoundAndRepeatsWithTheSeed) {
  const ReconnectConfig config = config_with(BackoffKind::kExponential, JitterKind::kFull);
  Rng first(7);
  Rng second(7);
  int below_a_quarter = 0;
  int above_three_quarters = 0;
  for (int i = 0; i < 4000; ++i) {
    const Duration delay = backoff_delay(config, 3, first);
    ASSERT_EQ(delay, backoff_delay(config, 3, second));
    ASSERT_GE(delay, Duration::zero());
    ASSERT_LT(delay, milliseconds{2000});
    below_a_quarter += delay < milliseconds{500} ? 1 : 0;
    above_three_quarters += delay >= milliseconds{1500} ? 1 : 0;
  }
  EXPECT_NEAR(below_a_quarter, 1000, 150);
  EXPECT_NEAR(above_three_quarters, 1000, 150);
}

}  // namespace
}  // namespace resilience
