// Argument checks that the wrapped classes share. Each answers nothing and leaves a TypeError pending where the
// argument is not what it should be.
#pragma once

#include <optional>
#include <string>

#include "binding/napi_setup.h"

namespace resilience {

// Keeps what is pending already, a user's getter's exception for instance: throwing a second one ends the process.
inline void throw_type_error(Napi::Env env, const std::string& message) {
  if (!env.IsExceptionPending()) Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
}

inline void throw_range_error(Napi::Env env, const std::string& message) {
  if (!env.IsExceptionPending()) Napi::RangeError::New(env, message).ThrowAsJavaScriptException();
}

// NaN counts as no number.
[[nodiscard]] inline std::optional<double> number_argument(const Napi::CallbackInfo& info, std::size_t index,
                                                           const char* name) {
  if (info.Env().IsExceptionPending()) return std::nullopt;
  if (index < info.Length() && info[index].IsNumber()) {
    const double value = info[index].As<Napi::Number>().DoubleValue();
    if (value == value) return value;
  }
  throw_type_error(info.Env(), std::string{name} + " must be a number");
  return std::nullopt;
}

}  // namespace resilience
