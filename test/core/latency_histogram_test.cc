#include "core/latency_histogram.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/rng.h"

namespace resilience {
namespace {

TEST(LatencyHistogram, BucketsAreContiguousAndNarrow) {
  std::size_t previous = 0;
  for (std::uint32_t us = 0; us < 300'000; ++us) {
    const std::size_t bucket = bucket_of(us);
    ASSERT_LE(bucket - previous, 1U) << us;
    ASSERT_LE(lower_bound_of(bucket), us);
    ASSERT_GT(lower_bound_of(bucket + 1), us);
    ASSERT_LE(lower_bound_of(bucket + 1) - lower_bound_of(bucket), std::max(1U, us / 16));
    previous = bucket;
  }
  EXPECT_LT(bucket_of(0x7FFFFFFFU), kLatencyBucketCount);
}

TEST(LatencyHistogram, NothingCountedSummarizesToZero) {
  const std::vector<double> buckets(kLatencyBucketCount, 0);
  EXPECT_EQ(summarize_latencies(buckets, 0).samples, 0U);
  EXPECT_EQ(summarize_latencies(buckets, 5).p99_ms, 0);
}

TEST(LatencyHistogram, QuantilesAreWithinASixteenth) {
  std::vector<double> buckets(kLatencyBucketCount, 0);
  Rng rng(3);
  for (int i = 0; i < 100'000; ++i) buckets[bucket_of(static_cast<std::uint32_t>(rng.next_unit() * 1'000'000))] += 1;
  const LatencySummary summary = summarize_latencies(buckets, 1000);
  EXPECT_EQ(summary.samples, 100'000U);
  EXPECT_NEAR(summary.p50_ms, 500, 500.0 / 16 + 10);
  EXPECT_NEAR(summary.p90_ms, 900, 900.0 / 16 + 10);
  EXPECT_NEAR(summary.p99_ms, 990, 990.0 / 16 + 10);
}

TEST(LatencyHistogram, AQuantileIsTheBucketThatHoldsItsRank) {
  std::vector<double> buckets(kLatencyBucketCount, 0);
  buckets[bucket_of(1000)] = 50;
  buckets[bucket_of(8000)] = 40;
  buckets[bucket_of(64'000)] = 9;
  buckets[bucket_of(512'000)] = 1;
  const LatencySummary summary = summarize_latencies(buckets, 600);
  EXPECT_NEAR(summary.p50_ms, 1, 1.0 / 16);
  EXPECT_NEAR(summary.p90_ms, 8, 8.0 / 16);
  EXPECT_NEAR(summary.p99_ms, 64, 64.0 / 16);
}

TEST(LatencyHistogram, NoQuantileIsAboveTheLargestSample) {
  std::vector<double> buckets(kLatencyBucketCount, 0);
  buckets[bucket_of(1'000'000)] = 1;
  EXPECT_EQ(summarize_latencies(buckets, 1000.5).p50_ms, 1000.5);
}

TEST(LatencyHistogram, FineBoundsAreBeginningsOfBucketsOverTheSameRange) {
  EXPECT_EQ(fine_bound_us(0), exported_bound_us(0));
  EXPECT_EQ(fine_bound_us(kFineBoundCount - 1), exported_bound_us(kExportedBoundCount - 1));
  for (std::size_t index = 0; index < kFineBoundCount; ++index) {
    EXPECT_EQ(lower_bound_of(bucket_of(fine_bound_us(index))), fine_bound_us(index));
    if (index == 0) continue;
    EXPECT_LE(fine_bound_us(index), fine_bound_us(index - 1) * 5 / 4);
  }
  std::vector<double> buckets(kLatencyBucketCount, 0);
  for (std::uint32_t us = 0; us < 5000; ++us) buckets[bucket_of(us)] += 1;
  const auto counts = count_below_fine_bounds(buckets);
  for (std::size_t index = 0; fine_bound_us(index) < 5000; ++index) EXPECT_EQ(counts[index], fine_bound_us(index));
}

TEST(LatencyHistogram, CountsBelowExportedBoundsAreExact) {
  std::vector<double> buckets(kLatencyBucketCount, 0);
  std::array<std::uint64_t, kExportedBoundCount> expected{};
  Rng rng(5);
  for (int i = 0; i < 20'000; ++i) {
    const auto exponent = static_cast<std::uint32_t>(rng.next_unit() * 31);
    const auto us = static_cast<std::uint32_t>(rng.next_unit() * static_cast<double>(1U << exponent));
    buckets[bucket_of(us)] += 1;
    for (std::size_t index = 0; index < kExportedBoundCount; ++index) {
      if (us < exported_bound_us(index)) ++expected[index];
    }
  }
  EXPECT_EQ(count_below_bounds(buckets), expected);
  EXPECT_LT(expected.back(), 20'000U);
}

TEST(LatencyHistogram, TheSlowestBucketEndsWhereItsRangeDoes) {
  std::vector<double> buckets(kLatencyBucketCount, 0);
  buckets.back() = 1;
  EXPECT_EQ(summarize_latencies(buckets, 3'000'000).p50_ms, 2'147'483.648);
  EXPECT_EQ(summarize_latencies(buckets, 2'100'000).p50_ms, 2'100'000);
}

}  // namespace
}  // namespace resilience
