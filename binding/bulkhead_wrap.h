// Bulkhead for JavaScript (core/bulkhead.h).
//
//   new NativeBulkhead(config, ConfigError, 'read' | 'write' | 'reporting')
//   .enter() → 0 refused, 1 entered, 2 waiting
//   .leave() → whether the place went to the call at the queue's head
//   .stopWaiting()
//   .executing(), .waiting(), .refused()
// Owner: the environment's thread.
#pragma once

#include <optional>

#include "binding/napi_setup.h"
#include "core/bulkhead.h"

namespace resilience {

class BulkheadWrap : public Napi::ObjectWrap<BulkheadWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit BulkheadWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value enter(const Napi::CallbackInfo& info);
  Napi::Value leave(const Napi::CallbackInfo& info);
  void stop_waiting(const Napi::CallbackInfo& info);
  Napi::Value executing(const Napi::CallbackInfo& info);
  Napi::Value waiting(const Napi::CallbackInfo& info);
  Napi::Value refused(const Napi::CallbackInfo& info);

  Bulkhead bulkhead_{BulkheadConfig{}};  // without places only where the constructor threw
};

}  // namespace resilience
