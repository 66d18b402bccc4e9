#include "core/latency_histogram.h"

#include <algorithm>
#include <cmath>

namespace resilience {
namespace {

double quantile_ms(std::span<const double> buckets, double total, double share, double max_ms) noexcept {
  const double rank = std::ceil(total * share);
  double seen = 0;
  const auto holds_rank = [&](double count) { return (seen += count) >= rank; };
  const auto bucket = static_cast<std::size_t>(std::ranges::find_if(buckets, holds_rank) - buckets.begin());
  return std::min(max_ms, lower_bound_of(bucket + 1) / 1000.0);
}

// REQUIRES: rising bounds that are the beginnings of buckets.
template <std::size_t kSize>
std::array<std::uint64_t, kSize> count_below(std::span<const double> buckets, std::uint32_t (*bound_us)(std::size_t)) {
  std::array<std::uint64_t, kSize> counts{};
  double seen = 0;
  std::size_t bucket = 0;
  for (std::size_t index = 0; index < counts.size(); ++index) {
    const std::size_t end = bucket_of(bound_us(index));
    for (; bucket < end; ++bucket) seen += buckets[bucket];
    counts[index] = static_cast<std::uint64_t>(seen);
  }
  return counts;
}

}  // namespace

LatencySummary summarize_latencies(std::span<const double> buckets, double max_ms) noexcept {
  double total = 0;
  for (const double count : buckets) total += count;
  if (total <= 0) return {};
  return {static_cast<std::uint64_t>(total), quantile_ms(buckets, total, 0.5, max_ms),
          quantile_ms(buckets, total, 0.9, max_ms), quantile_ms(buckets, total, 0.99, max_ms)};
}

std::array<std::uint64_t, kExportedBoundCount> count_below_bounds(std::span<const double> buckets) noexcept {
  return count_below<kExportedBoundCount>(buckets, exported_bound_us);
}

std::array<std::uint64_t, kFineBoundCount> count_below_fine_bounds(std::span<const double> buckets) noexcept {
  return count_below<kFineBoundCount>(buckets, fine_bound_us);
}

}  // namespace resilience
