#include "core/growth_trend.h"

#include <algorithm>

namespace resilience {
namespace {

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::uint64_t to_bytes(double value) {
  return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

}  // namespace

GrowthTrend::GrowthTrend(Duration bucket, TimePoint start)
    : bucket_(bucket), started_at_(start), bucket_ends_at_(saturating_add(start, bucket)) {}

void GrowthTrend::restart(TimePoint now) {
  points_.clear();
  growth_.reset();
  least_.reset();
  started_at_ = now;
  bucket_ends_at_ = saturating_add(now, bucket_);
}

void GrowthTrend::add(TimePoint now, std::uint64_t bytes) {
  if (now >= bucket_ends_at_) {
    close_bucket();
    // Samples may have been missing for long: empty buckets are skipped, each point keeps its own time.
    bucket_ends_at_ = saturating_add(now, bucket_);
  }
  least_ = least_ ? std::min(*least_, bytes) : bytes;
}

void GrowthTrend::close_bucket() {
  if (!least_) return;
  if (points_.size() == kBuckets) points_.erase(points_.begin());
  const double seconds = std::chrono::duration<double>(bucket_ends_at_ - started_at_).count();
  points_.push_back({seconds, static_cast<double>(*least_)});
  least_.reset();
  if (points_.size() < kBuckets) return;

  std::vector<double> slopes;
  std::size_t rising = 0;
  for (std::size_t j = 1; j < points_.size(); ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      const double gain = points_[j].bytes - points_[i].bytes;
      rising += gain > 0 ? 1 : 0;
      slopes.push_back(gain / (points_[j].seconds - points_[i].seconds));
    }
  }
  const double pairs = static_cast<double>(slopes.size());
  const double slope = median(slopes);
  std::vector<double> offsets;
  offsets.reserve(points_.size());
  for (const Point& point : points_) offsets.push_back(point.bytes - slope * point.seconds);
  const double offset = median(offsets);
  growth_ = Growth{slope, static_cast<double>(rising) / pairs, to_bytes(offset + slope * points_.front().seconds),
                   to_bytes(offset + slope * points_.back().seconds)};
}

}  // namespace resilience
