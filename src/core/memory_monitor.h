// When memory counts as high, when running the collector may help, and when memory grows without end.
//
// Told of samples on a timer, never per query. Owner: the host's thread of the environment whose heap is sampled. The
// heap is compared with its real limit, not with what is reserved at the moment, which is nearly always "high".
#pragma once

#include <cstdint>
#include <optional>

#include "core/config.h"
#include "core/growth_trend.h"
#include "core/types.h"

namespace resilience {

// Bytes. A limit of 0 means that there is none.
struct MemorySample {
  std::uint64_t heap_used = 0;
  std::uint64_t heap_limit = 0;
  std::uint64_t rss = 0;
  std::uint64_t container_used = 0;  // by everything in the container, without what the kernel can drop at will
  std::uint64_t container_limit = 0;
};

enum class MemoryMeasure : std::uint8_t { kHeap = 0, kContainer = 1 };

// The measure that is nearest to its limit. The container's counts our own resident memory at the least.
struct MemoryPressure {
  MemoryMeasure measure;
  std::uint64_t used;
  std::uint64_t limit;
  double share;
};
[[nodiscard]] MemoryPressure pressure_of(const MemorySample& sample) noexcept;

struct MemoryAdvice {
  std::optional<MemoryPressure> high;  // crossed the threshold just now: say so once
  bool collect = false;                // run the collector, return native memory, then report on_collected()
  std::optional<Growth> replace;       // resident memory keeps growing, and the configuration asks for a new client
};

struct CollectionResult {
  MemorySample before;  // what on_sample() was told when it last advised to collect
  double share_back;    // of what was used of the pressing measure
  bool worthwhile;
};

class MemoryMonitor {
 public:
  MemoryMonitor(const MemoryConfig& config, TimePoint start);

  [[nodiscard]] MemoryAdvice on_sample(TimePoint now, const MemorySample& sample);
  // The collection that on_sample() advised has ended. It may end samples later, which already show its success.
  CollectionResult on_collected(TimePoint now, const MemorySample& after);

  [[nodiscard]] bool is_high() const noexcept { return high_; }
  // Of resident memory, over the last full window.
  [[nodiscard]] std::optional<Growth> growth() const { return trend_.growth(); }

 private:
  [[nodiscard]] bool may_collect(TimePoint now) const noexcept;

  MemoryConfig config_;
  GrowthTrend trend_;
  bool high_ = false;
  bool futile_ = false;  // the last collection since memory became high brought next to nothing back
  std::optional<TimePoint> collected_at_;
  MemorySample before_collection_;
};

}  // namespace resilience
