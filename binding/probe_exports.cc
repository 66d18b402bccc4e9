// What the probe exports, whichever addon it is in.
#include "binding/loop_monitor_wrap.h"
#include "binding/probe_options.h"
#include "binding/probe_wrap.h"
#include "core/probe_result.h"
#include "core/server_activity.h"

namespace resilience {
namespace {

void set(Napi::Object object, const char* name, auto value) {
  object.Set(name, static_cast<double>(value));
}

Napi::Object enumerations(Napi::Env env) {
  const Napi::Object verdict = Napi::Object::New(env);
  set(verdict, "up", ProbeVerdict::kUp);
  set(verdict, "down", ProbeVerdict::kDown);
  set(verdict, "inconclusive", ProbeVerdict::kInconclusive);
  const Napi::Object role = Napi::Object::New(env);
  set(role, "unknown", ServerRole::kUnknown);
  set(role, "primary", ServerRole::kPrimary);
  set(role, "standby", ServerRole::kStandby);
  const Napi::Object trigger = Napi::Object::New(env);
  set(trigger, "schedule", ProbeTrigger::kSchedule);
  set(trigger, "onDemand", ProbeTrigger::kOnDemand);
  set(trigger, "sentinel", ProbeTrigger::kSentinel);
  const Napi::Object state = Napi::Object::New(env);
  set(state, "unknown", BackendState::kUnknown);
  set(state, "active", BackendState::kActive);
  set(state, "idle", BackendState::kIdle);
  const Napi::Object driver = Napi::Object::New(env);
  set(driver, "libpq", Driver::kLibpq);
  set(driver, "nodePostgres", Driver::kNodePostgres);
  set(driver, "prismaEngine", Driver::kPrismaEngine);
  set(driver, "unknown", Driver::kUnknown);
  const Napi::Object enums = Napi::Object::New(env);
  enums.Set("Driver", driver);
  enums.Set("BackendState", state);
  enums.Set("ProbeVerdict", verdict);
  enums.Set("ServerRole", role);
  enums.Set("ProbeTrigger", trigger);
  return enums;
}

// activeDatabases() → for how many databases this process has a probe now
Napi::Value active_databases(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(probe_registry().size()));
}

// needsAuthorities(options) → whether the probe made of these would use driver.authorities
Napi::Value needs_authorities_of(const Napi::CallbackInfo& info) {
  const std::optional<bool> needed = read_needs_authorities(info[0]);
  return needed ? Napi::Boolean::New(info.Env(), *needed) : info.Env().Undefined();
}

}  // namespace

void export_probe(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeProbe", ProbeWrap::define(env));
  exports.Set("NativeLoopMonitor", LoopMonitorWrap::define(env));
  exports.Set("activeDatabases", Napi::Function::New<active_databases>(env, "activeDatabases"));
  exports.Set("needsAuthorities", Napi::Function::New<needs_authorities_of>(env, "needsAuthorities"));
  exports.Set("enums", enumerations(env));
}

}  // namespace resilience
