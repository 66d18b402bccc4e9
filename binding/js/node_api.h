// Node-API as the binding uses it, and the only includer of napi.h: version 8.
//
// Handles are node-addon-api's (Env, Value; wakeup.h has ThreadSafeFunction). Calls that may go unanswered are made
// through the C functions: where one fails, node-addon-api makes an Error of it, and where the environment cannot say
// why either, it ends the process (Napi::Error::New calls Napi::Error::Fatal), with NODE_ADDON_API_ENABLE_MAYBE too.
//
// Nearly every call may go unanswered: a getter of the user's throws, or the environment is on its way down (a worker
// that is being terminated), and then nothing is pending and every further call goes unanswered as well. So every
// answer here is a Maybe or a Done, which the compiler does not let anybody drop. Nothing means: return nothing as
// well. No call here ends the process.
//
// Owner of all of it: the environment's thread, within a callback of Node's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <napi.h>

namespace resilience::js {

template <typename T>
class [[nodiscard]] Maybe : public std::optional<T> {
 public:
  using std::optional<T>::optional;
};

// Whether it was done.
class [[nodiscard]] Done {
 public:
  constexpr explicit Done(bool done) noexcept : done_(done) {}
  constexpr explicit operator bool() const noexcept { return done_; }

 private:
  bool done_;
};

using Env = Napi::Env;

// A value of JavaScript's, alive as long as the callback it was met in.
class Value {
 public:
  Value(Env env, napi_value raw) noexcept : handle_(env, raw) {}

  [[nodiscard]] Env env() const noexcept { return handle_.Env(); }
  [[nodiscard]] napi_value raw() const noexcept { return handle_; }

  // napi_undefined where nobody answers.
  [[nodiscard]] napi_valuetype type() const noexcept;
  [[nodiscard]] bool is_array() const noexcept;
  [[nodiscard]] bool is_undefined() const noexcept { return type() == napi_undefined; }
  [[nodiscard]] bool is_function() const noexcept { return type() == napi_function; }

  // Nothing where it is of another type. These run no code of anybody's.
  [[nodiscard]] Maybe<bool> as_boolean() const noexcept;
  [[nodiscard]] Maybe<double> as_number() const noexcept;
  [[nodiscard]] Maybe<std::string> as_text() const;
  [[nodiscard]] Maybe<std::uint32_t> length() const noexcept;

  // These may run a getter, a proxy's trap or a function.
  [[nodiscard]] Maybe<Value> get(const char* name) const noexcept;
  [[nodiscard]] Maybe<Value> get(Value name) const noexcept;
  [[nodiscard]] Maybe<Value> get(std::uint32_t index) const noexcept;
  [[nodiscard]] Maybe<Value> own_names() const noexcept;  // an array: those that Object.keys() gives
  [[nodiscard]] Maybe<Value> call(std::span<const Value> arguments) const;
  [[nodiscard]] Maybe<Value> construct(std::span<const Value> arguments) const;

  Done set(const char* name, Value value) const noexcept;
  Done set(std::uint32_t index, Value value) const noexcept;
  // An own property, whatever its name: "__proto__" too.
  Done define(Value name, Value value) const noexcept;

 private:
  // A member and no base: what it can do by itself may end the process.
  Napi::Value handle_;
};

Maybe<Value> undefined(Env env) noexcept;
Maybe<Value> null(Env env) noexcept;
Maybe<Value> boolean(Env env, bool value) noexcept;
Maybe<Value> number(Env env, double value) noexcept;
Maybe<Value> text(Env env, std::string_view value) noexcept;
Maybe<Value> object(Env env) noexcept;
Maybe<Value> array(Env env, std::size_t length) noexcept;

// A Float64Array of zeros.
Maybe<Value> float64_array(Env env, std::size_t length) noexcept;
// Its elements, as long as no code of JavaScript's runs: that may transfer the memory to another thread, or let it go.
// Null where it has been, and for whatever is no Float64Array of that length.
[[nodiscard]] double* float64_elements(Value array, std::size_t length) noexcept;

// A WebAssembly module has a copy of an array's elements in its own memory: these bring it up to date from JavaScript,
// and JavaScript from it. Elsewhere there is one memory, and nothing to do.
void pull_elements(Value array) noexcept;
void push_elements(Value array) noexcept;

// An exception that is pending already, a user's getter's for instance, is kept. An environment on its way down takes
// none, and has nobody left to be told.
void throw_error(Env env, const std::string& message) noexcept;
void throw_type_error(Env env, const std::string& message) noexcept;
void throw_range_error(Env env, const std::string& message) noexcept;
void throw_value(Value error) noexcept;
// For what is thrown where no code of the user's is beneath us: process.on('uncaughtException') sees it.
void report_pending_exception(Env env) noexcept;

// What a callback was called with. Arguments that were not given are undefined.
class Call {
 public:
  static constexpr std::size_t kMostArguments = 8;

  static Maybe<Call> of(Env env, napi_callback_info info) noexcept;

  [[nodiscard]] Env env() const noexcept { return env_; }
  [[nodiscard]] Value self() const noexcept { return {env_, self_}; }
  [[nodiscard]] bool constructs() const noexcept { return constructs_; }
  // REQUIRES: index < kMostArguments.
  [[nodiscard]] Value argument(std::size_t index) const noexcept { return {env_, arguments_[index]}; }

 private:
  Call() = default;

  Env env_ = nullptr;
  napi_value self_ = nullptr;
  bool constructs_ = false;
  napi_value arguments_[kMostArguments]{};
};

// Values made while it lives are let go with it: for loops over many.
class Scope {
 public:
  explicit Scope(Env env) noexcept;
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

 private:
  Env env_;
  napi_handle_scope scope_ = nullptr;
};

// Keeps a value alive beyond the callback. On the environment's thread.
class Kept {
 public:
  Kept() = default;
  explicit Kept(Value value) noexcept;
  Kept(Kept&& other) noexcept;
  Kept& operator=(Kept&& other) noexcept;
  ~Kept();

  [[nodiscard]] Maybe<Value> value() const noexcept;

 private:
  Env env_ = nullptr;
  napi_ref ref_ = nullptr;
};

// Calls `hook` with `data` when the environment ends, the latest added first. False: it is ending.
Done add_cleanup_hook(Env env, void (*hook)(void* data), void* data) noexcept;
void remove_cleanup_hook(Env env, void (*hook)(void* data), void* data) noexcept;

Maybe<Value> function(Env env, std::string_view name, napi_callback callback) noexcept;

struct Method {
  const char* name;
  napi_callback callback;
};
Maybe<Value> define_class(Env env, std::string_view name, napi_callback constructor, std::span<const Method> methods);

// Ties a native object to one of JavaScript's. `tag` tells its class: an object of another one is not taken for it.
// False: `native` is still the caller's.
Done wrap(Value object, const napi_type_tag& tag, void* native, napi_finalize finalize) noexcept;
// Null for every object that is not of that class, and for what is no object.
[[nodiscard]] void* unwrap(Value object, const napi_type_tag& tag) noexcept;

}  // namespace resilience::js
