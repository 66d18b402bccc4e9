// Functions and classes of C++ for JavaScript: what they are called, what they take and what they answer follows from
// their C++ declaration; only the parameters' names are added.
//
//   constexpr auto kFunctions = std::tuple{callable<&sql_kind_of, "sql", "provider">, …};
//
//   template <> struct ClassOf<CircuitBreaker> {
//     static constexpr const char* kName = "NativeCircuitBreaker";
//     static constexpr napi_type_tag kTag = {…};          // random, its own
//     static constexpr auto kConstructor = callable<&make_breaker, "config">;
//     static constexpr auto kMethods = std::tuple{callable<&CircuitBreaker::try_acquire, "nowMs">, …};
//   };
//
// A js::Env or a Self among the parameters is no argument of JavaScript's. A std::optional may be left out. A reference
// to a class that has a ClassOf is an object of it. A Maybe as the result says that an exception may be pending.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "binding/js/node_api.h"
#include "binding/seam/codec.h"

namespace resilience::seam {

template <typename T>
struct ClassOf;

template <typename T>
concept IsClass = requires {
  ClassOf<T>::kMethods;
};

// The object of JavaScript that is being constructed or called.
struct Self {
  js::Value value;
};

template <std::size_t kSize>
struct Text {
  char data[kSize]{};
  constexpr Text(const char (&text)[kSize]) {  // NOLINT(google-explicit-constructor): for literals
    for (std::size_t i = 0; i < kSize; ++i) data[i] = text[i];
  }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {data, kSize - 1}; }
};

namespace detail {

template <typename Function>
struct Signature;
template <typename R, typename... Ps>
struct Signature<R (*)(Ps...)> {
  using Result = R;
  using Parameters = std::tuple<Ps...>;
};
template <typename R, typename... Ps>
struct Signature<R (*)(Ps...) noexcept> : Signature<R (*)(Ps...)> {};
template <typename R, typename C, typename... Ps>
struct Signature<R (C::*)(Ps...)> : Signature<R (*)(Ps...)> {};
template <typename R, typename C, typename... Ps>
struct Signature<R (C::*)(Ps...) noexcept> : Signature<R (*)(Ps...)> {};
template <typename R, typename C, typename... Ps>
struct Signature<R (C::*)(Ps...) const> : Signature<R (*)(Ps...)> {};
template <typename R, typename C, typename... Ps>
struct Signature<R (C::*)(Ps...) const noexcept> : Signature<R (*)(Ps...)> {};

template <typename T>
consteval bool is_complete() {
  if constexpr (std::is_void_v<T> || std::is_reference_v<T>)
    return true;
  else
    return requires {
      sizeof(T);
    };
}
template <typename R, typename... Ps>
consteval bool are_complete(std::tuple<Ps...>*) {
  return (is_complete<R>() && ... && is_complete<Ps>());
}

// Makes what a function takes and answers complete. Clang else declares it without parameters, and the linker for
// WebAssembly puts a trap in the place of the call.
template <typename Function>
inline constexpr bool kComplete =
    are_complete<typename Signature<Function>::Result>(static_cast<typename Signature<Function>::Parameters*>(nullptr));

}  // namespace detail

template <auto kPointer, Text... kNames>
struct Callable {
  static_assert(detail::kComplete<decltype(kPointer)>, "what a function takes and answers is declared in full");
  static constexpr auto kFunction = kPointer;
  static constexpr Name kName = camel_case(kSourceName<kPointer>);
  static constexpr std::array<std::string_view, sizeof...(kNames)> kParameters{kNames.view()...};
};
template <auto kFunction, Text... kParameters>
inline constexpr Callable<kFunction, kParameters...> callable{};

namespace detail {

// How one parameter is read.
template <typename Parameter, typename T = std::remove_cvref_t<Parameter>>
struct Argument {
  static constexpr bool kGiven = true;
  static constexpr Need kNeed = Need::kRequired;
  using Held = T;
  static void read(Reader& reader, js::Value value, std::optional<Held>& slot) {
    auto read = Codec<T>::read(reader, value);
    if (read) slot.emplace(std::move(*read));
  }
  static T&& give(T& held) { return std::move(held); }
  static TypeSchema describe(Described& schema) { return Codec<T>::describe(schema); }
  static constexpr bool kTimed = kIsTime<T>;
};

template <typename Parameter, typename T>
struct Argument<Parameter, std::optional<T>> {
  static constexpr bool kGiven = true;
  static constexpr Need kNeed = Need::kOptional;
  using Held = std::optional<T>;
  static void read(Reader& reader, js::Value value, std::optional<Held>& slot) {
    if (value.is_undefined()) {
      slot.emplace();
    } else if (auto read = Codec<T>::read(reader, value)) {
      slot.emplace(std::in_place, std::move(*read));
    }
  }
  static Held&& give(Held& held) { return std::move(held); }
  static TypeSchema describe(Described& schema) { return Codec<T>::describe(schema); }
  static constexpr bool kTimed = kIsTime<T>;
};

template <typename Parameter, IsClass T>
struct Argument<Parameter, T> {
  static constexpr bool kGiven = true;
  static constexpr Need kNeed = Need::kRequired;
  using Held = T*;
  static void read(Reader& reader, js::Value value, std::optional<Held>& slot) {
    if (auto* const held = static_cast<T*>(js::unwrap(value, ClassOf<T>::kTag))) {
      slot = held;
    } else {
      reader.refuse(std::string{"a "}.append(ClassOf<T>::kName), value);
    }
  }
  static T& give(T* held) { return *held; }
  static TypeSchema describe(Described&) { return type_of(TypeKind::kTypeScript, std::string{ClassOf<T>::kName}); }
  static constexpr bool kTimed = false;
};

template <typename Parameter>
struct Argument<Parameter, js::Env> {
  static constexpr bool kGiven = false;
};
template <typename Parameter>
struct Argument<Parameter, Self> {
  static constexpr bool kGiven = false;
};

template <typename C>
struct CallableTraits {
  using Function = std::remove_cvref_t<decltype(C::kFunction)>;
  using Result = typename Signature<Function>::Result;
  using Parameters = typename Signature<Function>::Parameters;
  static constexpr std::size_t kParameters = std::tuple_size_v<Parameters>;

  // Which argument of JavaScript's parameter number `index` is.
  template <std::size_t kIndex>
  static constexpr std::size_t argument_of() {
    return []<std::size_t... kBefore>(std::index_sequence<kBefore...>) {
      return (std::size_t{0} + ... + (Argument<std::tuple_element_t<kBefore, Parameters>>::kGiven ? 1 : 0));
    }
    (std::make_index_sequence<kIndex>{});
  }
  static constexpr std::size_t kArguments = argument_of<kParameters>();
  static_assert(kArguments == C::kParameters.size(), "each argument has its name");
  static_assert(kArguments <= js::Call::kMostArguments);
};

template <typename Parameter, typename = void>
struct HeldOf {
  using Type = std::remove_cvref_t<Parameter>;  // an Env, a Self
};
template <typename Parameter>
struct HeldOf<Parameter, std::enable_if_t<Argument<Parameter>::kGiven>> {
  using Type = typename Argument<Parameter>::Held;
};

template <typename C, std::size_t kIndex, typename Slot>
bool read_parameter(Reader& reader, const js::Call& call, Slot& slot) {
  using Traits = CallableTraits<C>;
  using Parameter = std::tuple_element_t<kIndex, typename Traits::Parameters>;
  if constexpr (std::is_same_v<std::remove_cvref_t<Parameter>, js::Env>) {
    slot = call.env();
  } else if constexpr (std::is_same_v<std::remove_cvref_t<Parameter>, Self>) {
    slot = Self{call.self()};
  } else {
    constexpr std::size_t kArgument = Traits::template argument_of<kIndex>();
    static_assert(!Argument<Parameter>::kTimed || C::kParameters[kArgument].ends_with("Ms"),
                  "a time says in its name that it is in milliseconds");
    const Reader::At at(reader, "", C::kParameters[kArgument]);
    Argument<Parameter>::read(reader, call.argument(kArgument), slot);
  }
  return slot.has_value();
}

template <typename Parameter, typename Held>
decltype(auto) give(Held& held) {
  if constexpr (std::is_same_v<std::remove_cvref_t<Parameter>, js::Env> ||
                std::is_same_v<std::remove_cvref_t<Parameter>, Self>) {
    return held;
  } else {
    return Argument<Parameter>::give(held);
  }
}

// Reads the arguments and calls `invoke` with them. Nothing where one is refused.
template <typename C, typename Invoke>
auto with_arguments(Reader& reader, const js::Call& call, Invoke&& invoke) {
  using Traits = CallableTraits<C>;
  return [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    using Result = decltype(invoke(give<std::tuple_element_t<kIndex, typename Traits::Parameters>>(
        std::declval<typename HeldOf<std::tuple_element_t<kIndex, typename Traits::Parameters>>::Type&>())...));
    std::tuple<std::optional<typename HeldOf<std::tuple_element_t<kIndex, typename Traits::Parameters>>::Type>...> held;
    if (!(read_parameter<C, kIndex>(reader, call, std::get<kIndex>(held)) && ...)) return Result{};
    return invoke(give<std::tuple_element_t<kIndex, typename Traits::Parameters>>(*std::get<kIndex>(held))...);
  }
  (std::make_index_sequence<Traits::kParameters>{});
}

// The result of a function. A null napi_value is undefined for JavaScript.
template <typename R>
struct Result {
  static constexpr bool kOptional = false;
  static napi_value give(js::Env env, const R& result) {
    const auto value = Codec<R>::write(env, result);
    return value ? value->raw() : nullptr;
  }
  static TypeSchema describe(Described& schema) { return Codec<R>::describe(schema); }
};
template <typename R>
struct Result<std::optional<R>> {
  static constexpr bool kOptional = true;
  static napi_value give(js::Env env, const std::optional<R>& result) {
    return result ? Result<R>::give(env, *result) : nullptr;
  }
  static TypeSchema describe(Described& schema) { return Result<R>::describe(schema); }
};
template <typename R>
struct Result<js::Maybe<R>> {
  static constexpr bool kOptional = Result<R>::kOptional;
  static napi_value give(js::Env env, const js::Maybe<R>& result) {
    return result ? Result<R>::give(env, *result) : nullptr;
  }
  static TypeSchema describe(Described& schema) { return Result<R>::describe(schema); }
};
template <>
struct Result<js::Done> {
  static constexpr bool kOptional = false;
  static napi_value give(js::Env, js::Done) { return nullptr; }
  static TypeSchema describe(Described&) { return {}; }
};
template <>
struct Result<void> {
  static constexpr bool kOptional = false;
  static TypeSchema describe(Described&) { return {}; }
};

template <typename C, typename Invoke>
napi_value answer(js::Env env, Reader& reader, const js::Call& call, Invoke&& invoke) {
  using R = std::remove_cvref_t<typename CallableTraits<C>::Result>;
  return with_arguments<C>(reader, call, [&]<typename... Ts>(Ts&&... arguments) -> napi_value {
    if constexpr (std::is_void_v<R>) {
      invoke(std::forward<Ts>(arguments)...);
      return nullptr;
    } else {
      return Result<R>::give(env, invoke(std::forward<Ts>(arguments)...));
    }
  });
}

template <typename C>
napi_value call_function(napi_env env, napi_callback_info info) {
  const auto call = js::Call::of(env, info);
  if (!call) return nullptr;
  Reader reader(env, C::kName.view());
  return answer<C>(env, reader, *call, [](auto&&... arguments) -> typename CallableTraits<C>::Result {
    return C::kFunction(std::forward<decltype(arguments)>(arguments)...);
  });
}

template <typename T, typename C>
inline constexpr Name kMethodName = [] {
  Name name;
  name.append(ClassOf<T>::kName);
  name.append('.');
  name.append(C::kName.view());
  return name;
}();

template <typename T, typename C>
napi_value call_method(napi_env env, napi_callback_info info) {
  const auto call = js::Call::of(env, info);
  if (!call) return nullptr;
  Reader reader(env, kMethodName<T, C>.view());
  auto* const self = static_cast<T*>(js::unwrap(call->self(), ClassOf<T>::kTag));
  if (self == nullptr) {
    const Reader::At at(reader, "", "this");
    reader.refuse(std::string{"a "}.append(ClassOf<T>::kName), call->self());
    return nullptr;
  }
  return answer<C>(env, reader, *call, [self](auto&&... arguments) -> typename CallableTraits<C>::Result {
    return (self->*C::kFunction)(std::forward<decltype(arguments)>(arguments)...);
  });
}

template <typename T>
napi_value construct(napi_env env, napi_callback_info info) {
  using C = std::remove_cvref_t<decltype(ClassOf<T>::kConstructor)>;
  const auto call = js::Call::of(env, info);
  if (!call) return nullptr;
  if (!call->constructs()) {
    js::throw_type_error(env, std::string{ClassOf<T>::kName} + " must be called with new");
    return nullptr;
  }
  Reader reader(env, ClassOf<T>::kName);
  std::unique_ptr<T> made = with_arguments<C>(reader, *call, [](auto&&... arguments) -> std::unique_ptr<T> {
    return C::kFunction(std::forward<decltype(arguments)>(arguments)...);
  });
  if (!made) return nullptr;
  const auto finalize = [](napi_env, void* native, void*) { delete static_cast<T*>(native); };
  // An object that holds nothing, as in an environment on its way down, is refused by every method.
  if (js::wrap(call->self(), ClassOf<T>::kTag, made.get(), finalize)) static_cast<void>(made.release());
  return call->self().raw();
}

template <typename C>
std::vector<FieldSchema> describe_parameters(Described& schema) {
  using Traits = CallableTraits<C>;
  std::vector<FieldSchema> all;
  [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    [[maybe_unused]] const auto add = [&]<std::size_t kAt>(std::integral_constant<std::size_t, kAt>) {
      using A = Argument<std::tuple_element_t<kAt, typename Traits::Parameters>>;
      if constexpr (A::kGiven) {
        const std::string_view name = C::kParameters[Traits::template argument_of<kAt>()];
        all.push_back({std::string{name}, A::describe(schema), A::kNeed});
      }
    };
    (add(std::integral_constant<std::size_t, kIndex>{}), ...);
  }
  (std::make_index_sequence<Traits::kParameters>{});
  return all;
}

template <typename C>
FunctionSchema describe_function(Described& schema) {
  using R = Result<std::remove_cvref_t<typename CallableTraits<C>::Result>>;
  return {std::string{C::kName.view()}, describe_parameters<C>(schema), R::describe(schema), R::kOptional};
}

}  // namespace detail

template <IsClass T>
js::Done export_class(js::Value exports) {
  const js::Env env = exports.env();
  const auto methods = std::apply(
      [](const auto&... method) {
        return std::array{js::Method{std::remove_cvref_t<decltype(method)>::kName.c_str(),
                                     &detail::call_method<T, std::remove_cvref_t<decltype(method)>>}...};
      },
      ClassOf<T>::kMethods);
  const auto made = js::define_class(env, ClassOf<T>::kName, &detail::construct<T>, methods);
  return made ? exports.set(ClassOf<T>::kName, *made) : js::Done{false};
}

template <typename Functions>
js::Done export_functions(js::Value exports, const Functions& functions) {
  return js::Done{all_of(functions, [exports]<typename C>(const C&) {
    const auto made = js::function(exports.env(), C::kName.view(), &detail::call_function<C>);
    return made && static_cast<bool>(exports.set(C::kName.c_str(), *made));
  })};
}

template <IsClass T>
void describe_class(Described& schema) {
  using Constructor = std::remove_cvref_t<decltype(ClassOf<T>::kConstructor)>;
  ClassSchema made{std::string{ClassOf<T>::kName}, detail::describe_parameters<Constructor>(schema), {}};
  static_cast<void>(all_of(ClassOf<T>::kMethods, [&]<typename C>(const C&) {
    made.methods.push_back(detail::describe_function<C>(schema));
    return true;
  }));
  schema.classes.push_back(std::move(made));
}

template <typename Functions>
void describe_functions(const Functions& functions, Described& schema) {
  static_cast<void>(all_of(functions, [&]<typename C>(const C&) {
    schema.functions.push_back(detail::describe_function<C>(schema));
    return true;
  }));
}

}  // namespace resilience::seam
