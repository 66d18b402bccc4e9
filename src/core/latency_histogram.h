// Quantiles of latencies counted in log-linear buckets (the layout of HdrHistogram): sixteen steps for each power of
// two of microseconds, so that a quantile is off by less than 1/16 of itself, from 1 us to half an hour.
//
// The buckets are filled by JavaScript in the control block (host/in_flight.ts mirrors bucket_of); this side reads
// them.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace resilience {

inline constexpr std::size_t kLatencySubBuckets = 16;
inline constexpr std::size_t kLatencyBucketCount = (31 - 3) * kLatencySubBuckets;

// REQUIRES: microseconds < 2^31.
[[nodiscard]] constexpr std::size_t bucket_of(std::uint32_t microseconds) noexcept {
  if (microseconds < kLatencySubBuckets) return microseconds;
  const auto exponent = static_cast<std::size_t>(31 - std::countl_zero(microseconds));
  return (exponent - 3) * kLatencySubBuckets + ((microseconds >> (exponent - 4)) & (kLatencySubBuckets - 1));
}

// The smallest latency that falls into the bucket, in microseconds.
[[nodiscard]] constexpr std::uint32_t lower_bound_of(std::size_t bucket) noexcept {
  if (bucket < kLatencySubBuckets) return static_cast<std::uint32_t>(bucket);
  const std::size_t exponent = bucket / kLatencySubBuckets + 3;
  return static_cast<std::uint32_t>((kLatencySubBuckets + bucket % kLatencySubBuckets) << (exponent - 4));
}

struct LatencySummary {
  std::uint64_t samples = 0;
  double p50_ms = 0;
  double p90_ms = 0;
  double p99_ms = 0;
};

// `buckets`: counts, kLatencyBucketCount of them. Quantiles are the upper bounds of their buckets, never above
// `max_ms`.
[[nodiscard]] LatencySummary summarize_latencies(std::span<const double> buckets, double max_ms) noexcept;

// The coarser histogram that exports show: bounds at powers of two of microseconds, from 256 us to 67 s. Buckets end
// there, so that what is counted below a bound is exact.
inline constexpr std::size_t kExportedBoundCount = 19;
[[nodiscard]] constexpr std::uint32_t exported_bound_us(std::size_t index) noexcept {
  return 256U << index;
}
// How many latencies lie below each bound. REQUIRES: kLatencyBucketCount buckets.
[[nodiscard]] std::array<std::uint64_t, kExportedBoundCount> count_below_bounds(
    std::span<const double> buckets) noexcept;

// The finer one that quantiles of short spans are told from: four bounds for each power of two, over the same range.
inline constexpr std::size_t kFineBoundCount = (kExportedBoundCount - 1) * 4 + 1;
[[nodiscard]] constexpr std::uint32_t fine_bound_us(std::size_t index) noexcept {
  return static_cast<std::uint32_t>(4 + index % 4) << (6 + index / 4);
}
[[nodiscard]] std::array<std::uint64_t, kFineBoundCount> count_below_fine_bounds(
    std::span<const double> buckets) noexcept;

}  // namespace resilience
