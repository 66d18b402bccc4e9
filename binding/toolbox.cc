#include "binding/toolbox.h"

#include <optional>

#include "binding/arguments.h"
#include "binding/breaker_wrap.h"
#include "binding/bulkhead_wrap.h"
#include "binding/error_facts_reader.h"
#include "binding/memory_wrap.h"
#include "binding/outage_report_wrap.h"
#include "binding/retry_schedule_wrap.h"
#include "core/call_policy.h"

namespace resilience {
namespace {

// What the client has judged already is told by `errorClass` and `provenOutcome`.
CallFailure read_failure(const Napi::Object& facts) {
  const ErrorFactsReader reader(facts);
  CallFailure failure;
  const Napi::Value judged = facts.Get("errorClass");
  const std::optional<ErrorClass> error_class =
      judged.IsString() ? parse_error_class(judged.As<Napi::String>().Utf8Value()) : std::nullopt;
  if (error_class) {
    failure.judged = override_with(*error_class);
    if (reader.facts().proven_outcome) failure.judged.traits.outcome = *reader.facts().proven_outcome;
  } else {
    failure.judged = classify(reader.facts());
    failure.unknown = failure.judged.rule == Classification{}.rule;
  }
  const Napi::Value unavailable = facts.Get("databaseUnavailable");
  failure.database_unavailable = unavailable.IsBoolean() && unavailable.As<Napi::Boolean>().Value();
  return failure;
}

bool flag(const Napi::Value& value) {
  return value.IsBoolean() && value.As<Napi::Boolean>().Value();
}

Napi::Value judge_call_from_js(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) {
    throw_type_error(env, "judgeCall(facts, write, unknownCounts) takes an object");
    return env.Undefined();
  }
  const CallKind kind = flag(info[1]) ? CallKind::kWrite : CallKind::kRead;
  const CallFailure failure = read_failure(info[0].As<Napi::Object>());
  const CallVerdict verdict = judge_call(kind, failure, flag(info[2]));
  const Napi::Object answer = Napi::Object::New(env);
  answer.Set("result", static_cast<double>(verdict.result));
  answer.Set("again", verdict.again);
  answer.Set("unknown", failure.unknown);
  return answer;
}

}  // namespace

void export_toolbox(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeMemoryMonitor", MemoryMonitorWrap::define(env));
  exports.Set("NativeCircuitBreaker", CircuitBreakerWrap::define(env));
  exports.Set("NativeBulkhead", BulkheadWrap::define(env));
  exports.Set("NativeOutageReport", OutageReportWrap::define(env));
  exports.Set("NativeRetrySchedule", RetryScheduleWrap::define(env));
  exports.Set("judgeCall", Napi::Function::New<judge_call_from_js>(env, "judgeCall"));
}

}  // namespace resilience
