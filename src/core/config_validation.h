// From a user's values to a Config, or to everything that is wrong with them.
//
// Pure. The binding hands over what the JavaScript object holds as a flat list of raw entries; here is decided what is
// accepted. No message repeats a text that could hold a password: connection strings never, other texts only where
// they are short and plain.
#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/config.h"

namespace resilience {

struct RawFunction {};
struct RawArray {};
// An object where no keys are looked for. `missing_methods` are those of the key's that it lacks.
struct RawObject {
  std::vector<std::string> missing_methods;
};
// A symbol, a bigint: never right, named by `type_name`.
struct RawOther {
  std::string type_name;
};
// monostate: undefined or null, which both mean "the default".
using RawValue = std::variant<std::monostate, bool, double, std::string, RawFunction, RawObject, RawArray, RawOther>;

struct RawEntry {
  std::string path;  // "reconnect.maxAttempts"; "" for the configuration itself where it is no object
  RawValue value;
};

struct ConfigProblem {
  std::string path;
  std::string
      message;  // begins with the path; says what was wrong, what is accepted and, for a near miss, what was meant
};

using ConfigResult = std::variant<Config, std::vector<ConfigProblem>>;

// All problems at once, those of single keys in the order of `entries`, then those between keys.
[[nodiscard]] ConfigResult validate_config(std::span<const RawEntry> entries);

// What in `entries` is accepted for the sake of older configurations and better written otherwise. `config`: what they
// came to.
[[nodiscard]] std::vector<std::string> config_notices(std::span<const RawEntry> entries, const Config& config);

}  // namespace resilience
