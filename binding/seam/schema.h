// What crosses, as the addon itself tells it: TypeScript's types are made from this
// (scripts/generate-native-types.mjs), and tests know from it what to send.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "binding/js/node_api.h"
#include "binding/seam/record.h"

namespace resilience::seam {

enum class TypeKind : std::uint8_t {
  kBoolean = 0,
  kNumber = 1,
  kWhole = 2,  // a number from `least` to `most`
  kTime = 3,   // in ms
  kText = 4,
  kEnumeration = 5,  // the one called `of`
  kRecord = 6,
  kUnion = 7,
  kTypeScript = 8,  // what TypeScript calls `of`: a class, a function
  kTable = 9,       // texts by name
  kNothing = 10,
};

struct TypeSchema {
  TypeKind kind = TypeKind::kNothing;
  std::string of;
  bool list = false;
  double least = 0;
  double most = 0;
};

[[nodiscard]] inline TypeSchema type_of(TypeKind kind, std::string of = {}) {
  return {kind, std::move(of), false, 0, 0};
}

struct FieldSchema {
  std::string name;
  TypeSchema type;
  Need need = Need::kRequired;
};

struct EnumerationSchema {
  std::string name;
  std::vector<std::string> values;
  bool as_number = false;  // crosses as the place among `values`
};

struct RecordSchema {
  std::string name;
  std::vector<FieldSchema> fields;
};

// Records told apart by `tag`. A case of a variant is the record of that name, otherwise it has its own fields.
struct CaseSchema {
  std::string value;
  std::string record;
  std::vector<FieldSchema> fields;
};
struct UnionSchema {
  std::string name;
  std::string tag;
  std::string tag_type;  // the enumeration, or empty
  std::vector<CaseSchema> cases;
};

struct FunctionSchema {
  std::string name;
  std::vector<FieldSchema> parameters;
  TypeSchema result;
  bool result_optional = false;
};

struct ClassSchema {
  std::string name;
  std::vector<FieldSchema> parameters;
  std::vector<FunctionSchema> methods;
};

struct Schema {
  std::vector<EnumerationSchema> enumerations;
  std::vector<RecordSchema> records;
  std::vector<UnionSchema> unions;
  std::vector<ClassSchema> classes;
  std::vector<FunctionSchema> functions;

  template <typename List>
  [[nodiscard]] static bool has(const List& list, std::string_view name) {
    for (const auto& each : list) {
      if (each.name == name) return true;
    }
    return false;
  }
};

class Reader;

// A schema while it is made, and for each record a way to have it read and written again, for tests.
struct Described : Schema {
  struct Mirror {
    std::string_view name;
    js::Maybe<js::Value> (*reflect)(Reader& reader, js::Value value);
  };
  std::vector<Mirror> mirrors;
};

// They cross themselves.
template <>
struct Record<TypeSchema> {
  static constexpr auto kFields =
      std::tuple{required<&TypeSchema::kind>, required<&TypeSchema::of>, required<&TypeSchema::list>,
                 required<&TypeSchema::least>, required<&TypeSchema::most>};
};
template <>
struct Record<FieldSchema> {
  static constexpr auto kFields =
      std::tuple{required<&FieldSchema::name>, required<&FieldSchema::type>, required<&FieldSchema::need>};
};
template <>
struct Record<EnumerationSchema> {
  static constexpr auto kFields = std::tuple{required<&EnumerationSchema::name>, required<&EnumerationSchema::values>,
                                             required<&EnumerationSchema::as_number>};
};
template <>
struct Record<RecordSchema> {
  static constexpr auto kFields = std::tuple{required<&RecordSchema::name>, required<&RecordSchema::fields>};
};
template <>
struct Record<CaseSchema> {
  static constexpr auto kFields =
      std::tuple{required<&CaseSchema::value>, required<&CaseSchema::record>, required<&CaseSchema::fields>};
};
template <>
struct Record<UnionSchema> {
  static constexpr auto kFields = std::tuple{required<&UnionSchema::name>, required<&UnionSchema::tag>,
                                             required<&UnionSchema::tag_type>, required<&UnionSchema::cases>};
};
template <>
struct Record<FunctionSchema> {
  static constexpr auto kFields =
      std::tuple{required<&FunctionSchema::name>, required<&FunctionSchema::parameters>,
                 required<&FunctionSchema::result>, required<&FunctionSchema::result_optional>};
};
template <>
struct Record<ClassSchema> {
  static constexpr auto kFields =
      std::tuple{required<&ClassSchema::name>, required<&ClassSchema::parameters>, required<&ClassSchema::methods>};
};
template <>
struct Record<Schema> {
  static constexpr auto kFields =
      std::tuple{required<&Schema::enumerations>, required<&Schema::records>, required<&Schema::unions>,
                 required<&Schema::classes>, required<&Schema::functions>};
};

}  // namespace resilience::seam
