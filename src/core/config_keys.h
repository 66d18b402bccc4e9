// Every key of the configuration in one table: where it lives in a Config, what it accepts and what it means.
//
// Validation, the effective configuration that JavaScript sees and the README's table are all made from it. A default
// is written once, as the initializer in config.h; only what the host keeps (functions, objects, texts) has its
// default's wording here. Pure and immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/config.h"

namespace resilience {

struct BooleanField {
  bool& (*of)(Config&);
};
struct IntegerField {
  std::uint32_t& (*of)(Config&);
};
struct NumberField {
  double& (*of)(Config&);
};
// In whole milliseconds.
struct DurationField {
  Duration& (*of)(Config&);
};
struct OptionalDurationField {
  std::optional<Duration>& (*of)(Config&);
};
// One of `names`; the index is the enumerator's value.
struct ChoiceField {
  std::span<const std::string_view> names;
  void (*set)(Config&, std::uint8_t);
  std::uint8_t (*get)(const Config&);
};

enum class HostKind : std::uint8_t {
  kFunction = 0,
  kObject = 1,
  kIdentifier = 2,  // the name of a table, optionally with its schema
  kUrlOrFalse = 3,  // may hold a password: never repeated in a message
};
// Checked here, kept and used by the host. `methods` are those that an object must have.
struct HostField {
  HostKind kind;
  std::string_view default_text;
  std::span<const std::string_view> methods;
};

using ConfigField =
    std::variant<BooleanField, IntegerField, NumberField, DurationField, OptionalDurationField, ChoiceField, HostField>;

// What a duration becomes that is longer than the time line: Infinity, to JavaScript.
inline constexpr Duration kNever = Duration::max();

struct ConfigKey {
  std::string_view path;  // "reconnect.maxAttempts"
  ConfigField field;
  double min;  // of numbers and durations, both inclusive
  double max;  // infinite: Infinity is accepted, too
  std::string_view meaning;
};

// In the order of the documentation.
[[nodiscard]] std::span<const ConfigKey> config_keys() noexcept;
// What follows from the keys that were given, and is in effect beside them. No user gives it.
[[nodiscard]] std::span<const ConfigKey> derived_config_keys() noexcept;
[[nodiscard]] const ConfigKey* find_config_key(std::string_view path) noexcept;
// Whether keys live beneath `path`, as they do beneath "reconnect" and, being the root, beneath "".
[[nodiscard]] bool is_config_group(std::string_view path) noexcept;

// The value of `key` in `config`: nothing for what the host keeps and for an optional duration that is not set;
// durations in milliseconds.
using ConfigValue = std::variant<std::monostate, bool, double, std::string_view>;
[[nodiscard]] ConfigValue value_of(const ConfigKey& key, const Config& config);

// "an integer from 1 to 1000", "one of 'full', 'none'", …
[[nodiscard]] std::string accepted_values(const ConfigKey& key);
// "3", "'full'", "console", "-" where there is none.
[[nodiscard]] std::string default_text(const ConfigKey& key);
// 0.85, 64800000: the shortest text that says the number exactly.
[[nodiscard]] std::string number_text(double number);

}  // namespace resilience
