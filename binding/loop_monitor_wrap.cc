#include "binding/loop_monitor_wrap.h"

#include <optional>

#include <string>

#include "binding/arguments.h"

namespace resilience {
namespace {

constexpr napi_type_tag kTag = {0x6d0f1c9b4b1e4f7aULL, 0x9c3d52a8e7f06b21ULL};

std::optional<Duration> duration_argument(const Napi::CallbackInfo& info, std::size_t index, const char* name) {
  const std::optional<double> ms = number_argument(info, index, name);
  if (!ms) return std::nullopt;
  constexpr double kLongestMs = 1e12;
  if (*ms >= 0 && *ms <= kLongestMs) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(*ms));
  }
  throw_range_error(info.Env(), std::string(name) + " is out of range");
  return std::nullopt;
}

Napi::Value to_js(Napi::Env env, Duration duration) {
  return Napi::Number::New(env, std::chrono::duration<double, std::milli>(duration).count());
}

}  // namespace

Napi::Function LoopMonitorWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeLoopMonitor",
                     {
                         InstanceMethod<&LoopMonitorWrap::beat>("beat"),
                         InstanceMethod<&LoopMonitorWrap::rest>("rest"),
                         InstanceMethod<&LoopMonitorWrap::stalled_for>("stalledFor"),
                         InstanceMethod<&LoopMonitorWrap::stalled_within>("stalledWithin"),
                     });
}

LoopMonitorWrap::LoopMonitorWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<LoopMonitorWrap>(info) {
  const std::optional<Duration> period = duration_argument(info, 0, "periodMs");
  const std::optional<Duration> tolerance = period ? duration_argument(info, 1, "toleranceMs") : std::nullopt;
  if (!tolerance) return;
  monitor_ = std::make_shared<LoopMonitor>(*period, *tolerance);
  info.This().As<Napi::Object>().TypeTag(&kTag);
}

std::shared_ptr<const LoopMonitor> LoopMonitorWrap::monitor_of(const Napi::Value& value) {
  if (value.IsEmpty() || !value.IsObject()) return nullptr;
  const auto object = value.As<Napi::Object>();
  return object.CheckTypeTag(&kTag) ? Unwrap(object)->monitor_ : nullptr;
}

Napi::Value LoopMonitorWrap::beat(const Napi::CallbackInfo& info) {
  monitor_->beat(LoopMonitor::steady_now());
  return info.Env().Undefined();
}

Napi::Value LoopMonitorWrap::rest(const Napi::CallbackInfo& info) {
  monitor_->rest();
  return info.Env().Undefined();
}

Napi::Value LoopMonitorWrap::stalled_for(const Napi::CallbackInfo& info) {
  return to_js(info.Env(), monitor_->stalled_for(LoopMonitor::steady_now()));
}

Napi::Value LoopMonitorWrap::stalled_within(const Napi::CallbackInfo& info) {
  const std::optional<Duration> window = duration_argument(info, 0, "ms");
  if (!window) return info.Env().Undefined();
  const TimePoint now = LoopMonitor::steady_now();
  return to_js(info.Env(), monitor_->stalled_within(now - *window, now));
}

}  // namespace resilience
