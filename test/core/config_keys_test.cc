#include "core/config_keys.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace resilience {
namespace {

TEST(ConfigKeys, EachIsNamedOnceAndExplained) {
  std::set<std::string_view> seen;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_TRUE(seen.insert(key.path).second) << key.path;
    EXPECT_FALSE(key.meaning.empty()) << key.path;
    EXPECT_FALSE(accepted_values(key).empty()) << key.path;
    EXPECT_FALSE(default_text(key).empty()) << key.path;
    EXPECT_FALSE(is_config_group(key.path)) << key.path;
    EXPECT_EQ(find_config_key(key.path), &key);
  }
}

TEST(ConfigKeys, DefaultsLieWithinTheirRange) {
  for (const ConfigKey& key : config_keys()) {
    const ConfigValue value = value_of(key, Config{});
    if (const double* const number = std::get_if<double>(&value)) {
      EXPECT_GE(*number, key.min) << key.path;
      EXPECT_LE(*number, key.max) << key.path;
    }
  }
}

TEST(ConfigKeys, DefaultsReadAsDocumented) {
  struct Row {
    std::string_view path;
    std::string_view text;
  };
  const Row rows[] = {
      {"preset", "'server'"},
      {"reconnect.maxAttempts", "3"},
      {"reconnect.maxConnectionAge", "64800000"},
      {"reconnect.retryBudget.ratio", "0.2"},
      {"memory.gcThreshold", "0.85"},
      {"writes.onUnknownOutcome", "'throw'"},
      {"timeouts.operation", "-"},
      {"logging.logger", "console"},
      {"circuitBreaker.enabled", "false"},
  };
  for (const Row& row : rows) {
    const ConfigKey* const key = find_config_key(row.path);
    ASSERT_NE(key, nullptr) << row.path;
    EXPECT_EQ(default_text(*key), row.text);
  }
}

TEST(ConfigKeys, EachFieldIsItsOwn) {
  // Changing the value of one key changes that of no other: no accessor was copied without being changed.
  struct Change {
    Config config;
    void operator()(const BooleanField& field) { field.of(config) = !field.of(config); }
    void operator()(const IntegerField& field) { field.of(config) += 1; }
    void operator()(const NumberField& field) { field.of(config) += 0.125; }
    void operator()(const DurationField& field) { field.of(config) += milliseconds{1}; }
    void operator()(const OptionalDurationField& field) { field.of(config) = milliseconds{1}; }
    void operator()(const ChoiceField& field) { field.set(config, field.get(config) == 0 ? 1 : 0); }
    void operator()(const HostField&) {}
  };
  for (const ConfigKey& changed : config_keys()) {
    Change change;
    std::visit(change, changed.field);
    for (const ConfigKey& key : config_keys()) {
      const bool differs = value_of(key, change.config) != value_of(key, Config{});
      EXPECT_EQ(differs, &key == &changed && !std::holds_alternative<HostField>(key.field))
          << changed.path << " " << key.path;
    }
  }
}

TEST(ConfigKeys, GroupsAreThePrefixesOfKeys) {
  for (const std::string_view group : {"", "reconnect", "reconnect.retryBudget", "bulkheads", "bulkheads.reporting"}) {
    EXPECT_TRUE(is_config_group(group)) << group;
  }
  for (const std::string_view other : {"reconn", "reconnect.", "reconnect.maxAttempts", "logging.logger", "x"}) {
    EXPECT_FALSE(is_config_group(other)) << other;
  }
}

TEST(ConfigKeys, NumbersReadAsPeopleWriteThem) {
  EXPECT_EQ(number_text(64800000), "64800000");
  EXPECT_EQ(number_text(-1), "-1");
  EXPECT_EQ(number_text(8999999999999999), "8999999999999999");
  EXPECT_EQ(number_text(9e15), "9e+15");
  EXPECT_EQ(number_text(0.85), "0.85");
  EXPECT_EQ(number_text(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(number_text(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

TEST(ConfigKeys, WhatFollowsFromOtherKeysIsInEffectBesideThem) {
  Config config;
  config.bulkheads.read.configured = true;
  config.bulkheads.reporting.configured = true;
  std::vector<ConfigValue> values;
  for (const ConfigKey& key : derived_config_keys()) {
    EXPECT_EQ(find_config_key(key.path), nullptr) << key.path << " is no user's to give";
    EXPECT_EQ(value_of(key, Config{}), ConfigValue{false}) << key.path;
    values.push_back(value_of(key, config));
  }
  EXPECT_EQ(values, (std::vector<ConfigValue>{true, false, true}));
}

}  // namespace
}  // namespace resilience
