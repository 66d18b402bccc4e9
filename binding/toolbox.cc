#include "binding/toolbox.h"

#include "binding/breaker_wrap.h"
#include "binding/bulkhead_wrap.h"
#include "binding/memory_wrap.h"
#include "binding/retry_schedule_wrap.h"

namespace resilience {

void export_toolbox(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeMemoryMonitor", MemoryMonitorWrap::define(env));
  exports.Set("NativeCircuitBreaker", CircuitBreakerWrap::define(env));
  exports.Set("NativeBulkhead", BulkheadWrap::define(env));
  exports.Set("NativeRetrySchedule", RetryScheduleWrap::define(env));
}

}  // namespace resilience
