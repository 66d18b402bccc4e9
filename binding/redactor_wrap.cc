#include "binding/redactor_wrap.h"

#include <string>

#include "io/secret_keys.h"

namespace resilience {
namespace {

Napi::Value is_secret_key_from_js(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), info[0].IsString() && is_secret_key(info[0].As<Napi::String>().Utf8Value()));
}

}  // namespace

Napi::Function RedactorWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeRedactor",
                     {InstanceMethod("add", &RedactorWrap::add), InstanceMethod("learn", &RedactorWrap::learn),
                      InstanceMethod("redact", &RedactorWrap::redact)});
}

RedactorWrap::RedactorWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RedactorWrap>(info) {}

void RedactorWrap::add(const Napi::CallbackInfo& info) {
  if (info[0].IsString()) redactor_.add(info[0].As<Napi::String>().Utf8Value());
}

void RedactorWrap::learn(const Napi::CallbackInfo& info) {
  if (info[0].IsString()) redactor_.learn(info[0].As<Napi::String>().Utf8Value());
}

Napi::Value RedactorWrap::redact(const Napi::CallbackInfo& info) {
  if (!info[0].IsString()) return info.Env().Undefined();
  return Napi::String::New(info.Env(), redactor_.redact(info[0].As<Napi::String>().Utf8Value()));
}

void export_redactor(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeRedactor", RedactorWrap::define(env));
  exports.Set("isSecretKey", Napi::Function::New<is_secret_key_from_js>(env, "isSecretKey"));
}

}  // namespace resilience
