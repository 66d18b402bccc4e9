#include "core/growth_trend.h"

#include <gtest/gtest.h>

#include "core/rng.h"

namespace resilience {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr double kMiB = 1024.0 * 1024;
constexpr TimePoint kStart{};

// Feeds `count` buckets of a minute with a sample each 10 s; `bytes_at` says how many MiB there are at a minute.
template <typename MiBAt>
GrowthTrend fed(int count, MiBAt mib_at) {
  GrowthTrend trend(minutes{1}, kStart);
  for (int i = 0; i <= count * 6; ++i) {
    trend.add(kStart + seconds{10} * i, static_cast<std::uint64_t>(mib_at(i / 6.0) * kMiB));
  }
  return trend;
}

TEST(GrowthTrend, SaysNothingBeforeItsWindowIsFull) {
  const int window = static_cast<int>(GrowthTrend::kBuckets);
  EXPECT_FALSE(fed(window - 1, [](double) { return 100.0; }).growth().has_value());
  EXPECT_TRUE(fed(window, [](double) { return 100.0; }).growth().has_value());
}

TEST(GrowthTrend, MeasuresASteadyClimb) {
  const auto growth = fed(90, [](double minute) { return 100 + 2 * minute; }).growth();
  ASSERT_TRUE(growth.has_value());
  EXPECT_NEAR(growth->bytes_per_second, 2 * kMiB / 60, 1);
  EXPECT_EQ(growth->rising_share, 1);
  EXPECT_NEAR(static_cast<double>(growth->last - growth->first), 2 * 59 * kMiB, kMiB);
}

TEST(GrowthTrend, ASawtoothOnALevelIsNoGrowth) {
  const auto growth =
      fed(90, [](double minute) { return 200 + 20 * (minute * 3 - static_cast<int>(minute * 3)); }).growth();
  ASSERT_TRUE(growth.has_value());
  EXPECT_NEAR(growth->bytes_per_second, 0, 0.01 * kMiB);
  EXPECT_LT(growth->rising_share, 0.6);
}

TEST(GrowthTrend, OutliersInAQuarterOfTheBucketsDoNotMoveIt) {
  Rng rng(11);
  GrowthTrend trend(minutes{1}, kStart);
  for (int i = 0; i <= 90; ++i) {
    const bool outlier = rng.next() % 4 == 0;
    trend.add(kStart + minutes{i}, static_cast<std::uint64_t>((outlier ? 5000 : 100 + i) * kMiB));
  }
  ASSERT_TRUE(trend.growth().has_value());
  EXPECT_NEAR(trend.growth()->bytes_per_second, kMiB / 60, 0.4 * kMiB / 60);
}

TEST(GrowthTrend, AnOldStepLeavesTheWindow) {
  const auto growth = fed(120, [](double minute) { return minute < 30 ? 100.0 : 400.0; }).growth();
  ASSERT_TRUE(growth.has_value());
  EXPECT_EQ(growth->bytes_per_second, 0);
}

TEST(GrowthTrend, AGapInTheSamplesIsTimeThatPassed) {
  GrowthTrend trend(minutes{1}, kStart);
  // 1 MiB an hour, sampled once an hour: the process slept in between.
  for (int i = 0; i <= 70; ++i) {
    trend.add(kStart + std::chrono::hours{i}, static_cast<std::uint64_t>((100 + i) * kMiB));
  }
  ASSERT_TRUE(trend.growth().has_value());
  EXPECT_NEAR(trend.growth()->bytes_per_second, kMiB / 3600, 1);
}

TEST(GrowthTrend, RestartForgetsTheWindow) {
  GrowthTrend trend = fed(90, [](double minute) { return 100 + minute; });
  trend.restart(kStart + minutes{90});
  EXPECT_FALSE(trend.growth().has_value());
}

TEST(GrowthTrend, WhatIsGivenBackWithinABucketIsNoGrowth) {
  const auto growth =
      fed(90, [](double minute) { return 100 + (minute - static_cast<int>(minute) > 0.01 ? 5 * minute : 0); }).growth();
  ASSERT_TRUE(growth.has_value());
  EXPECT_EQ(growth->bytes_per_second, 0);
}

}  // namespace
}  // namespace resilience
