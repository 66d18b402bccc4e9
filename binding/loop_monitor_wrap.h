// LoopMonitor for JavaScript (io/loop_monitor.h).
//
//   new NativeLoopMonitor(periodMs, toleranceMs)
//   .beat()                   the loop has turned
//   .rest()                   no beats are to be expected
//   .stalledFor() → ms        of the stall that is going on
//   .stalledWithin(ms) → ms   of the last `ms`, how many were spent in stalls
// Beats belong to the environment's thread; a probe's thread may ask at the same time.
#pragma once

#include <memory>

#include "binding/napi_setup.h"
#include "io/loop_monitor.h"

namespace resilience {

class LoopMonitorWrap : public Napi::ObjectWrap<LoopMonitorWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit LoopMonitorWrap(const Napi::CallbackInfo& info);

  // Null for whatever is not a NativeLoopMonitor.
  [[nodiscard]] static std::shared_ptr<const LoopMonitor> monitor_of(const Napi::Value& value);

 private:
  Napi::Value beat(const Napi::CallbackInfo& info);
  Napi::Value rest(const Napi::CallbackInfo& info);
  Napi::Value stalled_for(const Napi::CallbackInfo& info);
  Napi::Value stalled_within(const Napi::CallbackInfo& info);

  std::shared_ptr<LoopMonitor> monitor_;  // null only where the constructor threw
};

}  // namespace resilience
