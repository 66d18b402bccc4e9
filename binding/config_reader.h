// Between a JavaScript configuration and the core's: flattens one into raw entries, lays the other out as an object.
//
// What is accepted is the core's business (config_validation.h). All functions run on the environment's own thread,
// within a handle scope.
#pragma once

#include <optional>
#include <span>

#include "binding/napi_setup.h"
#include "core/config_validation.h"

namespace resilience {

// Nothing: a getter or proxy trap of the user's threw, and its exception is pending.
[[nodiscard]] std::optional<ConfigResult> read_config(Napi::Value value);

// Throws `new config_error(messages)`. The class is lib's own, so that `instanceof` holds.
void throw_config_error(Napi::Env env, const Napi::Function& config_error, std::span<const ConfigProblem> problems);

// The configuration of a constructor of ours that was called with (config, ConfigError, …). Nothing: an exception is
// pending.
[[nodiscard]] std::optional<Config> config_argument(const Napi::CallbackInfo& info);

// The effective values, nested as the user writes them; durations in milliseconds. What only the host keeps is absent.
// Bulkheads say whether the user `configured` them.
[[nodiscard]] Napi::Object to_js(Napi::Env env, const Config& config);

// [{ path, default, accepted, meaning }, …] for the documentation.
[[nodiscard]] Napi::Array config_keys_to_js(Napi::Env env);

}  // namespace resilience
