#include "binding/bulkhead_wrap.h"

#include <string>

#include "binding/arguments.h"
#include "binding/config_reader.h"

namespace resilience {
namespace {

const BulkheadConfig* named(const BulkheadsConfig& bulkheads, const std::string& name) {
  if (name == "read") return &bulkheads.read;
  if (name == "write") return &bulkheads.write;
  if (name == "reporting") return &bulkheads.reporting;
  return nullptr;
}

}  // namespace

Napi::Function BulkheadWrap::define(Napi::Env env) {
  return DefineClass(
      env, "NativeBulkhead",
      {InstanceMethod("enter", &BulkheadWrap::enter), InstanceMethod("leave", &BulkheadWrap::leave),
       InstanceMethod("stopWaiting", &BulkheadWrap::stop_waiting),
       InstanceMethod("executing", &BulkheadWrap::executing), InstanceMethod("waiting", &BulkheadWrap::waiting),
       InstanceMethod("refused", &BulkheadWrap::refused)});
}

BulkheadWrap::BulkheadWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<BulkheadWrap>(info) {
  const std::optional<Config> config = config_argument(info);
  if (!config) return;
  const std::string name = info[2].IsString() ? info[2].As<Napi::String>().Utf8Value() : "";
  if (const BulkheadConfig* const own = named(config->bulkheads, name)) {
    bulkhead_ = Bulkhead{*own};
  } else {
    throw_type_error(info.Env(), "name must be 'read', 'write' or 'reporting'");
  }
}

Napi::Value BulkheadWrap::enter(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(bulkhead_.enter()));
}

Napi::Value BulkheadWrap::leave(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), bulkhead_.leave());
}

void BulkheadWrap::stop_waiting(const Napi::CallbackInfo&) {
  bulkhead_.stop_waiting();
}

Napi::Value BulkheadWrap::executing(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), bulkhead_.executing());
}

Napi::Value BulkheadWrap::waiting(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), bulkhead_.waiting());
}

Napi::Value BulkheadWrap::refused(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(bulkhead_.refused()));
}

}  // namespace resilience
