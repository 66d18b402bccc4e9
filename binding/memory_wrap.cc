#include "binding/memory_wrap.h"

namespace resilience {
namespace {

// `rss`: what the host knows, for where the sampler knows nothing.
MemorySample complete(const MemorySampler& sampler, std::uint64_t heap_used, std::uint64_t heap_limit,
                      std::uint64_t rss) {
  const ProcessMemory process = sampler.sample();
  const ContainerMemory container = process.container.value_or(ContainerMemory{});
  return {heap_used, heap_limit, process.rss.value_or(rss), container.used, container.limit};
}

}  // namespace

std::unique_ptr<MemoryMonitorWrap> MemoryMonitorWrap::create(const ConfigWrap& config, TimePoint now) {
  return std::unique_ptr<MemoryMonitorWrap>(new MemoryMonitorWrap(config.config().memory, now));
}

MemoryReading MemoryMonitorWrap::on_sample(TimePoint now, std::uint64_t heap_used, std::uint64_t heap_limit,
                                           std::uint64_t rss) {
  const MemorySample sample = complete(sampler_, heap_used, heap_limit, rss);
  return {sample, monitor_.on_sample(now, sample)};
}

CollectionReport MemoryMonitorWrap::on_collected(TimePoint now, std::uint64_t heap_used, std::uint64_t heap_limit,
                                                 std::uint64_t rss) {
  return_free_memory();
  const MemorySample after = complete(sampler_, heap_used, heap_limit, rss);
  const CollectionResult result = monitor_.on_collected(now, after);
  return {result.before, after, result.share_back, result.worthwhile};
}

}  // namespace resilience
