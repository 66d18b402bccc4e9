#include "binding/retry_schedule_wrap.h"

#include <algorithm>
#include <optional>

#include "binding/arguments.h"
#include "binding/control_block.h"

namespace resilience {
namespace {

constexpr double kGreatest = 2147483647;

Duration milliseconds_of(double ms) {
  return milliseconds{static_cast<std::int64_t>(std::clamp(ms, 0.0, kGreatest))};
}

std::uint32_t count_of(double value) {
  return static_cast<std::uint32_t>(std::clamp(value, 0.0, kGreatest));
}

bool flag(const Napi::CallbackInfo& info, std::size_t index) {
  return index < info.Length() && info[index].ToBoolean().Value();
}

}  // namespace

Napi::Function RetryScheduleWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeRetrySchedule", {InstanceMethod("next", &RetryScheduleWrap::next)});
}

RetryScheduleWrap::RetryScheduleWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RetryScheduleWrap>(info) {
  const std::optional<double> max_retries = number_argument(info, 0, "maxRetries");
  const std::optional<double> initial_delay = number_argument(info, 2, "initialDelay");
  const std::optional<double> max_delay = number_argument(info, 3, "maxDelay");
  const std::optional<double> seed = number_argument(info, 6, "seed");
  if (!max_retries || !initial_delay || !max_delay || !seed) return;
  config_.max_retries = count_of(*max_retries);
  config_.first_at_once = flag(info, 1);
  config_.initial_delay = milliseconds_of(*initial_delay);
  config_.max_delay = milliseconds_of(*max_delay);
  config_.backoff = flag(info, 4) ? BackoffKind::kLinear : BackoffKind::kExponential;
  config_.jitter = flag(info, 5) ? JitterKind::kFull : JitterKind::kNone;
  rng_ = Rng{static_cast<std::uint64_t>(std::clamp(*seed, 0.0, 0x1p53))};
}

Napi::Value RetryScheduleWrap::next(const Napi::CallbackInfo& info) {
  const std::optional<double> failed_tries = number_argument(info, 0, "failedTries");
  const std::optional<double> remaining = number_argument(info, 1, "remaining");
  if (!failed_tries || !remaining) return info.Env().Undefined();
  const RetryStep step = next_retry(config_, count_of(*failed_tries), milliseconds_of(*remaining), rng_);
  switch (step.verdict) {
    case RetryVerdict::kRetry: return Napi::Number::New(info.Env(), to_ms(step.wait));
    case RetryVerdict::kExhausted: return Napi::Number::New(info.Env(), -1);
    case RetryVerdict::kDeadline: return Napi::Number::New(info.Env(), -2);
  }
  return info.Env().Undefined();
}

}  // namespace resilience
