#include "binding/probe_wrap.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "binding/arguments.h"
#include "binding/probe_options.h"

namespace resilience {
namespace {

constexpr double kGreatestWhole = 9007199254740991;
constexpr double kGreatestPid = 2147483647;
constexpr double kLongestMs = 2147483647;

std::optional<Epoch> epoch_argument(const Napi::CallbackInfo& info) {
  const std::optional<double> value = number_argument(info, 0, "epoch");
  if (!value) return std::nullopt;
  if (*value >= 0 && *value <= kGreatestWhole) return Epoch{static_cast<std::uint64_t>(*value)};
  throw_range_error(info.Env(), "epoch is out of range");
  return std::nullopt;
}

}  // namespace

Napi::Function ProbeWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeProbe",
                     {
                         InstanceMethod<&ProbeWrap::start>("start"),
                         InstanceMethod<&ProbeWrap::stop>("stop"),
                         InstanceMethod<&ProbeWrap::now>("now"),
                         InstanceMethod<&ProbeWrap::activity>("activity"),
                         InstanceMethod<&ProbeWrap::password>("password"),
                         InstanceMethod<&ProbeWrap::close>("close"),
                     });
}

ProbeWrap::ProbeWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ProbeWrap>(info), env_(info.Env()) {
  if (!info[1].IsFunction()) {
    throw_type_error(info.Env(), "NativeProbe expects (options, onResults)");
    return;
  }
  std::optional<ProbeOptions> options = read_probe_options(info[0]);
  if (!options) return;
  channel_ = ResultChannel::open(info.Env(), info[1].As<Napi::Function>());
  if (!channel_) return;
  // After the channel's own hook, so that it runs before it: the thread must be silent when Node takes the channel.
  napi_add_env_cleanup_hook(env_, &ProbeWrap::on_environment_end, this);
  options->subscription.on_activity = [channel = channel_](std::uint64_t question, const ServerActivity& activity) {
    channel->push(ActivityAnswer{question, activity});
  };
  subscription_ =
      probe_registry().subscribe(std::move(options->target), std::move(options->subscription), options->seed,
                                 [channel = channel_](const ProbeResult& result) { channel->push(result); });
  Ref();
}

ProbeWrap::~ProbeWrap() {
  if (end()) napi_remove_env_cleanup_hook(env_, &ProbeWrap::on_environment_end, this);
}

void ProbeWrap::on_environment_end(void* self) {
  static_cast<ProbeWrap*>(self)->end();
}

bool ProbeWrap::end() {
  if (!channel_) return false;
  subscription_.close();
  channel_->close();
  channel_.reset();
  return true;
}

Napi::Value ProbeWrap::start(const Napi::CallbackInfo& info) {
  if (const std::optional<Epoch> epoch = epoch_argument(info)) subscription_.search(*epoch);
  return info.Env().Undefined();
}

Napi::Value ProbeWrap::stop(const Napi::CallbackInfo& info) {
  subscription_.rest();
  return info.Env().Undefined();
}

Napi::Value ProbeWrap::now(const Napi::CallbackInfo& info) {
  if (const std::optional<Epoch> epoch = epoch_argument(info)) subscription_.look(*epoch);
  return info.Env().Undefined();
}

Napi::Value ProbeWrap::activity(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::optional<double> question = number_argument(info, 0, "question");
  const std::optional<double> max_age = question ? number_argument(info, 2, "maxAgeMs") : std::nullopt;
  if (!max_age) return env.Undefined();
  if (!info[1].IsArray()) {
    throw_type_error(env, "pids must be an array");
    return env.Undefined();
  }
  const auto array = info[1].As<Napi::Array>();
  std::vector<std::uint32_t> pids;
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Value pid = array.Get(i);
    if (env.IsExceptionPending()) return env.Undefined();
    // What is none of PostgreSQL's is left out: poolers make numbers up.
    const double value = pid.IsNumber() ? pid.As<Napi::Number>().DoubleValue() : 0;
    if (value >= 1 && value <= kGreatestPid) pids.push_back(static_cast<std::uint32_t>(value));
  }
  if (*question < 0 || *question > kGreatestWhole || *max_age < 0 || *max_age > kLongestMs) {
    throw_range_error(env, "question or maxAgeMs is out of range");
    return env.Undefined();
  }
  const auto age = std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(*max_age));
  subscription_.ask_activity(static_cast<std::uint64_t>(*question), std::move(pids), age);
  return env.Undefined();
}

Napi::Value ProbeWrap::password(const Napi::CallbackInfo& info) {
  if (!info[0].IsString()) {
    throw_type_error(info.Env(), "password must be a string");
  } else {
    subscription_.set_password(info[0].As<Napi::String>().Utf8Value());
  }
  return info.Env().Undefined();
}

Napi::Value ProbeWrap::close(const Napi::CallbackInfo& info) {
  if (end()) {
    napi_remove_env_cleanup_hook(env_, &ProbeWrap::on_environment_end, this);
    Unref();
  }
  return info.Env().Undefined();
}

}  // namespace resilience
