// Argument checks that the wrapped classes share. Each answers nothing and leaves a TypeError pending where the
// argument is not what it should be.
#pragma once

#include <optional>
#include <string>

#include "binding/napi_setup.h"

namespace resilience {

// NaN counts as no number.
[[nodiscard]] inline std::optional<double> number_argument(const Napi::CallbackInfo& info, std::size_t index,
                                                           const char* name) {
  if (info.Env().IsExceptionPending()) return std::nullopt;
  if (index < info.Length() && info[index].IsNumber()) {
    const double value = info[index].As<Napi::Number>().DoubleValue();
    if (value == value) return value;
  }
  Napi::TypeError::New(info.Env(), std::string{name} + " must be a number").ThrowAsJavaScriptException();
  return std::nullopt;
}

}  // namespace resilience
