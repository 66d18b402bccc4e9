// Names that the compiler knows, as JavaScript spells them: of types, of enumerators, of members and functions.
//
// C++ has no reflection before C++26, but GCC and Clang write a template's argument into the name of the function, and
// that is read here. So no name is written twice, and none can be given to the wrong member.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace resilience::seam {

namespace detail {

template <auto kValue>
[[nodiscard]] constexpr std::string_view signature() {
  return __PRETTY_FUNCTION__;
}
template <typename T>
[[nodiscard]] constexpr std::string_view signature() {
  return __PRETTY_FUNCTION__;
}

// "… [with auto kValue = &resilience::Try::ticket; std::string_view = …]" by GCC,
// "… [kValue = &resilience::Try::ticket]" by Clang → "ticket". Of an enumeration's value that has no name: empty.
[[nodiscard]] constexpr std::string_view last_name(std::string_view signature, std::string_view parameter) {
  signature.remove_prefix(signature.find(parameter) + parameter.size());
  signature = signature.substr(0, signature.find_first_of(";]"));
  if (signature.starts_with('(')) return {};
  const std::size_t colon = signature.rfind(':');
  return colon == std::string_view::npos ? signature : signature.substr(colon + 1);
}

[[nodiscard]] constexpr char upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
[[nodiscard]] constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace detail

// A name with a NUL behind it, for C's sake.
class Name {
 public:
  static constexpr std::size_t kLongest = 62;

  constexpr Name() = default;
  constexpr void append(char c) { text_[size_++] = c; }
  constexpr void append(std::string_view text) {
    for (const char c : text) append(c);
  }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {text_.data(), size_}; }
  [[nodiscard]] constexpr const char* c_str() const noexcept { return text_.data(); }

 private:
  std::array<char, kLongest + 2> text_{};
  std::size_t size_ = 0;
};

// first_started → firstStarted; 'not-sent' → notSent.
[[nodiscard]] constexpr Name camel_case(std::string_view words) {
  Name name;
  bool next_is_upper = false;
  for (const char c : words) {
    if (c == '_' || c == '-') {
      next_is_upper = true;
      continue;
    }
    name.append(next_is_upper ? detail::upper(c) : c);
    next_is_upper = false;
  }
  return name;
}

template <typename T>
inline constexpr std::string_view kTypeName = detail::last_name(detail::signature<T>(), "T = ");

// Of a member or a function, as it is written in C++.
template <auto kValue>
inline constexpr std::string_view kSourceName = detail::last_name(detail::signature<kValue>(), "kValue = ");

// kRunNow → runNow
template <auto kEnumerator>
requires std::is_enum_v<decltype(kEnumerator)>
inline constexpr Name kEnumeratorName = [] {
  Name name;
  std::string_view source = kSourceName<kEnumerator>;
  source.remove_prefix(1);
  name.append(detail::lower(source.front()));
  name.append(source.substr(1));
  return name;
}();

namespace detail {

template <typename Enum, std::uint8_t kFrom = 0>
[[nodiscard]] constexpr std::size_t count_enumerators() {
  constexpr std::string_view kName = kSourceName<static_cast<Enum>(kFrom)>;
  if constexpr (kName.empty()) {
    return kFrom;
  } else {
    static_assert(kName.starts_with('k'), "an enumerator of ours is called kSomething");
    return count_enumerators<Enum, kFrom + 1>();
  }
}

template <typename Class>
struct AnyMember {
  template <typename T>
  requires(!std::is_same_v<std::remove_cvref_t<T>, Class>) operator T()
      const noexcept;  // NOLINT(google-explicit-constructor): it stands for whatever is asked for
};

template <typename Class, typename... Members>
[[nodiscard]] constexpr std::size_t count_members() {
  if constexpr (requires { Class{Members{}..., AnyMember<Class>{}}; }) {
    return count_members<Class, Members..., AnyMember<Class>>();
  } else {
    return sizeof...(Members);
  }
}

}  // namespace detail

// REQUIRES: enumerators count from 0 without gaps.
template <typename Enum>
inline constexpr std::size_t kEnumeratorCount = detail::count_enumerators<Enum>();

// How many members an aggregate has.
template <typename Class>
inline constexpr std::size_t kMemberCount = detail::count_members<Class>();

}  // namespace resilience::seam
