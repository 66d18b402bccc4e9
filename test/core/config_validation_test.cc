#include "core/config_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <limits>

#include "core/backoff.h"
#include "core/config_keys.h"

namespace resilience {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Entries = std::vector<RawEntry>;

Config accepted(const Entries& entries) {
  const ConfigResult result = validate_config(entries);
  if (const auto* const problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    for (const ConfigProblem& problem : *problems) ADD_FAILURE() << problem.message;
    return {};
  }
  return std::get<Config>(result);
}

std::vector<std::string> refused(const Entries& entries) {
  const ConfigResult result = validate_config(entries);
  std::vector<std::string> messages;
  if (const auto* const problems = std::get_if<std::vector<ConfigProblem>>(&result)) {
    for (const ConfigProblem& problem : *problems) messages.push_back(problem.message);
  }
  return messages;
}

RawValue text(std::string_view value) {
  return std::string{value};
}

TEST(ConfigValidation, NothingGivenIsTheDocumentedDefault) {
  const Config config = accepted({});
  EXPECT_EQ(config.reconnect.max_attempts, 3U);
  EXPECT_EQ(config.reconnect.max_connection_age, std::chrono::hours{18});
  EXPECT_EQ(config.probe.mode, ProbeMode::kOnDemand);
  EXPECT_FALSE(config.circuit_breaker.enabled);
  EXPECT_FALSE(config.bulkheads.read.configured);
  EXPECT_FALSE(config.timeouts.operation.has_value());
}

TEST(ConfigValidation, UndefinedIsTheDefaultForEveryKeyAndGroup) {
  Entries entries{{"reconnect", {}}, {"bulkheads.read", {}}};
  for (const ConfigKey& key : config_keys()) entries.push_back({std::string{key.path}, {}});
  const Config config = accepted(entries);
  for (const ConfigKey& key : config_keys()) EXPECT_EQ(value_of(key, config), value_of(key, Config{})) << key.path;
  EXPECT_FALSE(config.bulkheads.read.configured);
}

TEST(ConfigValidation, ZeroIsTheDefaultWhereItWasInOlderVersionsAndIsToldOf) {
  const Entries entries{{"reconnect.maxAttempts", 0.0},  {"reconnect.maxConsecutiveErrors", 0.0},
                        {"refresh.enabled", false},      {"refresh.intervalMs", 0.0},
                        {"healthCheck.intervalMs", 0.0}, {"memory.gcThreshold", 0.0}};
  const Config config = accepted(entries);
  for (const RawEntry& entry : entries) {
    if (entry.path == "refresh.enabled") continue;
    const ConfigKey& key = *find_config_key(entry.path);
    EXPECT_EQ(value_of(key, config), value_of(key, Config{})) << key.path;
  }
  EXPECT_THAT(
      config_notices(entries, config),
      ElementsAre(
          "reconnect.maxAttempts: 0 is taken for its default, 3, as 0.2.x did: leave it out; 1 means no retries",
          HasSubstr("reconnect.maxConsecutiveErrors: 0 is taken for its default, 10"),
          HasSubstr("refresh.enabled false turns it off"), HasSubstr("healthCheck.intervalMs"),
          HasSubstr("memory.gcThreshold: 0 is taken for its default, 0.85")));
}

TEST(ConfigValidation, WhatIsWrittenAsItShouldBeIsNotToldOf) {
  const Entries entries{{"reconnect.maxAttempts", 1.0}, {"refresh.intervalMs", {}}, {"bulkheads.read.maxWaiting", 0.0}};
  EXPECT_THAT(config_notices(entries, accepted(entries)), IsEmpty());
}

TEST(ConfigValidation, ALastBoundBelowTheFirstIsWhatEachWaitLastsAndIsToldOf) {
  struct Row {
    Entries entries;
    milliseconds first;
    milliseconds later;
    std::vector<std::string> notices;
  };
  const Row rows[] = {
      {{{"reconnect.maxDelay", 500.0}},
       milliseconds{500},
       milliseconds{500},
       {"reconnect.maxDelay: 500 is less than reconnect.initialDelay, 1000: no wait is longer than 500, as in 0.2.x; "
        "initialDelay should be no more than that"}},
      {{{"reconnect.initialDelay", 20000.0}},
       milliseconds{10000},
       milliseconds{10000},
       {"reconnect.maxDelay: 10000 is less than reconnect.initialDelay, 20000: no wait is longer than 10000, as in "
        "0.2.x; initialDelay should be no more than that"}},
      {{{"reconnect.initialDelay", 500.0}, {"reconnect.maxDelay", 500.0}}, milliseconds{500}, milliseconds{500}, {}},
      {{{"reconnect.maxDelay", 0.0}},
       milliseconds{1000},
       milliseconds{10000},
       {"reconnect.maxDelay: 0 is taken for its default, 10000, as 0.2.x did: leave it out; initialDelay 0 means no "
        "waits"}},
      {{{"reconnect.initialDelay", 0.0}, {"reconnect.maxDelay", 0.0}}, milliseconds{0}, milliseconds{0}, {}},
  };
  for (const Row& row : rows) {
    const Config config = accepted(row.entries);
    for (const BackoffKind kind : {BackoffKind::kExponential, BackoffKind::kLinear}) {
      ReconnectConfig pace = config.reconnect;
      pace.backoff = kind;
      EXPECT_EQ(backoff_bound(pace, 2), row.first);
      EXPECT_EQ(backoff_bound(pace, 100), row.later);
    }
    EXPECT_EQ(config_notices(row.entries, config), row.notices);
  }
}

TEST(ConfigValidation, AZeroThatNoOlderVersionKnewIsRefused) {
  EXPECT_THAT(refused({{"reconnect.deadline", 0.0}, {"memory.intervalMs", 0.0}}),
              ElementsAre(HasSubstr("reconnect.deadline"), HasSubstr("memory.intervalMs")));
}

TEST(ConfigValidation, AClientMayLiveLongerThanATimerAndForever) {
  const ConfigKey& age = *find_config_key("reconnect.maxConnectionAge");
  const auto as_taken = [&](double ms) {
    return std::get<double>(value_of(age, accepted({{"reconnect.maxConnectionAge", ms}})));
  };
  constexpr double kThirtyDays = 30.0 * 24 * 3600 * 1000;
  EXPECT_EQ(as_taken(kThirtyDays), kThirtyDays);
  EXPECT_EQ(as_taken(std::numeric_limits<double>::infinity()), std::numeric_limits<double>::infinity());
  EXPECT_EQ(as_taken(std::numeric_limits<double>::max()), std::numeric_limits<double>::infinity());
  EXPECT_THAT(
      refused({{"reconnect.maxConnectionAge", std::numeric_limits<double>::quiet_NaN()}}),
      ElementsAre("reconnect.maxConnectionAge: expected an integer from 1 (ms), or Infinity for never, got NaN"));
  EXPECT_THAT(refused({{"reconnect.deadline", std::numeric_limits<double>::infinity()}}),
              ElementsAre(HasSubstr("got Infinity")));
}

TEST(ConfigValidation, ValuesReachTheirFields) {
  const Config config = accepted({
      {"reconnect.maxAttempts", 7.0},
      {"reconnect.initialDelay", 250.0},
      {"reconnect.backoff", text("linear")},
      {"reconnect.retryBudget.ratio", 0.05},
      {"refresh.enabled", false},
      {"memory.gcThreshold", 0.5},
      {"memory.resetOnGrowth", true},
      {"probe.url", text("postgres://app:secret@db:5432/app")},
      {"probe.mode", text("sentinel")},
      {"writes.onUnknownOutcome", text("verify")},
      {"writes.markerTable", text("app.outbox_markers")},
      {"transactions.retry", text("conflict")},
      {"bulkheads.write.maxWaiting", 0.0},
      {"timeouts.operation", 30000.0},
      {"logging.level", text("silent")},
      {"logging.logger", RawObject{}},
      {"classifyError", RawFunction{}},
  });
  EXPECT_EQ(config.reconnect.max_attempts, 7U);
  EXPECT_EQ(config.reconnect.initial_delay, milliseconds{250});
  EXPECT_EQ(config.reconnect.backoff, BackoffKind::kLinear);
  EXPECT_EQ(config.reconnect.retry_budget.ratio, 0.05);
  EXPECT_FALSE(config.refresh.enabled);
  EXPECT_EQ(config.memory.gc_threshold, 0.5);
  EXPECT_TRUE(config.memory.reset_on_growth);
  EXPECT_EQ(config.probe.mode, ProbeMode::kSentinel);
  EXPECT_EQ(config.on_unknown_outcome, UnknownOutcomePolicy::kVerify);
  EXPECT_EQ(config.transaction_retry, TransactionRetry::kConflict);
  EXPECT_EQ(config.bulkheads.write.max_waiting, 0U);
  EXPECT_EQ(config.timeouts.operation, milliseconds{30000});
  EXPECT_EQ(config.log_level, LogLevel::kSilent);
}

TEST(ConfigValidation, ABulkheadWithAnyKeyGivenIsConfigured) {
  const Config config = accepted({{"bulkheads.read.maxConcurrent", 50.0}, {"bulkheads.write.maxWaiting", {}}});
  EXPECT_TRUE(config.bulkheads.read.configured);
  EXPECT_FALSE(config.bulkheads.write.configured);
  EXPECT_FALSE(config.bulkheads.reporting.configured);
}

TEST(ConfigValidation, EveryBoundIsInclusiveAndOneStepBeyondIsRefused) {
  for (const ConfigKey& key : config_keys()) {
    const bool whole = !std::holds_alternative<NumberField>(key.field);
    if (std::holds_alternative<BooleanField>(key.field) || std::holds_alternative<ChoiceField>(key.field) ||
        std::holds_alternative<HostField>(key.field)) {
      continue;
    }
    const std::string path{key.path};
    const auto problems_of = [&](double value) {
      std::vector<std::string> own;
      for (const std::string& message : refused({{path, value}})) {
        if (message.starts_with(path + ": expected a")) own.push_back(message);
      }
      return own;
    };
    EXPECT_THAT(problems_of(key.min), IsEmpty());
    EXPECT_THAT(problems_of(key.max), IsEmpty());
    const double step = whole ? 1 : 0.001;
    const double infinity = std::numeric_limits<double>::infinity();
    for (const double wrong : {key.min - step, key.max + step, infinity, -infinity, std::nan(""), 1e300, -1e300}) {
      if (wrong > key.min && wrong <= key.max) continue;  // of what may be without an end
      if (wrong == 0 && !config_notices(Entries{{path, wrong}}, Config{}).empty()) continue;  // of older configurations
      EXPECT_THAT(problems_of(wrong), ElementsAre(HasSubstr(number_text(key.max)))) << path << " " << wrong;
    }
    if (whole) {
      EXPECT_THAT(problems_of(key.min + 0.5), ElementsAre(HasSubstr("an integer"))) << path;
    }
  }
}

TEST(ConfigValidation, EveryKeyRefusesEveryTypeThatIsNotItsOwn) {
  for (const ConfigKey& key : config_keys()) {
    const std::string path{key.path};
    int refusals = 0;
    const std::initializer_list<RawValue> values{
        true, 1.0, text("never one of the choices"), RawFunction{}, RawObject{}, RawArray{}, RawOther{"symbol"}};
    for (const RawValue& value : values) {
      for (const std::string& message : refused({{path, value}})) {
        refusals += message.starts_with(path + ": expected ") ? 1 : 0;
      }
    }
    // Each key takes one of the seven types; a choice, an identifier and `false` for true do not take the samples.
    EXPECT_GE(refusals, 6) << path;
  }
}

TEST(ConfigValidation, AllProblemsAreReportedAtOnceEachWithWhatIsAccepted) {
  EXPECT_THAT(
      refused({{"reconnect.maxAttempts", -1.0},
               {"reconnect.jitter", text("fulll")},
               {"reconnect.maxAttemps", 3.0},
               {"memory.autoGC", text("yes")},
               {"healthCheck", text("off")},
               {"logging.logger", RawObject{{"warn", "error"}}},
               {"onError", RawArray{}}}),
      ElementsAre("reconnect.maxAttempts: expected an integer from 1 to 1000, got -1",
                  "reconnect.jitter: expected one of 'full', 'none', got the string 'fulll'; did you mean 'full'?",
                  "reconnect.maxAttemps: unknown key; did you mean reconnect.maxAttempts?",
                  "memory.autoGC: expected true or false, got the string 'yes'",
                  "healthCheck: expected an object, got a string",
                  "logging.logger: expected an object with the methods 'debug', 'info', 'warn', 'error', got an "
                  "object without warn, error",
                  "onError: expected a function, got an array"));
}

TEST(ConfigValidation, AWordThatIsLikeNoneOfTheChoicesIsLikenedToNone) {
  EXPECT_THAT(refused({{"reconnect.jitter", text("sometimes")}}),
              ElementsAre("reconnect.jitter: expected one of 'full', 'none', got the string 'sometimes'"));
  EXPECT_THAT(
      refused({{"reconnect.jitter", text("gone")}}),
      ElementsAre("reconnect.jitter: expected one of 'full', 'none', got the string 'gone'; did you mean 'none'?"));
  EXPECT_THAT(refused({{"reconnect.jitter", text("gene")}}),
              ElementsAre("reconnect.jitter: expected one of 'full', 'none', got the string 'gene'"))
      << "two slips in four letters";
}

TEST(ConfigValidation, AWordInPlaceOfAFunctionIsShown) {
  EXPECT_THAT(refused({{"onError", text("console")}}),
              ElementsAre("onError: expected a function, got the string 'console'"));
}

TEST(ConfigValidation, UnknownKeysNameTheNearestOne) {
  struct Row {
    std::string_view given;
    std::string_view meant;
  };
  const Row rows[] = {
      {"reconect", "reconnect"},
      {"healthcheck", "healthCheck"},
      {"probe.timeout", "probe.timeoutMs"},
      {"maxAttempts", "reconnect.maxAttempts"},
      {"retry.maxAttempts", "reconnect.maxAttempts"},
      {"elsewhere.maxDelai", "reconnect.maxDelay"},
      {"bulkhead", "bulkheads"},
      {"circuitBreaker.resetTimeuot", "circuitBreaker.resetTimeout"},
      {"reconnect.retryBudget.ration", "reconnect.retryBudget.ratio"},
      {"onErorr", "onError"},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(refused({{std::string{row.given}, 1.0}}),
                ElementsAre(std::string{row.given} + ": unknown key; did you mean " + std::string{row.meant} + "?"));
  }
  EXPECT_THAT(refused({{"zzz", 1.0}}), ElementsAre("zzz: unknown key"));
  // What cannot hold a secret is shown as it is.
  EXPECT_THAT(refused({{"azAZ09_-.", 1.0}}), ElementsAre("azAZ09_-.: unknown key"));
  for (const char other : {'`', '{', '@', '[', '/', ':', ' ', '\n'}) {
    EXPECT_THAT(refused({{std::string("qqq") + other, 1.0}}), ElementsAre("a key of 4 bytes: unknown key"));
  }
}

TEST(ConfigValidation, AKeyOfFortyLettersIsShownAndALongerOneIsNot) {
  const std::string forty(40, 'q');
  EXPECT_THAT(refused({{forty, 1.0}}), ElementsAre(forty + ": unknown key"));
  EXPECT_THAT(refused({{forty + "q", 1.0}}), ElementsAre("a key of 41 bytes: unknown key"));
}

TEST(ConfigValidation, AConfigurationThatIsNoObjectSaysSo) {
  EXPECT_THAT(refused({{"", text("postgres://app:hunter2@db/app")}}),
              ElementsAre("configuration: expected an object, got a string"));
}

TEST(ConfigValidation, NoMessageRepeatsWhatCouldBeAPassword) {
  const std::string url = "postgres://app:hunter2@db/app";
  const std::vector<std::string> messages = refused({{"probe.url", std::string{"hunter2\0", 8}},
                                                     {"probe.mode", url},
                                                     {"reconnect.maxAttempts", url},
                                                     {"logging", url},
                                                     {"writes.markerTable", url},
                                                     {url, 1.0},
                                                     {"preset", url}});
  EXPECT_EQ(messages.size(), 7U);
  for (const std::string& message : messages) EXPECT_THAT(message, Not(HasSubstr("hunter2")));
}

TEST(ConfigValidation, TextsOfAnyLengthAndBytesAreSurvived) {
  std::string bytes(100000, '\xff');
  bytes += '\n';
  const std::vector<std::string> messages = refused({{bytes, bytes}, {"preset", bytes}, {"writes.markerTable", bytes}});
  EXPECT_EQ(messages.size(), 3U);
  for (const std::string& message : messages) EXPECT_LT(message.size(), 300U);
}

TEST(ConfigValidation, ServerlessIsLaidUnderTheKeysGivenBesideIt) {
  const Config config = accepted({{"reconnect.deadline", 9000.0}, {"preset", text("serverless")}});
  EXPECT_EQ(config.preset, Preset::kServerless);
  EXPECT_EQ(config.reconnect.deadline, milliseconds{9000});
  EXPECT_EQ(config.reconnect.initial_delay, milliseconds{200});
  EXPECT_EQ(config.reconnect.max_delay, milliseconds{800});
  EXPECT_EQ(config.reconnect.backoff, BackoffKind::kExponential);
  EXPECT_EQ(config.reconnect.jitter, JitterKind::kFull);
  EXPECT_FALSE(config.refresh.enabled);
  EXPECT_FALSE(config.health_check.enabled);
  EXPECT_EQ(config.probe.mode, ProbeMode::kOnDemand);
  EXPECT_EQ(accepted({{"preset", text("serverless")}}).reconnect.deadline, milliseconds{5000});
}

TEST(ConfigValidation, KeysMustFitTogether) {
  struct Row {
    Entries entries;
    std::vector<std::string> messages;
  };
  const Row rows[] = {
      {{{"circuitBreaker.failureThreshold", 200.0}},
       {"circuitBreaker.maxSampleSize: expected no less than circuitBreaker.failureThreshold (200), got 100, the "
        "default"}},
      {{{"circuitBreaker.failureThreshold", 4.0}, {"circuitBreaker.maxSampleSize", 4.0}}, {}},
      {{{"circuitBreaker.failureThreshold", 5.0}, {"circuitBreaker.maxSampleSize", 4.0}},
       {"circuitBreaker.maxSampleSize: expected no less than circuitBreaker.failureThreshold (5), got 4"}},
      {{{"probe.url", false}, {"probe.mode", text("sentinel")}},
       {"probe.mode: expected 'off' beside probe.url false, which turns the probe off"}},
      {{{"writes.markerTable", text("markers")}},
       {"writes.markerTable: has a meaning only where writes.onUnknownOutcome is 'verify'"}},
      {{{"probe.url", false}, {"probe.mode", text("sentinel")}, {"reconnect.maxAttempts", 0.5}},
       {"reconnect.maxAttempts: expected an integer from 1 to 1000, got 0.5",
        "probe.mode: expected 'off' beside probe.url false, which turns the probe off"}},
      // A key that is wrong by itself is not judged against its neighbours as well.
      {{{"circuitBreaker.failureThreshold", text("5")}, {"circuitBreaker.maxSampleSize", 4.0}},
       {"circuitBreaker.failureThreshold: expected an integer from 1 to 1000000, got the string '5'"}},
      {{{"probe.url", false}, {"probe.mode", 1.0}},
       {"probe.mode: expected one of 'on-demand', 'sentinel', 'off', got 1"}},
  };
  for (const Row& row : rows) EXPECT_EQ(refused(row.entries), row.messages);
}

TEST(ConfigValidation, ProbeUrlFalseTurnsTheProbeOff) {
  EXPECT_EQ(accepted({{"probe.url", false}}).probe.mode, ProbeMode::kOff);
  EXPECT_EQ(accepted({{"probe.url", false}, {"preset", text("serverless")}}).probe.mode, ProbeMode::kOff);
  EXPECT_THAT(refused({{"probe.url", true}}),
              ElementsAre("probe.url: expected a connection string or false, got true"));
}

TEST(ConfigValidation, AMarkerTableIsNoLongerThanPostgresReads) {
  const auto problems = [](std::size_t length) {
    return refused(
               {{"writes.onUnknownOutcome", text("verify")}, {"writes.markerTable", text(std::string(length, 'm'))}})
        .size();
  };
  EXPECT_EQ(problems(128), 1U);
  accepted({{"writes.onUnknownOutcome", text("verify")}, {"writes.markerTable", text(std::string(127, 'm'))}});
}

TEST(ConfigValidation, AMarkerTableIsAnIdentifierAndNothingElse) {
  for (const std::string_view good : {"markers", "_m1", "app.markers", "App.Markers_2"}) {
    accepted({{"writes.onUnknownOutcome", text("verify")}, {"writes.markerTable", text(good)}});
  }
  for (const std::string_view bad :
       {"", ".", "a.", ".a", "a.b.c", "1a", "0a", "9a", "a.9b", "a b", "a;b", "a\"b", "a-b", "a.1b"}) {
    EXPECT_EQ(refused({{"writes.onUnknownOutcome", text("verify")}, {"writes.markerTable", text(bad)}}).size(), 1U)
        << bad;
  }
}

}  // namespace
}  // namespace resilience
