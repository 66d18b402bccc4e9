#include "binding/config_wrap.h"

#include <utility>
#include <variant>

#include "core/config_keys.h"
#include "core/config_validation.h"

namespace resilience {
namespace {

js::Maybe<std::vector<std::string>> missing_methods(js::Value object, std::span<const std::string_view> methods) {
  std::vector<std::string> missing;
  for (const std::string_view method : methods) {
    std::string name{method};
    const auto value = object.get(name.c_str());
    if (!value) return {};
    if (!value->is_function()) missing.push_back(std::move(name));
  }
  return missing;
}

js::Maybe<RawValue> raw_object(js::Value object, std::string_view path) {
  const ConfigKey* const key = find_config_key(path);
  const HostField* const field = key == nullptr ? nullptr : std::get_if<HostField>(&key->field);
  if (field == nullptr || field->kind != HostKind::kObject) {
    return object.is_function() ? RawValue{RawFunction{}} : RawValue{RawObject{}};
  }
  auto missing = missing_methods(object, field->methods);
  if (!missing) return {};
  // A function may carry an object's methods; one that does not is a function, whatever else it is.
  if (object.is_function() && !missing->empty()) return RawValue{RawFunction{}};
  return RawValue{RawObject{std::move(*missing)}};
}

// Only of what a getter of the user's may have to answer for is it unknown whether it can be read.
template <typename T>
js::Maybe<RawValue> plain(js::Maybe<T> value) {
  if (!value) return {};
  return RawValue{std::move(*value)};
}

js::Maybe<RawValue> raw_value(js::Value value, std::string_view path) {
  switch (value.type()) {
    case napi_undefined:
    case napi_null: return RawValue{};
    case napi_boolean: return plain(value.as_boolean());
    case napi_number: return plain(value.as_number());
    case napi_string: return plain(value.as_text());
    case napi_object:
      if (value.is_array()) return RawValue{RawArray{}};
      return raw_object(value, path);
    case napi_function: return raw_object(value, path);
    case napi_symbol: return RawValue{RawOther{"symbol"}};
    case napi_bigint: return RawValue{RawOther{"bigint"}};
    case napi_external: return RawValue{RawOther{"native value"}};
  }
  return RawValue{RawOther{"value of an unknown type"}};
}

bool holds_keys(js::Value value) {
  return value.type() == napi_object && !value.is_array();
}

// Lists what `value` holds and answers with a copy of it: of the groups of keys, not of the values. Recursion ends with
// the table of keys, however deep or circular the object is.
js::Maybe<js::Value> flatten(js::Value value, const std::string& path, std::vector<RawEntry>& entries) {
  if (!is_config_group(path) || !holds_keys(value)) {
    auto raw = raw_value(value, path);
    if (!raw) return {};
    entries.push_back({path, std::move(*raw)});
    return value;
  }
  const auto copy = js::object(value.env());
  const auto names = value.own_names();
  const auto count = names ? names->length() : js::Maybe<std::uint32_t>{};
  if (!copy || !count) return {};
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto name = names->get(i);
    const auto child = name ? value.get(*name) : js::Maybe<js::Value>{};
    if (!child) return {};
    const auto text = name->as_text();
    if (!text) return {};
    std::string child_path = path;
    if (!path.empty()) child_path += '.';
    child_path += *text;
    const auto copied = flatten(*child, child_path, entries);
    if (!copied || !copy->define(*name, *copied)) return {};
  }
  return copy;
}

// Throws `new config_error(messages)`.
void throw_config_error(js::Env env, const ConfigErrorClass& config_error, std::span<const ConfigProblem> problems) {
  std::vector<std::string> messages;
  for (const ConfigProblem& problem : problems) messages.push_back(problem.message);
  const auto list = seam::Codec<std::vector<std::string>>::write(env, messages);
  if (!list) return;
  if (const auto error = config_error.value.construct({&*list, 1})) js::throw_value(*error);
}

// Everything that is in effect and that the core holds.
std::vector<const ConfigKey*> effective_keys() {
  std::vector<const ConfigKey*> keys;
  for (const ConfigKey& key : config_keys()) {
    if (!std::holds_alternative<HostField>(key.field)) keys.push_back(&key);
  }
  for (const ConfigKey& key : derived_config_keys()) keys.push_back(&key);
  return keys;
}

struct EffectiveType {
  seam::TypeSchema operator()(const BooleanField&) const { return seam::type_of(seam::TypeKind::kBoolean); }
  seam::TypeSchema operator()(const IntegerField&) const { return seam::type_of(seam::TypeKind::kNumber); }
  seam::TypeSchema operator()(const NumberField&) const { return seam::type_of(seam::TypeKind::kNumber); }
  seam::TypeSchema operator()(const DurationField&) const { return seam::type_of(seam::TypeKind::kTime); }
  seam::TypeSchema operator()(const OptionalDurationField&) const { return seam::type_of(seam::TypeKind::kTime); }
  seam::TypeSchema operator()(const ChoiceField& field) const {
    std::string names;
    for (const std::string_view name : field.names) {
      if (!names.empty()) names += " | ";
      names.append("'").append(name).append("'");
    }
    return seam::type_of(seam::TypeKind::kTypeScript, std::move(names));
  }
  seam::TypeSchema operator()(const HostField&) const { return {}; }  // the host keeps it
};

js::Maybe<js::Value> value_to_js(js::Env env, const ConfigValue& value) {
  struct ToJs {
    js::Env env;
    js::Maybe<js::Value> operator()(std::monostate) const { return js::undefined(env); }
    js::Maybe<js::Value> operator()(bool held) const { return js::boolean(env, held); }
    js::Maybe<js::Value> operator()(double held) const { return js::number(env, held); }
    js::Maybe<js::Value> operator()(std::string_view held) const { return js::text(env, held); }
  };
  return std::visit(ToJs{env}, value);
}

// The group called `name`, made where there is none yet.
js::Maybe<js::Value> group_of(js::Value object, const std::string& name) {
  const auto there = object.get(name.c_str());
  if (!there || !there->is_undefined()) return there;
  const auto made = js::object(object.env());
  if (!made || !object.set(name.c_str(), *made)) return {};
  return made;
}

js::Done set_at(js::Value root, std::string_view path, js::Value value) {
  js::Maybe<js::Value> group = root;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    group = group_of(*group, std::string{path.substr(0, dot)});
    if (!group) return js::Done{false};
    path.remove_prefix(dot + 1);
  }
  return group->set(std::string{path}.c_str(), value);
}

}  // namespace

std::unique_ptr<ConfigWrap> ConfigWrap::create(js::Env env, GivenConfig given, ConfigErrorClass config_error) {
  std::vector<RawEntry> entries;
  const auto copy = flatten(given.value, {}, entries);
  if (!copy) return nullptr;
  const ConfigResult result = validate_config(entries);
  if (const Config* const config = std::get_if<Config>(&result)) {
    return std::unique_ptr<ConfigWrap>(new ConfigWrap(*config, config_notices(entries, *config), *copy));
  }
  throw_config_error(env, config_error, std::get<std::vector<ConfigProblem>>(result));
  return nullptr;
}

js::Maybe<GivenConfig> ConfigWrap::given() const noexcept {
  const auto value = given_.value();
  if (!value) return {};
  return GivenConfig{*value};
}

std::vector<ConfigKeyRow> binding::config_keys() {
  std::vector<ConfigKeyRow> rows;
  for (const ConfigKey& key : resilience::config_keys()) {
    rows.push_back({std::string{key.path}, default_text(key), accepted_values(key), std::string{key.meaning}});
  }
  return rows;
}

std::vector<seam::FieldSchema> binding::effective_config() {
  std::vector<seam::FieldSchema> fields;
  for (const ConfigKey* const key : effective_keys()) {
    const bool may_be_absent = std::holds_alternative<OptionalDurationField>(key->field);
    fields.push_back({std::string{key->path}, std::visit(EffectiveType{}, key->field),
                      may_be_absent ? seam::Need::kOptional : seam::Need::kRequired});
  }
  return fields;
}

namespace seam {

js::Maybe<ConfigErrorClass> Codec<ConfigErrorClass>::read(Reader& reader, js::Value value) {
  if (value.is_function()) return ConfigErrorClass{value};
  reader.refuse("a class", value);
  return {};
}

js::Maybe<js::Value> Codec<EffectiveConfig>::write(js::Env env, const EffectiveConfig& effective) {
  const auto root = js::object(env);
  if (!root) return {};
  for (const ConfigKey* const key : effective_keys()) {
    const auto value = value_to_js(env, value_of(*key, effective.config));
    if (!value || !set_at(*root, key->path, *value)) return {};
  }
  return root;
}

}  // namespace seam
}  // namespace resilience
