// What lib/toolbox and the memory watch take from the addon.
#pragma once

#include "binding/napi_setup.h"

namespace resilience {

// Adds to `exports`: NativeMemoryMonitor, NativeCircuitBreaker, NativeBulkhead, NativeRetrySchedule.
void export_toolbox(Napi::Env env, Napi::Object exports);

}  // namespace resilience
