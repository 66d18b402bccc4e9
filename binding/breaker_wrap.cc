#include "binding/breaker_wrap.h"

#include "binding/arguments.h"
#include "binding/config_reader.h"
#include "binding/control_block.h"

namespace resilience {
namespace {

Napi::Value to_js(Napi::Env env, CircuitState state) {
  return Napi::Number::New(env, static_cast<double>(state));
}

}  // namespace

Napi::Function CircuitBreakerWrap::define(Napi::Env env) {
  return DefineClass(
      env, "NativeCircuitBreaker",
      {InstanceMethod("tryAcquire", &CircuitBreakerWrap::try_acquire),
       InstanceMethod("onResult", &CircuitBreakerWrap::on_result), InstanceMethod("state", &CircuitBreakerWrap::state),
       InstanceMethod("retryAfter", &CircuitBreakerWrap::retry_after),
       InstanceMethod("failures", &CircuitBreakerWrap::failures), InstanceMethod("trip", &CircuitBreakerWrap::trip),
       InstanceMethod("reset", &CircuitBreakerWrap::reset)});
}

CircuitBreakerWrap::CircuitBreakerWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<CircuitBreakerWrap>(info) {
  const std::optional<Config> config = config_argument(info);
  if (config) breaker_.emplace(config->circuit_breaker);
}

Napi::Value CircuitBreakerWrap::try_acquire(const Napi::CallbackInfo& info) {
  const std::optional<double> now = number_argument(info, 0, "now");
  if (!now || !breaker_) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>(breaker_->try_acquire(to_time_point(*now)).value));
}

Napi::Value CircuitBreakerWrap::on_result(const Napi::CallbackInfo& info) {
  const std::optional<double> now = number_argument(info, 0, "now");
  const std::optional<double> permit = number_argument(info, 1, "permit");
  const std::optional<double> result = number_argument(info, 2, "result");
  if (!now || !permit || !result || !breaker_) return info.Env().Undefined();
  const bool known = *result == 0 || *result == 1 || *result == 2;
  if (!known || !(*permit >= 0 && *permit < 0x1p53)) {
    throw_type_error(info.Env(), "permit must come from tryAcquire(), result must be 0, 1 or 2");
    return info.Env().Undefined();
  }
  breaker_->on_result(to_time_point(*now), CircuitPermit{static_cast<std::uint64_t>(*permit)},
                      static_cast<CallResult>(static_cast<std::uint8_t>(*result)));
  return to_js(info.Env(), breaker_->last_state());
}

Napi::Value CircuitBreakerWrap::state(const Napi::CallbackInfo& info) {
  const std::optional<double> now = number_argument(info, 0, "now");
  if (!now || !breaker_) return info.Env().Undefined();
  return to_js(info.Env(), breaker_->state(to_time_point(*now)));
}

Napi::Value CircuitBreakerWrap::retry_after(const Napi::CallbackInfo& info) {
  const std::optional<double> now = number_argument(info, 0, "now");
  if (!now || !breaker_) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), to_ms(breaker_->retry_after(to_time_point(*now))));
}

Napi::Value CircuitBreakerWrap::failures(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), breaker_ ? breaker_->failures() : 0);
}

void CircuitBreakerWrap::trip(const Napi::CallbackInfo& info) {
  const std::optional<double> now = number_argument(info, 0, "now");
  if (now && breaker_) breaker_->trip(to_time_point(*now));
}

void CircuitBreakerWrap::reset(const Napi::CallbackInfo&) {
  if (breaker_) breaker_->reset();
}

}  // namespace resilience
