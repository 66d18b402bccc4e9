// CircuitBreaker for JavaScript (core/circuit_breaker.h).
//
//   new NativeCircuitBreaker(config, ConfigError)
//   .tryAcquire(now) → permit, 0 where the call is refused
//   .onResult(now, permit, result) → state       result: 0 success, 1 failure, 2 neither
//   .state(now) → 0 CLOSED, 1 OPEN, 2 HALF_OPEN
//   .retryAfter(now) → ms until calls are let through on trial
//   .failures() → failures that count at the moment
//   .trip(now), .reset()
// Owner: the environment's thread.
#pragma once

#include <optional>

#include "binding/napi_setup.h"
#include "core/circuit_breaker.h"

namespace resilience {

class CircuitBreakerWrap : public Napi::ObjectWrap<CircuitBreakerWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit CircuitBreakerWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value try_acquire(const Napi::CallbackInfo& info);
  Napi::Value on_result(const Napi::CallbackInfo& info);
  Napi::Value state(const Napi::CallbackInfo& info);
  Napi::Value retry_after(const Napi::CallbackInfo& info);
  Napi::Value failures(const Napi::CallbackInfo& info);
  void trip(const Napi::CallbackInfo& info);
  void reset(const Napi::CallbackInfo& info);

  std::optional<CircuitBreaker> breaker_;  // nothing only where the constructor threw
};

}  // namespace resilience
