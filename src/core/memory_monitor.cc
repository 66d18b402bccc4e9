#include "core/memory_monitor.h"

#include <algorithm>
#include <limits>

namespace resilience {
namespace {

using std::chrono::minutes;

// High ends only well below the threshold, so that a level that swings around it is one crossing.
constexpr double kHysteresis = 0.9;
constexpr Duration kMinCollectInterval = minutes{1};
constexpr double kWorthwhileShare = 0.05;

// An hour's window at the default interval.
constexpr int kSamplesPerBucket = 12;
// What counts as growing without end: steadily, by a quarter within a window, and by more than a cache warming up.
constexpr double kSteadyShare = 0.8;
constexpr double kGrowthShare = 0.25;
constexpr double kGrowthBytes = 64.0 * 1024 * 1024;

double share_of(std::uint64_t used, std::uint64_t limit) {
  return limit == 0 ? 0 : static_cast<double>(used) / static_cast<double>(limit);
}

std::uint64_t used_of(const MemorySample& sample, MemoryMeasure measure) {
  switch (measure) {
    case MemoryMeasure::kHeap: return sample.heap_used;
    case MemoryMeasure::kContainer: return std::max(sample.rss, sample.container_used);
  }
  return 0;
}

bool keeps_growing(const Growth& growth) {
  const double gain = static_cast<double>(growth.last) - static_cast<double>(growth.first);
  return growth.rising_share >= kSteadyShare && gain >= kGrowthBytes &&
         gain >= kGrowthShare * static_cast<double>(growth.first);
}

}  // namespace

MemoryPressure pressure_of(const MemorySample& sample) noexcept {
  const std::uint64_t in_container = used_of(sample, MemoryMeasure::kContainer);
  const MemoryPressure heap{MemoryMeasure::kHeap, sample.heap_used, sample.heap_limit,
                            share_of(sample.heap_used, sample.heap_limit)};
  const MemoryPressure container{MemoryMeasure::kContainer, in_container, sample.container_limit,
                                 share_of(in_container, sample.container_limit)};
  return container.share > heap.share ? container : heap;
}

MemoryMonitor::MemoryMonitor(const MemoryConfig& config, TimePoint start)
    : config_(config), trend_(config.interval * kSamplesPerBucket, start) {}

bool MemoryMonitor::may_collect(TimePoint now) const noexcept {
  if (!config_.auto_gc || futile_) return false;
  return !collected_at_ || now - *collected_at_ >= kMinCollectInterval;
}

MemoryAdvice MemoryMonitor::on_sample(TimePoint now, const MemorySample& sample) {
  MemoryAdvice advice;
  const MemoryPressure pressure = pressure_of(sample);
  if (!high_ && pressure.share >= config_.gc_threshold) {
    high_ = true;
    futile_ = false;
    advice.high = pressure;
  } else if (high_ && pressure.share < config_.gc_threshold * kHysteresis) {
    high_ = false;
  }
  if (high_ && may_collect(now)) {
    advice.collect = true;
    collected_at_ = now;
    before_collection_ = sample;
  }

  trend_.add(now, sample.rss);
  const std::optional<Growth> growth = trend_.growth();
  if (config_.reset_on_growth && growth && keeps_growing(*growth)) {
    advice.replace = growth;
    trend_.restart(now);
  }
  return advice;
}

CollectionResult MemoryMonitor::on_collected(TimePoint now, const MemorySample& after) {
  collected_at_ = now;
  const MemoryMeasure measure = pressure_of(before_collection_).measure;
  const double used_before = static_cast<double>(used_of(before_collection_, measure));
  const double used_after = static_cast<double>(used_of(after, measure));
  const double share = used_before > 0 ? std::max(0.0, (used_before - used_after) / used_before) : 0;
  futile_ = share < kWorthwhileShare;
  return {before_collection_, share, !futile_};
}

}  // namespace resilience
