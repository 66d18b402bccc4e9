// How a record that crosses the boundary is described: once, as the table of its members.
//
//   template <> struct Record<Verify> {
//     static constexpr auto kFields = std::tuple{required<&Verify::id>, required<&Verify::timeout>, …};
//   };
//
// All else follows from the table: how the record is written and read, what is refused, and TypeScript's type. A
// field's name is its member's in camelCase; where the member is a time, "Ms" is added: first_started crosses as
// firstStartedMs. Each member stands in the table; one that is left out does not compile.
#pragma once

#include <concepts>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "binding/seam/reflect.h"
#include "core/types.h"

namespace resilience::seam {

enum class Need : std::uint8_t {
  kRequired = 0,
  kDefaulted = 1,  // may be missing: the member keeps its default
  kOptional = 2,   // a std::optional: may be missing
  kNullable = 3,   // a std::optional: always there, null for nothing
};

template <auto kMember>
struct MemberOf;
template <typename Class, typename Type, Type Class::*kMember>
struct MemberOf<kMember> {
  using Owner = Class;
  using Value = Type;
};

template <typename T>
inline constexpr bool kIsTime =
    std::is_same_v<T, Duration> || std::is_same_v<T, TimePoint> || std::is_same_v<T, std::optional<Duration>> ||
    std::is_same_v<T, std::optional<TimePoint>>;

template <auto kPointer, Need kNeeded>
struct Field {
  using Owner = typename MemberOf<kPointer>::Owner;
  using Value = typename MemberOf<kPointer>::Value;
  static constexpr auto kMember = kPointer;
  static constexpr Need kNeed = kNeeded;
  static constexpr Name kName = [] {
    Name made = camel_case(kSourceName<kPointer>);
    if (kIsTime<Value>) made.append("Ms");
    return made;
  }();
};

template <auto kMember>
inline constexpr Field<kMember, Need::kRequired> required{};
template <auto kMember>
inline constexpr Field<kMember, Need::kDefaulted> defaulted{};
template <auto kMember>
inline constexpr Field<kMember, Need::kOptional> optional{};
template <auto kMember>
inline constexpr Field<kMember, Need::kNullable> nullable{};

template <typename T>
struct Record;

template <typename T>
concept IsRecord = requires {
  Record<T>::kFields;
};

template <IsRecord T>
inline constexpr std::size_t kFieldCount = std::tuple_size_v<std::remove_cvref_t<decltype(Record<T>::kFields)>>;

// What is true of every table.
template <IsRecord T>
constexpr bool check_record() {
  static_assert(kFieldCount<T> == kMemberCount<T>, "each member of a record that crosses stands in its table, once");
  return true;
}

// A record of which one member, an enumeration, says which of the others mean something:
//
//   template <> struct Cases<Admission> {
//     static constexpr auto kTag = required<&Admission::verdict>;
//     static constexpr auto kCases = std::tuple{when<AdmissionVerdict::kRun>,
//                                              when<AdmissionVerdict::kParked, &Admission::ticket>, …};
//   };
//
// For TypeScript it is a union that the tag discriminates. One case for each enumerator, in their order.
template <typename T>
struct Cases;

template <typename T>
concept HasCases = requires {
  Cases<T>::kCases;
};

template <auto kEnumerator, auto... kMembers>
struct Case {
  static constexpr auto kValue = kEnumerator;
  static constexpr auto kFields = std::tuple{required<kMembers>...};
};
template <auto kEnumerator, auto... kMembers>
inline constexpr Case<kEnumerator, kMembers...> when{};

template <HasCases T>
constexpr bool check_cases() {
  using Tag = typename std::remove_cvref_t<decltype(Cases<T>::kTag)>::Value;
  constexpr bool kInOrder = std::apply(
      [](const auto&... each) {
        std::size_t index = 0;
        return ((static_cast<std::size_t>(std::remove_cvref_t<decltype(each)>::kValue) == index++) && ...);
      },
      Cases<T>::kCases);
  static_assert(kInOrder, "the cases stand in the order of the enumerators");
  static_assert(std::tuple_size_v<std::remove_cvref_t<decltype(Cases<T>::kCases)>> == kEnumeratorCount<Tag>,
                "each enumerator has its case");
  return true;
}

// One of several records, a std::variant; `type` says which, by the record's name in camelCase. A variant has no name
// of its own in C++: here it gets the one that TypeScript knows it by.
template <typename Variant>
struct VariantName;

// Calls `visit(field)` for each field, until one answers false. Whether all answered true.
template <typename Fields, typename Visit>
constexpr bool all_of(const Fields& fields, Visit&& visit) {
  return std::apply([&](const auto&... field) { return (visit(field) && ...); }, fields);
}

}  // namespace resilience::seam
