// judgeHealth for JavaScript: what a health check says (core/health_status.h).
//
// Stateless; runs on the environment's own thread, within a handle scope.
#pragma once

#include "binding/napi_setup.h"

namespace resilience {

// Adds to `exports`:
//   judgeHealth(answered, latencyMs, heapShare, latencyWarnMs, heapWarnShare) → 'healthy', 'degraded' or 'unhealthy'
// Throws a TypeError if a number is none.
void export_health(Napi::Env env, Napi::Object exports);

}  // namespace resilience
