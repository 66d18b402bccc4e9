// MemoryMonitor for JavaScript: one sample in, one advice out (core/memory_monitor.h, io/memory_sampler.h).
//
//   new NativeMemoryMonitor(config, ConfigError, now)
//   .onSample(now, heapUsed, heapLimit) → { heapUsed, heapLimit, rss, containerUsed, containerLimit,
//                                           high?: { measure, used, limit, share }, collect, replace?: growth }
//   .onCollected(now, heapUsed, heapLimit) → { heapBefore, heapAfter, rssBefore, rssAfter, shareBack, worthwhile }
//       returns native memory first; compares with the sample that advised to collect
//   .growth() → { bytesPerSecond, risingShare, first, last } | undefined
// Bytes and milliseconds. Owner: the environment's thread.
#pragma once

#include <optional>

#include "binding/napi_setup.h"
#include "core/memory_monitor.h"
#include "io/memory_sampler.h"

namespace resilience {

class MemoryMonitorWrap : public Napi::ObjectWrap<MemoryMonitorWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit MemoryMonitorWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value on_sample(const Napi::CallbackInfo& info);
  Napi::Value on_collected(const Napi::CallbackInfo& info);
  Napi::Value growth(const Napi::CallbackInfo& info);

  MemorySampler sampler_;
  std::optional<MemoryMonitor> monitor_;  // nothing only where the constructor threw
};

}  // namespace resilience
