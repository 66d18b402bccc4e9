// RetrySchedule for JavaScript (core/retry_schedule.h).
//
//   new NativeRetrySchedule(maxRetries, firstAtOnce, initialDelay, maxDelay, linear, jittered, seed)
//   .next(failedTries, remaining) → ms to wait before the next try; -1 no retries left; -2 it would pass the deadline
// Whoever calls has checked the options: numbers out of range are brought into it. Owner: the environment's thread.
#pragma once

#include "binding/napi_setup.h"
#include "core/retry_schedule.h"
#include "core/rng.h"

namespace resilience {

class RetryScheduleWrap : public Napi::ObjectWrap<RetryScheduleWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit RetryScheduleWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value next(const Napi::CallbackInfo& info);

  RetryScheduleConfig config_;
  Rng rng_{0};
};

}  // namespace resilience
