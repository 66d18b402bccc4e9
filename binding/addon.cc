// The addon's exports. One instance per environment (worker threads, Jest's registries), no state outside it.
#include "binding/arguments.h"
#include "binding/classify.h"
#include "binding/config_reader.h"
#include "binding/control_block.h"
#include "binding/effect_encoding.h"
#include "binding/greeting_probe.h"
#include "binding/health.h"
#include "binding/in_doubt.h"
#include "binding/logger_wrap.h"
#include "binding/marks.h"
#include "binding/napi_setup.h"
#include "binding/redactor_wrap.h"
#include "binding/supervisor_wrap.h"
#include "binding/toolbox.h"

namespace resilience {
namespace {

// effectiveConfig(config, ConfigError) → what the core decides by, defaults filled in. Throws a ConfigError.
Napi::Value effective_config(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[1].IsFunction()) {
    throw_type_error(env, "effectiveConfig expects (config, ConfigError)");
    return env.Undefined();
  }
  const auto result = read_config(info[0]);
  if (!result) return env.Undefined();
  if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&*result)) {
    throw_config_error(env, info[1].As<Napi::Function>(), *problems);
    return env.Undefined();
  }
  return to_js(env, std::get<Config>(*result));
}

Napi::Object slots_to_js(Napi::Env env) {
  const Napi::Object slots = Napi::Object::New(env);
  for (const SlotName& slot : kSlotNames) slots.Set(std::string{slot.name}, static_cast<double>(slot.slot));
  return slots;
}

}  // namespace

class ResilienceAddon : public Napi::Addon<ResilienceAddon> {
 public:
  ResilienceAddon(Napi::Env env, Napi::Object exports) {
    exports.Set("NativeSupervisor", SupervisorWrap::define(env));
    exports.Set("NativeLogger", LoggerWrap::define(env));
    exports.Set("effectiveConfig", Napi::Function::New<effective_config>(env, "effectiveConfig"));
    exports.Set("configKeys", config_keys_to_js(env));
    exports.Set("slots", slots_to_js(env));
    exports.Set("controlBlockLength", static_cast<double>(ControlBlock::kLength));
    exports.Set("enums", enumerations_to_js(env));
    exports.Set("stateTable", state_table_to_js(env));
    export_classify(env, exports);
#ifdef RESILIENCE_GREETING_PROBE
    export_greeting_probe(env, exports);
#endif
    export_health(env, exports);
    export_in_doubt(env, exports);
    export_redactor(env, exports);
    export_marks(env, exports);
    export_toolbox(env, exports);
  }
};

NODE_API_ADDON(ResilienceAddon)

}  // namespace resilience
