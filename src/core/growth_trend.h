// Whether a quantity keeps growing, robust against the sawtooth that a garbage collector draws.
//
// Time is cut into buckets, of which each contributes its least value; the slope is Theil and Sen's, the median over
// all pairs (P. K. Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", JASA 63, 1968), so that
// outliers in up to 29 % of the buckets do not move it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/types.h"

namespace resilience {

struct Growth {
  double bytes_per_second;
  // Share of the pairs of buckets of which the later one is greater: 1 for a steady climb, about a half for noise.
  double rising_share;
  std::uint64_t first;  // the line's value at the window's beginning
  std::uint64_t last;   // … and at its end
};

class GrowthTrend {
 public:
  static constexpr std::size_t kBuckets = 60;

  // REQUIRES: bucket > 0.
  GrowthTrend(Duration bucket, TimePoint start);

  void add(TimePoint now, std::uint64_t bytes);
  // Over the whole window; nothing until it is full.
  [[nodiscard]] std::optional<Growth> growth() const { return growth_; }
  // Begins a new window, because what was measured has been replaced.
  void restart(TimePoint now);

 private:
  void close_bucket();

  struct Point {
    double seconds;
    double bytes;
  };

  Duration bucket_;
  TimePoint started_at_;
  TimePoint bucket_ends_at_;
  std::optional<std::uint64_t> least_;
  std::vector<Point> points_;  // oldest first, at most kBuckets
  std::optional<Growth> growth_;
};

}  // namespace resilience
