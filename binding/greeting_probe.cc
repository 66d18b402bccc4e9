#include "binding/greeting_probe.h"

#include "binding/probe_wrap.h"
#include "io/greeting_attempt.h"

namespace resilience {

ProbeRegistry& probe_registry() {
  static auto* const registry = new ProbeRegistry(&GreetingDialer::make);
  return *registry;
}

void export_greeting_probe(Napi::Env env, Napi::Object exports) {
  const Napi::Object probe = Napi::Object::New(env);
  export_probe(env, probe);
  exports.Set("probe", probe);
}

}  // namespace resilience
