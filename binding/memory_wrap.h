// MemoryMonitor for JavaScript: one sample in, one advice out (core/memory_monitor.h, io/memory_sampler.h). Bytes.
//
// JavaScript knows its heap; the rest of a sample is taken here. Owner: the environment's thread.
#pragma once

#include <memory>
#include <optional>

#include "binding/config_wrap.h"
#include "binding/seam/bind.h"
#include "core/memory_monitor.h"
#include "io/memory_sampler.h"

namespace resilience {

struct MemoryReading {
  MemorySample sample;
  MemoryAdvice advice;
};

struct CollectionReport {
  MemorySample before;
  MemorySample after;
  double share_back = 0;
  bool worthwhile = false;
};

class MemoryMonitorWrap {
 public:
  [[nodiscard]] static std::unique_ptr<MemoryMonitorWrap> create(const ConfigWrap& config, TimePoint now);

  [[nodiscard]] MemoryReading on_sample(TimePoint now, std::uint64_t heap_used, std::uint64_t heap_limit,
                                        std::uint64_t rss);
  // Returns native memory first; compares with the sample that advised to collect.
  [[nodiscard]] CollectionReport on_collected(TimePoint now, std::uint64_t heap_used, std::uint64_t heap_limit,
                                              std::uint64_t rss);

 private:
  MemoryMonitorWrap(const MemoryConfig& config, TimePoint now) : monitor_(config, now) {}

  MemorySampler sampler_;
  MemoryMonitor monitor_;
};

namespace seam {

template <>
struct Record<MemorySample> {
  static constexpr auto kFields =
      std::tuple{required<&MemorySample::heap_used>, required<&MemorySample::heap_limit>, required<&MemorySample::rss>,
                 required<&MemorySample::container_used>, required<&MemorySample::container_limit>};
};
template <>
struct Record<MemoryPressure> {
  static constexpr auto kFields = std::tuple{required<&MemoryPressure::measure>, required<&MemoryPressure::used>,
                                             required<&MemoryPressure::limit>, required<&MemoryPressure::share>};
};
template <>
struct Record<Growth> {
  static constexpr auto kFields = std::tuple{required<&Growth::bytes_per_second>, required<&Growth::rising_share>,
                                             required<&Growth::first>, required<&Growth::last>};
};
template <>
struct Record<MemoryAdvice> {
  static constexpr auto kFields =
      std::tuple{optional<&MemoryAdvice::high>, required<&MemoryAdvice::collect>, optional<&MemoryAdvice::replace>};
};
template <>
struct Record<MemoryReading> {
  static constexpr auto kFields = std::tuple{required<&MemoryReading::sample>, required<&MemoryReading::advice>};
};
template <>
struct Record<CollectionReport> {
  static constexpr auto kFields =
      std::tuple{required<&CollectionReport::before>, required<&CollectionReport::after>,
                 required<&CollectionReport::share_back>, required<&CollectionReport::worthwhile>};
};

template <>
struct ClassOf<MemoryMonitorWrap> {
  static constexpr const char* kName = "NativeMemoryMonitor";
  static constexpr napi_type_tag kTag = {0x70d2c95a1bfe8346ULL, 0xc6a3085e7f41d92bULL};
  static constexpr auto kConstructor = callable<&MemoryMonitorWrap::create, "config", "nowMs">;
  static constexpr auto kMethods =
      std::tuple{callable<&MemoryMonitorWrap::on_sample, "nowMs", "heapUsed", "heapLimit", "rss">,
                 callable<&MemoryMonitorWrap::on_collected, "nowMs", "heapUsed", "heapLimit", "rss">};
};

}  // namespace seam
}  // namespace resilience
