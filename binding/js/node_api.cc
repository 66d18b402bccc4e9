#include "binding/js/node_api.h"

#if defined(__wasm__)
#include <emnapi.h>
#endif

#include <utility>

namespace resilience::js {
namespace {

Maybe<Value> answer(Env env, napi_status status, napi_value value) noexcept {
  if (status != napi_ok || value == nullptr) return {};
  return Value{env, value};
}

std::vector<napi_value> raw_values(std::span<const Value> values) {
  std::vector<napi_value> all;
  all.reserve(values.size());
  for (const Value& value : values) all.push_back(value.raw());
  return all;
}

}  // namespace

napi_valuetype Value::type() const noexcept {
  napi_valuetype type = napi_undefined;
  return napi_typeof(env(), raw(), &type) == napi_ok ? type : napi_undefined;
}

bool Value::is_array() const noexcept {
  bool is = false;
  return napi_is_array(env(), raw(), &is) == napi_ok && is;
}

Maybe<bool> Value::as_boolean() const noexcept {
  bool value = false;
  if (napi_get_value_bool(env(), raw(), &value) != napi_ok) return {};
  return value;
}

Maybe<double> Value::as_number() const noexcept {
  double value = 0;
  if (napi_get_value_double(env(), raw(), &value) != napi_ok) return {};
  return value;
}

Maybe<std::string> Value::as_text() const {
  std::size_t length = 0;
  if (napi_get_value_string_utf8(env(), raw(), nullptr, 0, &length) != napi_ok) return {};
  std::string text(length, '\0');
  // Node writes a final NUL; a std::string has room for it.
  if (napi_get_value_string_utf8(env(), raw(), text.data(), length + 1, &length) != napi_ok) return {};
  text.resize(length);
  return text;
}

Maybe<std::uint32_t> Value::length() const noexcept {
  std::uint32_t length = 0;
  if (napi_get_array_length(env(), raw(), &length) != napi_ok) return {};
  return length;
}

Maybe<Value> Value::get(const char* name) const noexcept {
  napi_value value = nullptr;
  const napi_status status = napi_get_named_property(env(), raw(), name, &value);
  return answer(env(), status, value);
}

Maybe<Value> Value::get(Value name) const noexcept {
  napi_value value = nullptr;
  const napi_status status = napi_get_property(env(), raw(), name.raw(), &value);
  return answer(env(), status, value);
}

Maybe<Value> Value::get(std::uint32_t index) const noexcept {
  napi_value value = nullptr;
  const napi_status status = napi_get_element(env(), raw(), index, &value);
  return answer(env(), status, value);
}

Maybe<Value> Value::own_names() const noexcept {
  napi_value names = nullptr;
  const auto filter = static_cast<napi_key_filter>(napi_key_enumerable | napi_key_skip_symbols);
  const napi_status status =
      napi_get_all_property_names(env(), raw(), napi_key_own_only, filter, napi_key_numbers_to_strings, &names);
  return answer(env(), status, names);
}

Maybe<Value> Value::call(std::span<const Value> arguments) const {
  const auto self = undefined(env());
  if (!self) return {};
  const std::vector<napi_value> given = raw_values(arguments);
  napi_value value = nullptr;
  const napi_status status = napi_call_function(env(), self->raw(), raw(), given.size(), given.data(), &value);
  return answer(env(), status, value);
}

Maybe<Value> Value::construct(std::span<const Value> arguments) const {
  const std::vector<napi_value> given = raw_values(arguments);
  napi_value value = nullptr;
  const napi_status status = napi_new_instance(env(), raw(), given.size(), given.data(), &value);
  return answer(env(), status, value);
}

Done Value::set(const char* name, Value value) const noexcept {
  return Done{napi_set_named_property(env(), raw(), name, value.raw()) == napi_ok};
}

Done Value::set(std::uint32_t index, Value value) const noexcept {
  return Done{napi_set_element(env(), raw(), index, value.raw()) == napi_ok};
}

Done Value::define(Value name, Value value) const noexcept {
  const napi_property_descriptor property{
      nullptr, name.raw(), nullptr, nullptr, nullptr, value.raw(), napi_default_jsproperty, nullptr};
  return Done{napi_define_properties(env(), raw(), 1, &property) == napi_ok};
}

Maybe<Value> undefined(Env env) noexcept {
  napi_value value = nullptr;
  const napi_status status = napi_get_undefined(env, &value);
  return answer(env, status, value);
}

Maybe<Value> null(Env env) noexcept {
  napi_value value = nullptr;
  const napi_status status = napi_get_null(env, &value);
  return answer(env, status, value);
}

Maybe<Value> boolean(Env env, bool held) noexcept {
  napi_value value = nullptr;
  const napi_status status = napi_get_boolean(env, held, &value);
  return answer(env, status, value);
}

Maybe<Value> number(Env env, double held) noexcept {
  napi_value value = nullptr;
  const napi_status status = napi_create_double(env, held, &value);
  return answer(env, status, value);
}

Maybe<Value> text(Env env, std::string_view held) noexcept {
  napi_value value = nullptr;
  const napi_status status = napi_create_string_utf8(env, held.data(), held.size(), &value);
  return answer(env, status, value);
}

Maybe<Value> object(Env env) noexcept {
  napi_value value = nullptr;
  const napi_status status = napi_create_object(env, &value);
  return answer(env, status, value);
}

Maybe<Value> array(Env env, std::size_t length) noexcept {
  napi_value value = nullptr;
  const napi_status status = napi_create_array_with_length(env, length, &value);
  return answer(env, status, value);
}

Maybe<Value> float64_array(Env env, std::size_t length) noexcept {
  napi_value buffer = nullptr;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, length * sizeof(double), &data, &buffer) != napi_ok || data == nullptr) return {};
  napi_value array = nullptr;
  const napi_status status = napi_create_typedarray(env, napi_float64_array, length, buffer, 0, &array);
  return answer(env, status, array);
}

double* float64_elements(Value array, std::size_t length) noexcept {
  napi_typedarray_type type{};
  std::size_t found = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(array.env(), array.raw(), &type, &found, &data, nullptr, nullptr) != napi_ok) {
    return nullptr;
  }
  return type == napi_float64_array && found == length ? static_cast<double*>(data) : nullptr;
}

#if defined(__wasm__)
void pull_elements(Value array) noexcept {
  napi_value value = array.raw();
  static_cast<void>(emnapi_sync_memory(array.env(), true, &value, 0, NAPI_AUTO_LENGTH));
}
void push_elements(Value array) noexcept {
  napi_value value = array.raw();
  static_cast<void>(emnapi_sync_memory(array.env(), false, &value, 0, NAPI_AUTO_LENGTH));
}
#else
void pull_elements(Value) noexcept {}
void push_elements(Value) noexcept {}
#endif

void throw_error(Env env, const std::string& message) noexcept {
  static_cast<void>(napi_throw_error(env, nullptr, message.c_str()));
}

void throw_type_error(Env env, const std::string& message) noexcept {
  static_cast<void>(napi_throw_type_error(env, nullptr, message.c_str()));
}

void throw_range_error(Env env, const std::string& message) noexcept {
  static_cast<void>(napi_throw_range_error(env, nullptr, message.c_str()));
}

void throw_value(Value error) noexcept {
  static_cast<void>(napi_throw(error.env(), error.raw()));
}

void report_pending_exception(Env env) noexcept {
  bool pending = false;
  napi_value error = nullptr;
  if (napi_is_exception_pending(env, &pending) != napi_ok || !pending) return;
  if (napi_get_and_clear_last_exception(env, &error) != napi_ok) return;
  static_cast<void>(napi_fatal_exception(env, error));
}

Maybe<Call> Call::of(Env env, napi_callback_info info) noexcept {
  Call call;
  call.env_ = env;
  std::size_t count = kMostArguments;
  if (napi_get_cb_info(env, info, &count, call.arguments_, &call.self_, nullptr) != napi_ok) return {};
  napi_value target = nullptr;
  if (napi_get_new_target(env, info, &target) != napi_ok) return {};
  call.constructs_ = target != nullptr;
  return call;
}

Scope::Scope(Env env) noexcept : env_(env) {
  if (napi_open_handle_scope(env_, &scope_) != napi_ok) scope_ = nullptr;
}

Scope::~Scope() {
  if (scope_ != nullptr) static_cast<void>(napi_close_handle_scope(env_, scope_));
}

Kept::Kept(Value value) noexcept : env_(value.env()) {
  if (napi_create_reference(env_, value.raw(), 1, &ref_) != napi_ok) ref_ = nullptr;
}

Kept::Kept(Kept&& other) noexcept : env_(other.env_), ref_(std::exchange(other.ref_, nullptr)) {}

Kept& Kept::operator=(Kept&& other) noexcept {
  std::swap(env_, other.env_);
  std::swap(ref_, other.ref_);
  return *this;
}

Kept::~Kept() {
  if (ref_ != nullptr) static_cast<void>(napi_delete_reference(env_, ref_));
}

Maybe<Value> Kept::value() const noexcept {
  if (ref_ == nullptr) return {};
  napi_value value = nullptr;
  const napi_status status = napi_get_reference_value(env_, ref_, &value);
  return answer(env_, status, value);
}

Done add_cleanup_hook(Env env, void (*hook)(void*), void* data) noexcept {
  return Done{napi_add_env_cleanup_hook(env, hook, data) == napi_ok};
}

void remove_cleanup_hook(Env env, void (*hook)(void*), void* data) noexcept {
  static_cast<void>(napi_remove_env_cleanup_hook(env, hook, data));
}

Maybe<Value> function(Env env, std::string_view name, napi_callback callback) noexcept {
  napi_value value = nullptr;
  const napi_status status = napi_create_function(env, name.data(), name.size(), callback, nullptr, &value);
  return answer(env, status, value);
}

Maybe<Value> define_class(Env env, std::string_view name, napi_callback constructor, std::span<const Method> methods) {
  std::vector<napi_property_descriptor> properties;
  properties.reserve(methods.size());
  for (const Method& method : methods) {
    properties.push_back(
        {method.name, nullptr, method.callback, nullptr, nullptr, nullptr, napi_default_method, nullptr});
  }
  napi_value value = nullptr;
  const napi_status status = napi_define_class(env, name.data(), name.size(), constructor, nullptr, properties.size(),
                                               properties.data(), &value);
  return answer(env, status, value);
}

Done wrap(Value object, const napi_type_tag& tag, void* native, napi_finalize finalize) noexcept {
  // In this order: an object that bears the tag always holds something.
  if (napi_wrap(object.env(), object.raw(), native, finalize, nullptr, nullptr) != napi_ok) return Done{false};
  if (napi_type_tag_object(object.env(), object.raw(), &tag) == napi_ok) return Done{true};
  void* taken = nullptr;
  return Done{napi_remove_wrap(object.env(), object.raw(), &taken) != napi_ok};
}

void* unwrap(Value object, const napi_type_tag& tag) noexcept {
  // Node would throw an error of its own for undefined.
  if (object.type() != napi_object) return nullptr;
  bool tagged = false;
  void* native = nullptr;
  if (napi_check_object_type_tag(object.env(), object.raw(), &tag, &tagged) != napi_ok || !tagged) return nullptr;
  return napi_unwrap(object.env(), object.raw(), &native) == napi_ok ? native : nullptr;
}

}  // namespace resilience::js
