#include "binding/config_reader.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "binding/arguments.h"
#include "core/config_keys.h"

namespace resilience {
namespace {

std::vector<std::string> missing_methods(const Napi::Object& object, std::span<const std::string_view> methods) {
  std::vector<std::string> missing;
  for (const std::string_view method : methods) {
    const Napi::Value value = object.Get(std::string{method});
    if (object.Env().IsExceptionPending()) return missing;
    if (!value.IsFunction()) missing.emplace_back(method);
  }
  return missing;
}

RawValue raw_object(const Napi::Object& object, std::string_view path) {
  const ConfigKey* const key = find_config_key(path);
  const HostField* const field = key == nullptr ? nullptr : std::get_if<HostField>(&key->field);
  if (field == nullptr || field->kind != HostKind::kObject)
    return object.IsFunction() ? RawValue{RawFunction{}} : RawValue{RawObject{}};
  std::vector<std::string> missing = missing_methods(object, field->methods);
  // A function may carry an object's methods; one that does not is a function, whatever else it is.
  if (object.IsFunction() && !missing.empty()) return RawFunction{};
  return RawObject{std::move(missing)};
}

RawValue raw_value(const Napi::Value& value, std::string_view path) {
  switch (value.Type()) {
    case napi_undefined:
    case napi_null: return {};
    case napi_boolean: return value.As<Napi::Boolean>().Value();
    case napi_number: return value.As<Napi::Number>().DoubleValue();
    case napi_string: return value.As<Napi::String>().Utf8Value();
    case napi_object:
      if (value.IsArray()) return RawArray{};
      return raw_object(value.As<Napi::Object>(), path);
    case napi_function: return raw_object(value.As<Napi::Object>(), path);
    case napi_symbol: return RawOther{"symbol"};
    case napi_bigint: return RawOther{"bigint"};
    case napi_external: return RawOther{"native value"};
  }
  return RawOther{"value of an unknown type"};
}

bool holds_keys(const Napi::Value& value) {
  return value.Type() == napi_object && !value.IsArray();
}

// False once an exception is pending. Recursion ends with the table of keys, however deep or circular the object is.
bool flatten(const Napi::Value& value, const std::string& path, std::vector<RawEntry>& entries) {
  const Napi::Env env = value.Env();
  if (!is_config_group(path) || !holds_keys(value)) {
    entries.push_back({path, raw_value(value, path)});
    return !env.IsExceptionPending();
  }
  napi_value names = nullptr;
  const napi_status status = napi_get_all_property_names(
      env, value, napi_key_own_only, static_cast<napi_key_filter>(napi_key_enumerable | napi_key_skip_symbols),
      napi_key_numbers_to_strings, &names);
  if (status != napi_ok) return false;
  const Napi::Array keys(env, names);
  for (std::uint32_t i = 0; i < keys.Length(); ++i) {
    const Napi::Value key = keys.Get(i);
    const Napi::Value child = value.As<Napi::Object>().Get(key);
    if (env.IsExceptionPending()) return false;
    std::string child_path = path;
    if (!path.empty()) child_path += '.';
    child_path += key.As<Napi::String>().Utf8Value();
    if (!flatten(child, child_path, entries)) return false;
  }
  return true;
}

Napi::Value value_to_js(Napi::Env env, const ConfigValue& value) {
  struct ToJs {
    Napi::Env env;
    Napi::Value operator()(std::monostate) const { return env.Undefined(); }
    Napi::Value operator()(bool held) const { return Napi::Boolean::New(env, held); }
    Napi::Value operator()(double held) const { return Napi::Number::New(env, held); }
    Napi::Value operator()(std::string_view held) const { return Napi::String::New(env, held.data(), held.size()); }
  };
  return std::visit(ToJs{env}, value);
}

}  // namespace

std::optional<ConfigResult> read_config(Napi::Value value) {
  std::vector<RawEntry> entries;
  if (!flatten(value, {}, entries)) return std::nullopt;
  return validate_config(entries);
}

void throw_config_error(Napi::Env env, const Napi::Function& config_error, std::span<const ConfigProblem> problems) {
  const Napi::Array messages = Napi::Array::New(env, problems.size());
  for (std::uint32_t i = 0; i < problems.size(); ++i) messages.Set(i, problems[i].message);
  const Napi::Object error = config_error.New({messages});
  if (!env.IsExceptionPending()) napi_throw(env, error);
}

std::optional<Config> config_argument(const Napi::CallbackInfo& info) {
  if (!info[1].IsFunction()) {
    throw_type_error(info.Env(), "ConfigError must be a class");
    return std::nullopt;
  }
  const std::optional<ConfigResult> result = read_config(info[0]);
  if (!result) return std::nullopt;
  if (const Config* const config = std::get_if<Config>(&*result)) return *config;
  throw_config_error(info.Env(), info[1].As<Napi::Function>(), std::get<std::vector<ConfigProblem>>(*result));
  return std::nullopt;
}

Napi::Object to_js(Napi::Env env, const Config& config) {
  const Napi::Object root = Napi::Object::New(env);
  for (const ConfigKey& key : config_keys()) {
    if (std::holds_alternative<HostField>(key.field)) continue;
    Napi::Object group = root;
    std::string_view rest = key.path;
    for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      const std::string name{rest.substr(0, dot)};
      if (!group.Has(name)) group.Set(name, Napi::Object::New(env));
      group = group.Get(name).As<Napi::Object>();
      rest.remove_prefix(dot + 1);
    }
    group.Set(std::string{rest}, value_to_js(env, value_of(key, config)));
  }
  const Napi::Object bulkheads = root.Get("bulkheads").As<Napi::Object>();
  bulkheads.Get("read").As<Napi::Object>().Set("configured", config.bulkheads.read.configured);
  bulkheads.Get("write").As<Napi::Object>().Set("configured", config.bulkheads.write.configured);
  bulkheads.Get("reporting").As<Napi::Object>().Set("configured", config.bulkheads.reporting.configured);
  return root;
}

Napi::Array config_keys_to_js(Napi::Env env) {
  const Napi::Array rows = Napi::Array::New(env);
  for (const ConfigKey& key : config_keys()) {
    const Napi::Object row = Napi::Object::New(env);
    row.Set("path", std::string{key.path});
    row.Set("default", default_text(key));
    row.Set("accepted", accepted_values(key));
    row.Set("meaning", std::string{key.meaning});
    rows.Set(rows.Length(), row);
  }
  return rows;
}

}  // namespace resilience
