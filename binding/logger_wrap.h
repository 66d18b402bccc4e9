// The log channel for JavaScript: what passes the filter comes back as lines for the user's logger.
//
// JavaScript: new NativeLogger(level); level and lines' levels are the core's LogLevel. Owner: the environment's
// thread.
#pragma once

#include "binding/napi_setup.h"
#include "io/logging.h"

namespace resilience {

class LoggerWrap : public Napi::ObjectWrap<LoggerWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit LoggerWrap(const Napi::CallbackInfo& info);

 private:
  // wants(level) → boolean
  Napi::Value wants(const Napi::CallbackInfo& info);
  // log(level, text) → whether lines wait
  Napi::Value log(const Napi::CallbackInfo& info);
  // take() → [level, text, level, text, …]
  Napi::Value take(const Napi::CallbackInfo& info);

  LogChannel channel_;
};

}  // namespace resilience
