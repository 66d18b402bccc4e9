// Values of C++ as JavaScript's and back, by their type alone; records by their tables (record.h).
//
//   Codec<T>::write(env, value) → Maybe<Value>     nothing: the environment is going down
//   Codec<T>::read(reader, value) → Maybe<T>       nothing: refused, with an exception pending that names the field
//   Codec<T>::describe(schema) → TypeSchema        adds what it is made of to the schema
#pragma once

#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "binding/js/node_api.h"
#include "binding/seam/reader.h"
#include "binding/seam/record.h"
#include "binding/seam/schema.h"
#include "binding/seam/time.h"

namespace resilience::seam {

template <typename T>
struct Codec;

// Read, and written again.
template <typename T>
js::Maybe<js::Value> reflect(Reader& reader, js::Value value) {
  const auto read = Codec<T>::read(reader, value);
  if (!read) return {};
  return Codec<T>::write(reader.env(), *read);
}

// ---- numbers, texts, times -----------------------------------------------------------------------------------------

template <>
struct Codec<bool> {
  static js::Maybe<js::Value> write(js::Env env, bool value) noexcept { return js::boolean(env, value); }
  static js::Maybe<bool> read(Reader& reader, js::Value value) {
    const auto held = value.as_boolean();
    if (!held) reader.refuse("a boolean", value);
    return held;
  }
  static TypeSchema describe(Described&) { return type_of(TypeKind::kBoolean); }
};

template <>
struct Codec<double> {
  static js::Maybe<js::Value> write(js::Env env, double value) noexcept { return js::number(env, value); }
  static js::Maybe<double> read(Reader& reader, js::Value value) {
    const auto held = value.as_number();
    if (held && !std::isnan(*held)) return held;
    reader.refuse("a number", value);
    return {};
  }
  static TypeSchema describe(Described&) { return type_of(TypeKind::kNumber); }
};

// What a double counts exactly, at most.
template <std::integral T>
struct Codec<T> {
  static constexpr double kLimit = 9007199254740991;
  static constexpr double kLeast =
      std::is_unsigned_v<T> ? 0 : std::max(-kLimit, static_cast<double>(std::numeric_limits<T>::min()));
  static constexpr double kMost = std::min(kLimit, static_cast<double>(std::numeric_limits<T>::max()));

  static js::Maybe<js::Value> write(js::Env env, T value) noexcept {
    return js::number(env, static_cast<double>(value));
  }
  static js::Maybe<T> read(Reader& reader, js::Value value) {
    const auto held = value.as_number();
    if (held && *held >= kLeast && *held <= kMost && std::trunc(*held) == *held) return static_cast<T>(*held);
    reader.refuse("a whole number" + range(), value);
    return {};
  }
  static TypeSchema describe(Described&) { return {TypeKind::kWhole, {}, false, kLeast, kMost}; }

 private:
  static std::string range() {
    if (kMost >= kLimit) return std::is_unsigned_v<T> ? ", 0 or more" : "";
    return " from " + std::to_string(static_cast<std::int64_t>(kLeast)) + " to " +
           std::to_string(static_cast<std::int64_t>(kMost));
  }
};

// One-field structs that name a number.
template <typename T>
requires std::is_same_v<T, TicketId> || std::is_same_v<T, Epoch>
struct Codec<T> {
  using Number = Codec<std::uint64_t>;
  static js::Maybe<js::Value> write(js::Env env, T id) noexcept { return Number::write(env, id.value); }
  static js::Maybe<T> read(Reader& reader, js::Value value) {
    const auto number = Number::read(reader, value);
    if (!number) return {};
    return T{*number};
  }
  static TypeSchema describe(Described& schema) { return Number::describe(schema); }
};

template <>
struct Codec<Duration> {
  static js::Maybe<js::Value> write(js::Env env, Duration value) noexcept { return js::number(env, to_ms(value)); }
  static js::Maybe<Duration> read(Reader& reader, js::Value value) {
    const auto ms = Codec<double>::read(reader, value);
    if (!ms) return {};
    return to_duration(*ms);
  }
  static TypeSchema describe(Described&) { return type_of(TypeKind::kTime); }
};

// kEndOfTime is Infinity.
template <>
struct Codec<TimePoint> {
  static js::Maybe<js::Value> write(js::Env env, TimePoint value) noexcept { return js::number(env, to_ms(value)); }
  static js::Maybe<TimePoint> read(Reader& reader, js::Value value) {
    const auto ms = Codec<double>::read(reader, value);
    if (!ms) return {};
    if (*ms == std::numeric_limits<double>::infinity()) return kEndOfTime;
    return to_time_point(*ms);
  }
  static TypeSchema describe(Described&) { return type_of(TypeKind::kTime); }
};

template <>
struct Codec<std::string> {
  static js::Maybe<js::Value> write(js::Env env, std::string_view value) noexcept { return js::text(env, value); }
  static js::Maybe<std::string> read(Reader& reader, js::Value value) {
    auto held = value.as_text();
    if (!held) reader.refuse("a string", value);
    return held;
  }
  static TypeSchema describe(Described&) { return type_of(TypeKind::kText); }
};

// Reads into the reader's keeping.
template <>
struct Codec<std::string_view> {
  static js::Maybe<js::Value> write(js::Env env, std::string_view value) noexcept { return js::text(env, value); }
  static js::Maybe<std::string_view> read(Reader& reader, js::Value value) {
    auto held = value.as_text();
    if (held) return reader.keep(std::move(*held));
    reader.refuse("a string", value);
    return {};
  }
  static TypeSchema describe(Described&) { return type_of(TypeKind::kText); }
};

// ---- enumerations --------------------------------------------------------------------------------------------------

// As users read it where the core has words for it (to_string), else by its name.
template <typename Enum, Enum kEnumerator>
[[nodiscard]] std::string_view text_of_enumerator() noexcept {
  if constexpr (requires {
                  { to_string(kEnumerator) } -> std::convertible_to<std::string_view>;
                }) {
    return to_string(kEnumerator);
  } else {
    return kEnumeratorName<kEnumerator>.view();
  }
}

// Enumerations cross as texts. Those on the way of every call of the toolbox cross as numbers, which cost less.
template <typename Enum>
inline constexpr bool kCrossesAsNumber = false;

template <typename Enum>
requires std::is_enum_v<Enum>
struct Codec<Enum> {
  static constexpr std::size_t kCount = kEnumeratorCount<Enum>;

  static std::string_view text(Enum value) noexcept {
    const auto index = static_cast<std::size_t>(value);
    return index < kCount ? texts()[index] : std::string_view{};
  }
  static js::Maybe<js::Value> write(js::Env env, Enum value) noexcept {
    if constexpr (kCrossesAsNumber<Enum>) return js::number(env, static_cast<double>(value));
    return js::text(env, text(value));
  }
  static js::Maybe<Enum> read(Reader& reader, js::Value value) {
    if constexpr (kCrossesAsNumber<Enum>) {
      const auto number = value.as_number();
      if (number && *number >= 0 && *number < kCount && std::trunc(*number) == *number) {
        return static_cast<Enum>(static_cast<std::size_t>(*number));
      }
      reader.refuse("a value of " + std::string{kTypeName<Enum>}, value);
      return {};
    }
    if (const auto held = value.as_text()) {
      for (std::size_t index = 0; index < kCount; ++index) {
        if (texts()[index] == *held) return static_cast<Enum>(index);
      }
    }
    reader.refuse(expected(), value);
    return {};
  }
  static TypeSchema describe(Described& schema) {
    std::string name{kTypeName<Enum>};
    if (!Schema::has(schema.enumerations, name)) {
      EnumerationSchema made{name, {}, kCrossesAsNumber<Enum>};
      for (const std::string_view each : texts()) made.values.emplace_back(each);
      schema.enumerations.push_back(std::move(made));
    }
    return type_of(TypeKind::kEnumeration, std::move(name));
  }

 private:
  static std::array<std::string_view, kCount> texts() noexcept {
    return []<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
      return std::array{text_of_enumerator<Enum, static_cast<Enum>(kIndex)>()...};
    }
    (std::make_index_sequence<kCount>{});
  }
  static std::string expected() {
    std::string words = "one of";
    for (const std::string_view each : texts()) {
      words += words.size() == 6 ? " '" : ", '";
      words += each;
      words += '\'';
    }
    return words;
  }
};

// ---- lists and tables ----------------------------------------------------------------------------------------------

template <typename T>
struct Codec<std::vector<T>> {
  static js::Maybe<js::Value> write(js::Env env, const std::vector<T>& values) {
    const auto list = js::array(env, values.size());
    if (!list) return {};
    for (std::size_t i = 0; i < values.size(); ++i) {
      const js::Scope scope(env);
      const auto value = Codec<T>::write(env, values[i]);
      if (!value || !list->set(static_cast<std::uint32_t>(i), *value)) return {};
    }
    return list;
  }
  static js::Maybe<std::vector<T>> read(Reader& reader, js::Value value) {
    const auto length = value.length();
    if (!length) {
      reader.refuse("an array", value);
      return {};
    }
    std::vector<T> values;
    for (std::uint32_t i = 0; i < *length; ++i) {
      const js::Scope scope(reader.env());
      const auto held = value.get(i);
      if (!held) return {};
      auto read = Codec<T>::read(reader, *held);
      if (!read) return {};
      values.push_back(std::move(*read));
    }
    return values;
  }
  static TypeSchema describe(Described& schema) {
    TypeSchema type = Codec<T>::describe(schema);
    type.list = true;
    return type;
  }
};

// Texts by name.
template <>
struct Codec<std::vector<std::pair<std::string, std::string>>> {
  using Table = std::vector<std::pair<std::string, std::string>>;

  static js::Maybe<js::Value> write(js::Env env, const Table& table) {
    const auto object = js::object(env);
    if (!object) return {};
    for (const auto& [name, text] : table) {
      const auto value = js::text(env, text);
      if (!value || !object->set(name.c_str(), *value)) return {};
    }
    return object;
  }
  static js::Maybe<Table> read(Reader& reader, js::Value value) {
    if (value.type() != napi_object) {
      reader.refuse("an object", value);
      return {};
    }
    const auto names = value.own_names();
    const auto count = names ? names->length() : js::Maybe<std::uint32_t>{};
    if (!count) return {};
    Table table;
    for (std::uint32_t i = 0; i < *count; ++i) {
      const js::Scope scope(reader.env());
      const auto name = names->get(i);
      const auto held = name ? value.get(*name) : js::Maybe<js::Value>{};
      if (!held) return {};
      auto text = name->as_text();
      if (!text) return {};
      const Reader::At at(reader, "", *text);
      auto read = Codec<std::string>::read(reader, *held);
      if (!read) return {};
      table.emplace_back(std::move(*text), std::move(*read));
    }
    return table;
  }
  static TypeSchema describe(Described&) { return type_of(TypeKind::kTable); }
};

// ---- records -------------------------------------------------------------------------------------------------------

// Of the field `F` of a record: a std::optional's content, or the member itself.
template <typename T>
struct Content {
  using Type = T;
};
template <typename T>
struct Content<std::optional<T>> {
  using Type = T;
};

template <typename F, typename T>
js::Done write_field(js::Value object, const T& record) {
  const auto& held = record.*F::kMember;
  using Held = typename F::Value;
  js::Maybe<js::Value> value;
  if constexpr (F::kNeed == Need::kOptional || F::kNeed == Need::kNullable) {
    static_assert(!std::is_same_v<Held, typename Content<Held>::Type>, "only a std::optional can be missing");
    if (held) {
      value = Codec<typename Content<Held>::Type>::write(object.env(), *held);
    } else if (F::kNeed == Need::kNullable) {
      value = js::null(object.env());
    } else {
      return js::Done{true};
    }
  } else {
    value = Codec<Held>::write(object.env(), held);
  }
  return value ? object.set(F::kName.c_str(), *value) : js::Done{false};
}

// `found` counts the fields that were there.
template <typename F, typename T>
js::Done read_field(Reader& reader, js::Value object, std::string_view record_name, T& record, std::uint32_t& found) {
  const auto value = object.get(F::kName.c_str());
  if (!value) return js::Done{false};
  const napi_valuetype type = value->type();
  if (type != napi_undefined) ++found;
  if constexpr (F::kNeed == Need::kDefaulted || F::kNeed == Need::kOptional) {
    if (type == napi_undefined) return js::Done{true};
  }
  if constexpr (F::kNeed == Need::kNullable) {
    if (type == napi_null) return js::Done{true};
  }
  const Reader::At at(reader, record_name, F::kName.view());
  auto read = Codec<typename Content<typename F::Value>::Type>::read(reader, *value);
  if (!read) return js::Done{false};
  record.*F::kMember = std::move(*read);
  return js::Done{true};
}

template <typename F>
FieldSchema describe_field(Described& schema) {
  return {std::string{F::kName.view()}, Codec<typename Content<typename F::Value>::Type>::describe(schema), F::kNeed};
}

template <typename Fields>
std::vector<FieldSchema> describe_fields(const Fields& fields, Described& schema) {
  std::vector<FieldSchema> all;
  static_cast<void>(all_of(fields, [&]<typename F>(const F&) {
    all.push_back(describe_field<F>(schema));
    return true;
  }));
  return all;
}

// Whether an object holds nothing but `found` fields of `names`; the first one too many is refused. Those that are
// there and undefined are passed over.
js::Done refuse_others(Reader& reader, js::Value object, std::string_view record_name, std::uint32_t found,
                       std::span<const std::string_view> names);

template <typename Fields>
[[nodiscard]] std::vector<std::string_view> names_of(const Fields& fields) {
  std::vector<std::string_view> names;
  static_cast<void>(all_of(fields, [&]<typename F>(const F&) {
    names.push_back(F::kName.view());
    return true;
  }));
  return names;
}

template <IsRecord T>
struct Codec<T> {
  static_assert(check_record<T>());
  static constexpr std::string_view kName = kTypeName<T>;

  static js::Done write_into(js::Value object, const T& record) {
    return js::Done{all_of(Record<T>::kFields,
                           [&]<typename F>(const F&) { return static_cast<bool>(write_field<F>(object, record)); })};
  }
  static js::Maybe<js::Value> write(js::Env env, const T& record) {
    const auto object = js::object(env);
    if (!object || !write_into(*object, record)) return {};
    return object;
  }
  static js::Maybe<T> read(Reader& reader, js::Value value) {
    if (value.type() != napi_object) {
      reader.refuse("an object", value);
      return {};
    }
    T record{};
    std::uint32_t found = 0;
    const bool whole = all_of(Record<T>::kFields, [&]<typename F>(const F&) {
      return static_cast<bool>(read_field<F>(reader, value, kName, record, found));
    });
    if (!whole || !refuse_others(reader, value, kName, found, names_of(Record<T>::kFields))) return {};
    return record;
  }
  static TypeSchema describe(Described& schema) {
    if (!Schema::has(schema.records, kName)) {
      const std::size_t place = schema.records.size();
      schema.records.push_back({std::string{kName}, {}});
      schema.mirrors.push_back({kName, &reflect<T>});
      schema.records[place].fields = describe_fields(Record<T>::kFields, schema);
    }
    return type_of(TypeKind::kRecord, std::string{kName});
  }
};

template <HasCases T>
struct Codec<T> {
  static_assert(check_cases<T>());
  static constexpr std::string_view kName = kTypeName<T>;
  using Tag = std::remove_cvref_t<decltype(Cases<T>::kTag)>;

  static js::Maybe<js::Value> write(js::Env env, const T& record) {
    const auto object = js::object(env);
    if (!object || !write_field<Tag>(*object, record)) return {};
    const bool whole = all_of(Cases<T>::kCases, [&]<typename Case>(const Case&) {
      if (Case::kValue != record.*Tag::kMember) return true;
      return all_of(Case::kFields,
                    [&]<typename F>(const F&) { return static_cast<bool>(write_field<F>(*object, record)); });
    });
    if (!whole) return {};
    return object;
  }
  static js::Maybe<T> read(Reader& reader, js::Value value) {
    if (value.type() != napi_object) {
      reader.refuse("an object", value);
      return {};
    }
    T record{};
    std::uint32_t found = 0;
    if (!read_field<Tag>(reader, value, kName, record, found)) return {};
    const bool whole = all_of(Cases<T>::kCases, [&]<typename Case>(const Case&) {
      if (Case::kValue != record.*Tag::kMember) return true;
      const bool read = all_of(Case::kFields, [&]<typename F>(const F&) {
        return static_cast<bool>(read_field<F>(reader, value, kName, record, found));
      });
      std::vector<std::string_view> names = names_of(Case::kFields);
      names.push_back(Tag::kName.view());
      return read && static_cast<bool>(refuse_others(reader, value, kName, found, names));
    });
    if (!whole) return {};
    return record;
  }
  static TypeSchema describe(Described& schema) {
    if (!Schema::has(schema.unions, kName)) {
      UnionSchema made{std::string{kName}, std::string{Tag::kName.view()}, describe_field<Tag>(schema).type.of, {}};
      static_cast<void>(all_of(Cases<T>::kCases, [&]<typename Case>(const Case&) {
        made.cases.push_back(
            {std::string{Codec<typename Tag::Value>::text(Case::kValue)}, {}, describe_fields(Case::kFields, schema)});
        return true;
      }));
      schema.mirrors.push_back({kName, &reflect<T>});
      schema.unions.push_back(std::move(made));
    }
    return type_of(TypeKind::kUnion, std::string{kName});
  }
};

// ---- one of several records ----------------------------------------------------------------------------------------

template <typename T>
[[nodiscard]] constexpr Name variant_tag() {
  Name name;
  name.append(detail::lower(kTypeName<T>.front()));
  name.append(kTypeName<T>.substr(1));
  return name;
}

template <typename... Ts>
struct Codec<std::variant<Ts...>> {
  using Variant = std::variant<Ts...>;

  static js::Maybe<js::Value> write(js::Env env, const Variant& held) {
    return std::visit(
        [env]<typename T>(const T& record) -> js::Maybe<js::Value> {
          static constexpr Name kTag = variant_tag<T>();
          const auto object = js::object(env);
          const auto type = js::text(env, kTag.view());
          if (!object || !type || !object->set("type", *type) || !Codec<T>::write_into(*object, record)) return {};
          return object;
        },
        held);
  }
  static js::Maybe<Variant> read(Reader& reader, js::Value value) {
    if (value.type() != napi_object) {
      reader.refuse("an object", value);
      return {};
    }
    const Reader::At at(reader, VariantName<Variant>::kValue, "type");
    const auto type = value.get("type");
    if (!type) return {};
    const auto tag = Codec<std::string>::read(reader, *type);
    if (!tag) return {};
    js::Maybe<Variant> made;
    const bool known = (try_alternative<Ts>(reader, value, *tag, made) || ...);
    if (!known) reader.refuse("the name of one of its records", *type);
    return made;
  }
  static TypeSchema describe(Described& schema) {
    std::string name{VariantName<Variant>::kValue};
    if (!Schema::has(schema.unions, name)) {
      UnionSchema made{name, "type", {}, {}};
      (made.cases.push_back({std::string{variant_tag<Ts>().view()}, Codec<Ts>::describe(schema).of, {}}), ...);
      schema.unions.push_back(std::move(made));
      schema.mirrors.push_back({VariantName<Variant>::kValue, &reflect<Variant>});
    }
    return type_of(TypeKind::kUnion, std::move(name));
  }

 private:
  template <typename T>
  static bool try_alternative(Reader& reader, js::Value value, std::string_view tag, js::Maybe<Variant>& made) {
    static constexpr Name kName = variant_tag<T>();
    if (kName.view() != tag) return false;
    T record{};
    std::uint32_t found = 1;
    const bool whole = all_of(Record<T>::kFields, [&]<typename F>(const F&) {
      return static_cast<bool>(read_field<F>(reader, value, kTypeName<T>, record, found));
    });
    std::vector<std::string_view> names = names_of(Record<T>::kFields);
    names.push_back("type");
    if (whole && refuse_others(reader, value, kTypeName<T>, found, names)) made = std::move(record);
    return true;
  }
};

}  // namespace resilience::seam
