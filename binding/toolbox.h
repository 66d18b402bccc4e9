// What lib/toolbox and the memory watch take from the addon.
#pragma once

#include "binding/napi_setup.h"

namespace resilience {

// Adds to `exports`: NativeMemoryMonitor, NativeCircuitBreaker, NativeBulkhead, NativeRetrySchedule, and
//   judgeCall(facts, write, unknownCounts) → { result: 0 success, 1 failure, 2 neither, again, unknown }
// where `facts` are those of an error (error_facts_reader.h), with `errorClass` by name where it was judged before and
// `databaseUnavailable`.
void export_toolbox(Napi::Env env, Napi::Object exports);

}  // namespace resilience
