// Decisions and effects of the core as JavaScript sees them.
#pragma once

#include <span>

#include "binding/napi_setup.h"
#include "core/decision.h"
#include "core/error_class.h"

namespace resilience {

// { type: EffectType, … } for each; the fields are those of the effect, in camelCase, durations in ms.
[[nodiscard]] Napi::Array to_js(Napi::Env env, std::span<const Effect> effects);
// { verdict, ticket, reason, outcome }
[[nodiscard]] Napi::Object to_js(Napi::Env env, const Decision& decision);
// All enumerations, by the names and values of the core: { EffectType: { release: 0, … }, … }.
[[nodiscard]] Napi::Object enumerations_to_js(Napi::Env env);
// [{ from, event, to }, …] by name: every transition of the table.
[[nodiscard]] Napi::Array state_table_to_js(Napi::Env env);

}  // namespace resilience
