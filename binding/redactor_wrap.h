// Redactor for JavaScript (io/redact.h).
//
//   new NativeRedactor()
//   .add(password)               one that is known
//   .learn(connectionString)     whatever looks like a secret in it
//   .redact(text) → the text without either
//   isSecretKey(name) → whether what a parameter or field of that name holds must not be shown
// Owner: the environment's thread.
#pragma once

#include "binding/napi_setup.h"
#include "io/redact.h"

namespace resilience {

class RedactorWrap : public Napi::ObjectWrap<RedactorWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit RedactorWrap(const Napi::CallbackInfo& info);

 private:
  void add(const Napi::CallbackInfo& info);
  void learn(const Napi::CallbackInfo& info);
  Napi::Value redact(const Napi::CallbackInfo& info);

  Redactor redactor_;
};

void export_redactor(Napi::Env env, Napi::Object exports);

}  // namespace resilience
