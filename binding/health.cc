#include "binding/health.h"

#include <string>

#include "binding/arguments.h"
#include "binding/control_block.h"
#include "core/health_status.h"

namespace resilience {
namespace {

Duration to_duration(double ms) {
  return to_time_point(ms).time_since_epoch();
}

Napi::Value judge_health_from_js(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto latency = number_argument(info, 1, "latencyMs");
  const auto heap_share = number_argument(info, 2, "heapShare");
  const auto latency_warn = number_argument(info, 3, "latencyWarnMs");
  const auto heap_warn = number_argument(info, 4, "heapWarnShare");
  if (!latency || !heap_share || !latency_warn || !heap_warn) return env.Undefined();
  const bool answered = info[0].IsBoolean() && info[0].As<Napi::Boolean>().Value();
  const HealthStatus status =
      judge_health({answered, to_duration(*latency), *heap_share}, {to_duration(*latency_warn), *heap_warn});
  return Napi::String::New(env, std::string{to_string(status)});
}

}  // namespace

void export_health(Napi::Env env, Napi::Object exports) {
  exports.Set("judgeHealth", Napi::Function::New<judge_health_from_js>(env, "judgeHealth"));
}

}  // namespace resilience
