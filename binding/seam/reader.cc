#include "binding/seam/reader.h"

#include <algorithm>

#include "core/config_keys.h"

namespace resilience::seam {
namespace {

std::string words_for(js::Value found) {
  switch (found.type()) {
    case napi_undefined: return "undefined";
    case napi_null: return "null";
    case napi_boolean: return "a boolean";
    case napi_number: {
      const auto number = found.as_number();
      return number ? number_text(*number) : "a number";
    }
    case napi_string: return "a string";
    case napi_symbol: return "a symbol";
    case napi_object: return found.is_array() ? "an array" : "an object";
    case napi_function: return "a function";
    case napi_external: return "a native value";
    case napi_bigint: return "a bigint";
  }
  return "something else";
}

// What a programmer may have written.
bool is_plain(std::string_view name) {
  constexpr std::size_t kLongest = 40;
  if (name.empty() || name.size() > kLongest) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

void Reader::refuse(std::string_view expected, js::Value found) const {
  std::string message{callable_};
  message += ": ";
  if (!record_.empty()) {
    message += record_;
    message += '.';
  }
  message += is_plain(field_) ? field_ : "a value in it";
  message += " must be ";
  message += expected;
  message += ", and is ";
  message += words_for(found);
  js::throw_type_error(env_, message);
}

void Reader::refuse_unknown(std::string_view record, std::string_view field) const {
  std::string message{callable_};
  message += ": ";
  message += record;
  if (is_plain(field)) {
    message += " has no field '";
    message += field;
    message += '\'';
  } else {
    message += " has a field that it should not have";
  }
  js::throw_type_error(env_, message);
}

}  // namespace resilience::seam
