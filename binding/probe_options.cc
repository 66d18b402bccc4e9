#include "binding/probe_options.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "binding/arguments.h"
#include "binding/loop_monitor_wrap.h"

namespace resilience {
namespace {

constexpr double kLongestMs = 2147483647;
constexpr double kLastPort = 65535;

std::optional<double> number_property(const Napi::Object& object, const char* name, double least, double most) {
  const Napi::Value value = object.Get(name);
  if (!value.IsEmpty() && value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number >= least && number <= most) return number;
  }
  throw_type_error(object.Env(), std::string(name) + " is not a number in range");
  return std::nullopt;
}

std::optional<Duration> duration_property(const Napi::Object& object, const char* name) {
  const std::optional<double> ms = number_property(object, name, 1, kLongestMs);
  if (!ms) return std::nullopt;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(*ms));
}

std::optional<ProbeTarget> accept(Napi::Env env, ConnInfoResult result) {
  if (auto* info = std::get_if<ConnInfo>(&result)) return ProbeTarget(std::move(*info));
  Napi::Error::New(env, std::get<ConnInfoError>(result).message).ThrowAsJavaScriptException();
  return std::nullopt;
}

// { [name]: text }; `what` for the error where it holds anything else.
std::optional<std::vector<Parameter>> read_texts(const Napi::Object& object, const char* what) {
  std::vector<Parameter> parameters;
  const Napi::Array names = object.GetPropertyNames();
  for (std::uint32_t i = 0; !object.Env().IsExceptionPending() && i < names.Length(); ++i) {
    const Napi::Value name = names.Get(i);
    const Napi::Value value = object.Get(name);
    if (object.Env().IsExceptionPending()) break;
    if (!value.IsString()) {
      throw_type_error(object.Env(), std::string(what) + " holds something else than strings");
      return std::nullopt;
    }
    parameters.emplace_back(name.As<Napi::String>().Utf8Value(), value.As<Napi::String>().Utf8Value());
  }
  if (object.Env().IsExceptionPending()) return std::nullopt;
  return parameters;
}

std::string text_property(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return !value.IsEmpty() && value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string{};
}

// { driver: number, ssl?: { [name]: text }, environmentMode?, trustsAll?, authorities? }, or nothing for libpq's ways.
std::optional<DriverSettings> read_driver(const Napi::Object& options) {
  DriverSettings settings;
  const Napi::Value given = options.Get("driver");
  if (given.IsEmpty() || !given.IsObject()) return settings;
  const auto driver = given.As<Napi::Object>();
  const std::optional<double> kind =
      number_property(driver, "driver", 0, static_cast<double>(static_cast<int>(Driver::kUnknown)));
  if (!kind) return std::nullopt;
  settings.driver = static_cast<Driver>(static_cast<int>(*kind));
  const Napi::Value ssl = driver.Get("ssl");
  if (!ssl.IsEmpty() && ssl.IsObject()) {
    std::optional<std::vector<Parameter>> texts = read_texts(ssl.As<Napi::Object>(), "ssl");
    if (!texts) return std::nullopt;
    settings.ssl = *std::move(texts);
  }
  settings.environment_mode = text_property(driver, "environmentMode");
  const Napi::Value trusts_all = driver.Get("trustsAll");
  settings.trusts_all = !trusts_all.IsEmpty() && trusts_all.ToBoolean();
  settings.authorities = text_property(driver, "authorities");
  return settings;
}

std::optional<ProbeTarget> read_tcp(const Napi::Object& object) {
  TcpTarget target;
  const Napi::Value host = object.Get("host");
  if (host.IsEmpty() || !host.IsString()) {
    throw_type_error(object.Env(), "tcp.host is not a string");
    return std::nullopt;
  }
  target.host.host = host.As<Napi::String>().Utf8Value();
  if (target.host.host.empty() || target.host.host.find('\0') != std::string::npos) {
    throw_type_error(object.Env(), "tcp.host names no host");
    return std::nullopt;
  }
  const std::optional<double> port = number_property(object, "port", 1, kLastPort);
  if (!port) return std::nullopt;
  target.host.port = static_cast<std::uint16_t>(*port);
  const Napi::Value awaits = object.Get("awaitsGreeting");
  target.awaits_greeting = !awaits.IsEmpty() && awaits.ToBoolean();
  return target;
}

std::optional<ProbeTarget> read_target(const Napi::Object& options) {
  const std::optional<DriverSettings> settings = read_driver(options);
  if (!settings) return std::nullopt;
  const Napi::Value url = options.Get("url");
  if (!url.IsEmpty() && url.IsString()) {
    return accept(options.Env(), parse_conninfo(url.As<Napi::String>().Utf8Value(), *settings));
  }
  const Napi::Value parameters = options.Get("parameters");
  if (!parameters.IsEmpty() && parameters.IsObject()) {
    const std::optional<std::vector<Parameter>> texts = read_texts(parameters.As<Napi::Object>(), "parameters");
    if (!texts) return std::nullopt;
    return accept(options.Env(), conninfo_from(*texts, *settings));
  }
  const Napi::Value tcp = options.Get("tcp");
  if (!tcp.IsEmpty() && tcp.IsObject()) return read_tcp(tcp.As<Napi::Object>());
  throw_type_error(options.Env(), "the probe needs url, parameters or tcp");
  return std::nullopt;
}

}  // namespace

std::optional<bool> read_needs_authorities(const Napi::Value& value) {
  if (!value.IsObject()) {
    throw_type_error(value.Env(), "the probe's options are not an object");
    return std::nullopt;
  }
  const auto options = value.As<Napi::Object>();
  const std::optional<DriverSettings> settings = read_driver(options);
  if (!settings) return std::nullopt;
  const Napi::Value parameters = options.Get("parameters");
  if (parameters.IsEmpty() || !parameters.IsObject()) {
    return conninfo_needs_authorities(text_property(options, "url"), *settings);
  }
  const std::optional<std::vector<Parameter>> texts = read_texts(parameters.As<Napi::Object>(), "parameters");
  if (!texts) return std::nullopt;
  return needs_authorities(*texts, *settings);
}

std::optional<ProbeOptions> read_probe_options(const Napi::Value& value) {
  const Napi::Env env = value.Env();
  if (!value.IsObject()) {
    throw_type_error(env, "the probe's options are not an object");
    return std::nullopt;
  }
  const auto options = value.As<Napi::Object>();
  std::optional<ProbeTarget> target = read_target(options);
  if (!target) return std::nullopt;
  const std::optional<Duration> interval = duration_property(options, "intervalMs");
  const std::optional<Duration> down_interval = interval ? duration_property(options, "downIntervalMs") : std::nullopt;
  const std::optional<Duration> timeout = down_interval ? duration_property(options, "timeoutMs") : std::nullopt;
  const std::optional<double> seed = timeout ? number_property(options, "seed", 0, 9007199254740991.0) : std::nullopt;
  if (!seed) return std::nullopt;
  const Napi::Value sentinel = options.Get("sentinel");
  const Napi::Value monitor = options.Get("monitor");
  if (env.IsExceptionPending()) return std::nullopt;

  ProbeOptions result;
  result.target = *std::move(target);
  result.subscription.timing = {*interval, *down_interval, *timeout};
  result.subscription.sentinel = sentinel.ToBoolean();
  result.subscription.monitor = LoopMonitorWrap::monitor_of(monitor);
  result.seed = static_cast<std::uint64_t>(*seed);
  return result;
}

}  // namespace resilience
