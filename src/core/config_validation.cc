#include "core/config_validation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include "core/config_keys.h"
#include "core/spelling.h"

namespace resilience {
namespace {

constexpr std::size_t kLongestShown = 40;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

// Texts from outside are shown only where they cannot be a connection string or break a line.
bool may_be_shown(std::string_view text) {
  return text.size() <= kLongestShown && std::all_of(text.begin(), text.end(), is_plain);
}

std::string shown_key(std::string_view path) {
  return may_be_shown(path) ? std::string{path} : "a key of " + std::to_string(path.size()) + " bytes";
}

struct Shown {
  bool secret;

  std::string operator()(std::monostate) const { return "nothing"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(double value) const { return number_text(value); }
  std::string operator()(const std::string& value) const {
    if (value.empty()) return "an empty string";
    return secret || !may_be_shown(value) ? "a string" : "the string '" + value + "'";
  }
  std::string operator()(const RawFunction&) const { return "a function"; }
  std::string operator()(const RawObject&) const { return "an object"; }
  std::string operator()(const RawArray&) const { return "an array"; }
  std::string operator()(const RawOther& value) const { return "a " + value.type_name; }
};

std::string_view last_segment(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

// The key or group that was probably meant: nearest in spelling, or the same last word in another place.
std::optional<std::string_view> nearest_key(std::string_view path) {
  if (!may_be_shown(path)) return std::nullopt;
  std::size_t best = std::max<std::size_t>(1, path.size() / 4) + 1;
  std::optional<std::string_view> nearest;
  const auto consider = [&](std::string_view candidate) {
    const std::size_t distance = spelling_distance(path, candidate, best - 1);
    if (distance >= best) return;
    best = distance;
    nearest = candidate;
  };
  for (const ConfigKey& key : config_keys()) {
    consider(key.path);
    for (std::size_t dot = key.path.find('.'); dot != std::string_view::npos; dot = key.path.find('.', dot + 1)) {
      consider(key.path.substr(0, dot));
    }
  }
  if (nearest) return nearest;
  const std::string_view word = last_segment(path);
  for (const ConfigKey& key : config_keys()) {
    const std::size_t limit = word.size() / 6;  // a whole word said elsewhere: one slip in six letters at most
    if (spelling_distance(word, last_segment(key.path), limit) <= limit) return key.path;
  }
  return std::nullopt;
}

bool is_identifier(std::string_view text) {
  bool at_start = true;
  int dots = 0;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (c == '.') {
      if (at_start || ++dots > 1) return false;
      at_start = true;
      continue;
    }
    if (!is_plain(c) || c == '-' || (at_start && digit)) return false;
    at_start = false;
  }
  return !at_start && text.size() <= 127;
}

bool fits(double value, const ConfigKey& key) {
  return value >= key.min && value <= key.max;
}
bool fits_whole(double value, const ConfigKey& key) {
  return fits(value, key) && std::trunc(value) == value;
}

Duration from_milliseconds(double value) {
  if (value >= std::chrono::duration<double, std::milli>(kNever).count()) return kNever;
  return milliseconds{static_cast<std::int64_t>(value)};
}

// Puts the value into the Config. False where it is not accepted.
struct Apply {
  const ConfigKey& key;
  const RawValue& raw;
  Config& config;

  bool operator()(const BooleanField& field) const {
    const bool* const value = std::get_if<bool>(&raw);
    if (value != nullptr) field.of(config) = *value;
    return value != nullptr;
  }
  bool operator()(const IntegerField& field) const {
    const double* const value = std::get_if<double>(&raw);
    if (value == nullptr || !fits_whole(*value, key)) return false;
    field.of(config) = static_cast<std::uint32_t>(*value);
    return true;
  }
  bool operator()(const NumberField& field) const {
    const double* const value = std::get_if<double>(&raw);
    if (value == nullptr || !fits(*value, key)) return false;
    field.of(config) = *value;
    return true;
  }
  bool operator()(const DurationField& field) const {
    const double* const value = std::get_if<double>(&raw);
    if (value == nullptr || !fits_whole(*value, key)) return false;
    field.of(config) = from_milliseconds(*value);
    return true;
  }
  bool operator()(const OptionalDurationField& field) const {
    const double* const value = std::get_if<double>(&raw);
    if (value == nullptr || !fits_whole(*value, key)) return false;
    field.of(config) = from_milliseconds(*value);
    return true;
  }
  bool operator()(const ChoiceField& field) const {
    const std::string* const value = std::get_if<std::string>(&raw);
    if (value == nullptr) return false;
    const auto found = std::find(field.names.begin(), field.names.end(), *value);
    if (found == field.names.end()) return false;
    field.set(config, static_cast<std::uint8_t>(found - field.names.begin()));
    return true;
  }
  bool operator()(const HostField& field) const {
    switch (field.kind) {
      case HostKind::kFunction: return std::holds_alternative<RawFunction>(raw);
      case HostKind::kObject: {
        const RawObject* const object = std::get_if<RawObject>(&raw);
        return object != nullptr && object->missing_methods.empty();
      }
      case HostKind::kIdentifier: {
        const std::string* const text = std::get_if<std::string>(&raw);
        return text != nullptr && is_identifier(*text);
      }
      case HostKind::kUrlOrFalse: {
        if (const bool* const on = std::get_if<bool>(&raw)) return !*on;
        const std::string* const text = std::get_if<std::string>(&raw);
        return text != nullptr && !text->empty() && text->find('\0') == std::string::npos;
      }
    }
    return false;
  }
};

// Of 0.2.x, which read 0 as "nothing given". `hint`: what 0 may have been meant to say. Where `unless` is 0 as well, 0
// is meant.
struct ZeroAsDefault {
  std::string_view path;
  std::string_view hint;
  std::string_view unless = {};
};
constexpr std::array kZeroesAsDefaults{
    ZeroAsDefault{"reconnect.maxAttempts", "; 1 means no retries"},
    ZeroAsDefault{"reconnect.maxDelay", "; initialDelay 0 means no waits", "reconnect.initialDelay"},
    ZeroAsDefault{"reconnect.maxConsecutiveErrors", ""},
    ZeroAsDefault{"refresh.intervalMs", "; refresh.enabled false turns it off"},
    ZeroAsDefault{"healthCheck.intervalMs", "; healthCheck.enabled false turns it off"},
    ZeroAsDefault{"memory.gcThreshold", "; memory.autoGC false turns it off"},
};

bool is_zero(const RawEntry& entry) {
  const double* const value = std::get_if<double>(&entry.value);
  return value != nullptr && *value == 0;
}

const ZeroAsDefault* zero_as_default(const RawEntry& entry, std::span<const RawEntry> entries) {
  if (!is_zero(entry)) return nullptr;
  const auto* const found = std::find_if(kZeroesAsDefaults.begin(), kZeroesAsDefaults.end(),
                                         [&](const ZeroAsDefault& zero) { return zero.path == entry.path; });
  if (found == kZeroesAsDefaults.end()) return nullptr;
  const bool meant = std::any_of(entries.begin(), entries.end(),
                                 [&](const RawEntry& other) { return other.path == found->unless && is_zero(other); });
  return meant ? nullptr : found;
}

std::string refusal(const ConfigKey& key, const RawValue& raw) {
  const auto* const host = std::get_if<HostField>(&key.field);
  const bool secret = host != nullptr && host->kind == HostKind::kUrlOrFalse;
  std::string text{key.path};
  text.append(": expected ").append(accepted_values(key)).append(", got ").append(std::visit(Shown{secret}, raw));
  if (const RawObject* const object = std::get_if<RawObject>(&raw); object != nullptr && host != nullptr) {
    for (std::size_t i = 0; i < object->missing_methods.size(); ++i) {
      text.append(i == 0 ? " without " : ", ").append(object->missing_methods[i]);
    }
  }
  const auto* const choice = std::get_if<ChoiceField>(&key.field);
  const std::string* const word = std::get_if<std::string>(&raw);
  if (choice == nullptr || word == nullptr) return text;
  const auto near = std::find_if(choice->names.begin(), choice->names.end(), [&](std::string_view name) {
    const std::size_t limit = std::max<std::size_t>(1, name.size() / 3);
    return spelling_distance(*word, name, limit) <= limit;
  });
  if (near != choice->names.end()) text.append("; did you mean '").append(*near).append("'?");
  return text;
}

void apply_serverless(Config& config) {
  config.reconnect.deadline = milliseconds{5000};
  // Five runs: the first retry at once, then the three waits that the preset promises.
  config.reconnect.max_attempts = 5;
  config.reconnect.initial_delay = milliseconds{200};
  config.reconnect.max_delay = milliseconds{800};
  config.reconnect.backoff = BackoffKind::kExponential;
  config.reconnect.jitter = JitterKind::kFull;
  config.refresh.enabled = false;
  config.health_check.enabled = false;
  config.probe.mode = ProbeMode::kOnDemand;
}

class Validation {
 public:
  explicit Validation(std::span<const RawEntry> entries) : entries_(entries) {}

  ConfigResult run() {
    // The preset is what the other keys are laid over, wherever it stands among them.
    for (const RawEntry& entry : entries_) {
      if (entry.path == "preset") take(entry);
    }
    if (config_.preset == Preset::kServerless) apply_serverless(config_);
    for (const RawEntry& entry : entries_) {
      if (entry.path != "preset") take(entry);
    }
    derive();
    check_between_keys();
    if (!problems_.empty()) return std::move(problems_);
    return config_;
  }

 private:
  void take(const RawEntry& entry) {
    if (const ConfigKey* const key = find_config_key(entry.path)) {
      if (std::holds_alternative<std::monostate>(entry.value) || zero_as_default(entry, entries_) != nullptr) return;
      if (!std::visit(Apply{*key, entry.value, config_}, key->field)) report(entry.path, refusal(*key, entry.value));
      return;
    }
    if (is_config_group(entry.path)) {
      if (std::holds_alternative<std::monostate>(entry.value)) return;
      const std::string name = entry.path.empty() ? "configuration" : entry.path;
      report(entry.path, name + ": expected an object, got " + std::visit(Shown{true}, entry.value));
      return;
    }
    std::string message = shown_key(entry.path) + ": unknown key";
    if (const auto meant = nearest_key(entry.path)) message.append("; did you mean ").append(*meant).append("?");
    report(entry.path, std::move(message));
  }

  void report(std::string path, std::string message) { problems_.push_back({std::move(path), std::move(message)}); }

  [[nodiscard]] const RawValue* given(std::string_view path) const {
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const RawEntry& e) { return e.path == path; });
    if (found == entries_.end() || std::holds_alternative<std::monostate>(found->value)) return nullptr;
    return &found->value;
  }
  [[nodiscard]] bool sound(std::string_view path) const {
    return std::none_of(problems_.begin(), problems_.end(), [&](const ConfigProblem& p) { return p.path == path; });
  }

  void derive() {
    if (const RawValue* const url = given("probe.url"); url != nullptr && std::holds_alternative<bool>(*url)) {
      if (given("probe.mode") == nullptr) config_.probe.mode = ProbeMode::kOff;
    }
    config_.bulkheads.read.configured = given_beneath("bulkheads.read.");
    config_.bulkheads.write.configured = given_beneath("bulkheads.write.");
    config_.bulkheads.reporting.configured = given_beneath("bulkheads.reporting.");
  }
  [[nodiscard]] bool given_beneath(std::string_view prefix) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const RawEntry& entry) {
      return entry.path.starts_with(prefix) && !std::holds_alternative<std::monostate>(entry.value);
    });
  }

  void check_between_keys() {
    not_below("circuitBreaker.maxSampleSize", "circuitBreaker.failureThreshold");
    if (sound("probe.url") && sound("probe.mode") && given("probe.url") != nullptr &&
        std::holds_alternative<bool>(*given("probe.url")) && config_.probe.mode != ProbeMode::kOff) {
      report("probe.mode", "probe.mode: expected 'off' beside probe.url false, which turns the probe off");
    }
    if (sound("writes.markerTable") && sound("writes.onUnknownOutcome") && given("writes.markerTable") != nullptr &&
        config_.on_unknown_outcome != UnknownOutcomePolicy::kVerify) {
      report("writes.markerTable", "writes.markerTable: has a meaning only where writes.onUnknownOutcome is 'verify'");
    }
  }

  void not_below(std::string_view greater, std::string_view lesser) {
    if (!sound(greater) || !sound(lesser)) return;
    const double high = std::get<double>(value_of(*find_config_key(greater), config_));
    const double low = std::get<double>(value_of(*find_config_key(lesser), config_));
    if (high >= low) return;
    const std::string_view by_default = given(greater) == nullptr ? ", the default" : "";
    std::string message{greater};
    message.append(": expected no less than ").append(lesser).append(" (").append(number_text(low));
    message.append("), got ").append(number_text(high)).append(by_default);
    report(std::string{greater}, std::move(message));
  }

  std::span<const RawEntry> entries_;
  Config config_;
  std::vector<ConfigProblem> problems_;
};

std::string key_text(std::string_view path, const Config& config) {
  return number_text(std::get<double>(value_of(*find_config_key(path), config)));
}

}  // namespace

ConfigResult validate_config(std::span<const RawEntry> entries) {
  return Validation(entries).run();
}

std::vector<std::string> config_notices(std::span<const RawEntry> entries, const Config& config) {
  std::vector<std::string> notices;
  for (const RawEntry& entry : entries) {
    const ZeroAsDefault* const zero = zero_as_default(entry, entries);
    if (zero == nullptr) continue;
    std::string text =
        entry.path + ": 0 is taken for its default, " + key_text(entry.path, config) + ", as 0.2.x did: leave it out";
    notices.push_back(text.append(zero->hint));
  }
  if (config.reconnect.max_delay < config.reconnect.initial_delay) {
    const std::string most = key_text("reconnect.maxDelay", config);
    notices.push_back("reconnect.maxDelay: " + most + " is less than reconnect.initialDelay, " +
                      key_text("reconnect.initialDelay", config) + ": no wait is longer than " + most +
                      ", as in 0.2.x; initialDelay should be no more than that");
  }
  return notices;
}

}  // namespace resilience
