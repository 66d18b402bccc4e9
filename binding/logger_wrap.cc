#include "binding/logger_wrap.h"

#include <string>

namespace resilience {
namespace {

LogLevel level_of(const Napi::Value& value) {
  if (!value.IsNumber()) return LogLevel::kInfo;
  const std::int32_t level = value.As<Napi::Number>().Int32Value();
  const bool known =
      level >= static_cast<std::int32_t>(LogLevel::kTrace) && level <= static_cast<std::int32_t>(LogLevel::kSilent);
  return known ? static_cast<LogLevel>(level) : LogLevel::kInfo;
}

}  // namespace

Napi::Function LoggerWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeLogger",
                     {
                         InstanceMethod<&LoggerWrap::wants>("wants"),
                         InstanceMethod<&LoggerWrap::log>("log"),
                         InstanceMethod<&LoggerWrap::take>("take"),
                     });
}

LoggerWrap::LoggerWrap(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<LoggerWrap>(info), channel_(level_of(info[0])) {}

Napi::Value LoggerWrap::wants(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), channel_.wants(level_of(info[0])));
}

Napi::Value LoggerWrap::log(const Napi::CallbackInfo& info) {
  if (info[1].IsString()) channel_.log(level_of(info[0]), info[1].As<Napi::String>().Utf8Value());
  return Napi::Boolean::New(info.Env(), channel_.has_lines());
}

Napi::Value LoggerWrap::take(const Napi::CallbackInfo& info) {
  const std::vector<LogLine> lines = channel_.take_lines();
  const Napi::Array array = Napi::Array::New(info.Env(), lines.size() * 2);
  std::uint32_t index = 0;
  for (const LogLine& line : lines) {
    array.Set(index++, static_cast<double>(line.level));
    array.Set(index++, line.text);
  }
  return array;
}

}  // namespace resilience
