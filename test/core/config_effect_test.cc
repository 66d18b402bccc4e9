// Every key that the supervisor decides by, from its name to what follows from it: a key that were read and then
// ignored would be told here, where the default and another value must lead to different behaviour.
#include "support/desk.h"

#include <functional>
#include <string_view>

#include "core/config_keys.h"
#include "core/config_validation.h"
#include "core/error_verdict.h"

namespace resilience {
namespace {

using namespace testing_support;

using Given = std::vector<RawEntry>;

Config config_of(const Given& given) {
  const ConfigResult result = validate_config(given);
  const Config* const config = std::get_if<Config>(&result);
  if (config == nullptr) ADD_FAILURE() << std::get<std::vector<ConfigProblem>>(result).front().message;
  return config == nullptr ? Config{} : *config;
}

double in_ms(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

const HostAbilities kInBand{true, false};

// Runs one operation into conflicts. Answers how long it waited before each run after the first, in ms.
std::vector<double> waits(const Config& config) {
  Desk desk(config);
  desk.up();
  std::vector<double> waited;
  FailedAttempt a_try = desk.start();
  for (;;) {
    const TimePoint failed_at = desk.now;
    const Decision decision = desk.fail(a_try, to_classification(RuleVerdict::kRolledBackConflict));
    if (decision.verdict == DecisionVerdict::kGiveUp) return waited;
    desk.forget();
    if (decision.verdict == DecisionVerdict::kWait) {
      while (!desk.released(decision.ticket)) desk.pass(milliseconds{1});
    }
    waited.push_back(in_ms(desk.now - failed_at));
    a_try = desk.again(a_try, decision.ticket);
  }
}

double first_replacement(Desk& desk, Duration limit, const std::function<void()>& each_second) {
  const TimePoint from = desk.now;
  while (desk.count<Replace>() == 0 && desk.now - from < limit) {
    each_second();
    desk.pass(seconds{1});
  }
  return desk.count<Replace>() == 0 ? 0 : in_ms(desk.now - from);
}

// Time between resets that failures of the engine ask for without end.
double between_resets(const Config& config) {
  Desk desk(config);
  desk.up();
  std::vector<Duration> resets;
  while (resets.size() < 3) {
    desk.forget();
    desk.fail(desk.start(), ErrorClass::kEngineFault);
    desk.pass(milliseconds{5});
    if (desk.core.state() == ConnectionState::kSuspect) desk.probe(ProbeVerdict::kUp);
    for (const Duration reset : desk.times<Replace>()) {
      resets.push_back(reset);
      desk.replaced(true);
    }
    desk.pass(milliseconds{5});
  }
  return in_ms(resets[2] - resets[1]);
}

double errors_until_reset(const Config& config) {
  Desk desk(config);
  desk.up();
  double errors = 0;
  while (desk.count<Replace>() == 0 && errors < 1000) {
    ++errors;
    desk.fail(desk.start(), ErrorClass::kUnknownOutcome);
    desk.pass(milliseconds{4});
    desk.probe(ProbeVerdict::kUp);
    desk.pass(milliseconds{1});
  }
  return errors;
}

double share_retried(const Config& config) {
  Desk desk(config);
  desk.up();
  double retried = 0;
  for (int i = 0; i < 10000; ++i) {
    const Decision decision = desk.fail(desk.start(), to_classification(RuleVerdict::kRolledBackConflict));
    if (decision.verdict != DecisionVerdict::kGiveUp) ++retried;
  }
  return retried / 10000;
}

double runs_again(const Config& config, OperationShape shape, bool callback_started, const Classification& failure) {
  Desk desk(config);
  desk.up();
  FailedAttempt a_try = desk.start(OperationKind::kWrite);
  a_try.operation.shape = shape;
  a_try.callback_started = callback_started;
  return desk.fail(a_try, failure).verdict == DecisionVerdict::kGiveUp ? 0 : 1;
}

// The second look of an outage after the first, in band.
double between_looks_while_down(const Config& config) {
  Desk desk(config, kInBand);
  desk.verified(VerifyVerdict::kOk);
  desk.fail(desk.start(), ErrorClass::kNotSent);
  desk.pass(milliseconds{1});
  desk.verified(VerifyVerdict::kUnreachable);
  const TimePoint answered = desk.now;
  const std::size_t before = desk.count<Verify>();
  while (desk.count<Verify>() == before && desk.now - answered < seconds{10}) desk.pass(milliseconds{1});
  return in_ms(desk.now - answered);
}

struct Effective {
  std::string_view key;
  // Given besides the key itself, in both runs.
  Given beside;
  RawValue value;
  std::function<double(const Config&)> observe;
  double by_default;
  double as_given;
  double tolerance = 0;
};

const Given kExact{{"reconnect.jitter", std::string{"none"}}, {"reconnect.deadline", 600000.0}};
const Given kManyRuns{
    {"reconnect.jitter", std::string{"none"}}, {"reconnect.deadline", 600000.0}, {"reconnect.maxAttempts", 9.0}};
const Given kNoRetries{{"reconnect.maxAttempts", 1.0}};
const Given kNoRefresh{{"refresh.enabled", false}};

const std::vector<Effective>& table() {
  static const std::vector<Effective> kTable{
      {"reconnect.maxAttempts", kExact, 6.0, [](const Config& c) { return 1.0 + double(waits(c).size()); }, 3, 6},
      {"reconnect.initialDelay", kExact, 300.0, [](const Config& c) { return waits(c).at(1); }, 1000, 300, 1},
      {"reconnect.maxDelay", kManyRuns, 3000.0, [](const Config& c) { return waits(c).back(); }, 10000, 3000, 1},
      {"reconnect.backoff", kManyRuns, std::string{"linear"}, [](const Config& c) { return waits(c).at(3); }, 4000,
       3000, 1},
      {"reconnect.jitter",
       {},
       std::string{"none"},
       [](const Config& c) { return waits(c).at(1) > 999 ? 1.0 : 0.0; },
       0,
       1},
      {"reconnect.deadline",
       {},
       4000.0,
       [](const Config& c) {
         Desk desk(c);
         desk.up();
         const FailedAttempt caught = desk.down();
         desk.pass(minutes{1});
         EXPECT_EQ(desk.expired(caught.ticket), GiveUpReason::kDeadline);
         return in_ms(desk.times<Expire>().front() - (caught.first_started - kStart));
       },
       15000,
       4000},
      {"reconnect.maxParked",
       {},
       7.0,
       [](const Config& c) {
         Desk desk(c);
         double parked = 0;
         while (desk.admit().verdict == AdmissionVerdict::kParked) ++parked;
         return parked;
       },
       10000,
       7},
      {"reconnect.hardResetOnFinalAttempt",
       {{"reconnect.maxAttempts", 2.0}},
       false,
       [](const Config& c) {
         Desk desk(c);
         desk.up();
         desk.fail(desk.start(), ErrorClass::kUnknownOutcome);
         desk.pass(milliseconds{4});
         desk.probe(ProbeVerdict::kUp);
         return double(desk.count<Replace>());
       },
       1,
       0},
      {"reconnect.maxConsecutiveErrors", kNoRetries, 4.0, errors_until_reset, 10, 4},
      {"reconnect.maxConnectionAge", kNoRefresh, 3600000.0,
       [](const Config& c) {
         Desk desk(c);
         desk.up();
         desk.live(hours{20});
         EXPECT_GE(desk.count<Replace>(), 1U);
         return in_ms(desk.times<Replace>().front());
       },
       64800000, 3600000, 1000},
      {"reconnect.minResetInterval", {}, 2000.0, between_resets, 10000, 2000, 30},
      {"reconnect.retryBudget.ratio",
       {{"reconnect.retryBudget.minPerSecond", 0.0}},
       0.5,
       share_retried,
       0.2,
       0.5,
       0.02},
      {"reconnect.retryBudget.minPerSecond",
       {{"reconnect.retryBudget.ratio", 0.0}},
       50.0,
       share_retried,
       0.01,
       0.05,
       0.001},
      {"refresh.enabled",
       {},
       false,
       [](const Config& c) {
         Desk desk(c);
         desk.up();
         return first_replacement(desk, minutes{20}, [&] { desk.succeed(desk.start()); }) > 0 ? 1.0 : 0.0;
       },
       1,
       0},
      {"refresh.intervalMs",
       {},
       30000.0,
       [](const Config& c) {
         Desk desk(c);
         desk.up();
         return first_replacement(desk, minutes{20}, [&] { desk.succeed(desk.start()); });
       },
       300000,
       30000,
       15000},
      {"healthCheck.enabled",
       {},
       false,
       [](const Config& c) {
         Desk desk(c);
         desk.up();
         desk.live(minutes{2});
         return desk.count<RunHealthCheck>() > 0 ? 1.0 : 0.0;
       },
       1,
       0},
      {"healthCheck.intervalMs",
       {},
       7000.0,
       [](const Config& c) {
         Desk desk(c);
         desk.up();
         desk.live(minutes{2});
         return in_ms(desk.times<RunHealthCheck>().at(0));
       },
       60000,
       7000,
       1},
      {"probe.intervalMs",
       {},
       700.0,
       [](const Config& c) {
         Desk desk(c);
         desk.pass(c.warmup.timeout);
         desk.verified(VerifyVerdict::kTimedOut);
         const Duration from = desk.elapsed();
         desk.forget();
         desk.pass(seconds{20});
         return in_ms(desk.times<Verify>().at(0) - from);
       },
       5000,
       700,
       1},
      // Jittered, so that a fleet does not look in step.
      {"probe.downIntervalMs", {}, 800.0, between_looks_while_down, 50, 800, 400},
      {"probe.timeoutMs",
       {},
       250.0,
       [](const Config& c) {
         Desk desk(c, kInBand);
         desk.verified(VerifyVerdict::kOk);
         desk.start();
         desk.pass(c.probe.suspect_after);
         return in_ms(desk.last<Verify>().timeout);
       },
       1000,
       250},
      {"probe.suspectAfterMs",
       {},
       600.0,
       [](const Config& c) {
         Desk desk(c);
         desk.up();
         desk.start();
         const TimePoint from = desk.now;
         while (desk.core.state() != ConnectionState::kSuspect) desk.pass(milliseconds{1});
         return in_ms(desk.now - from);
       },
       2000,
       600,
       10},
      {"writes.onUnknownOutcome",
       {},
       std::string{"retry"},
       [](const Config& c) {
         return runs_again(c, OperationShape::kSingle, false, override_with(ErrorClass::kUnknownOutcome));
       },
       0,
       1},
      {"transactions.retry",
       {},
       std::string{"conflict"},
       [](const Config& c) {
         return runs_again(c, OperationShape::kInteractive, true, to_classification(RuleVerdict::kRolledBackConflict));
       },
       0,
       1},
      {"transactions.retry",
       {},
       std::string{"never"},
       [](const Config& c) {
         return runs_again(c, OperationShape::kArray, false, to_classification(RuleVerdict::kRolledBackConflict));
       },
       1,
       0},
      {"warmup.enabled", {}, false, [](const Config& c) { return Desk(c).core.gate_closed() ? 1.0 : 0.0; }, 1, 0},
      {"warmup.timeoutMs",
       {},
       900.0,
       [](const Config& c) {
         Desk desk(c);
         desk.admit();
         desk.pass(minutes{1});
         return in_ms(desk.times<Release>().at(0));
       },
       10000,
       900},
  };
  return kTable;
}

TEST(ConfigEffect, EachKeyOfTheSupervisorChangesWhatFollows) {
  for (const Effective& row : table()) {
    SCOPED_TRACE(row.key);
    Given given = row.beside;
    EXPECT_NEAR(row.observe(config_of(given)), row.by_default, row.tolerance) << "by default";
    given.push_back({std::string{row.key}, row.value});
    EXPECT_NEAR(row.observe(config_of(given)), row.as_given, row.tolerance) << "as given";
  }
}

// A new key has to be put into the table above, or here where something else than the supervisor acts by it.
TEST(ConfigEffect, NoKeyIsForgotten) {
  const std::vector<std::string_view> elsewhere{
      "preset",
      "memory.",
      "healthCheck.latencyWarnMs",
      "healthCheck.timeoutMs",
      "probe.url",
      "probe.mode",
      "writes.marker",
      "circuitBreaker.",
      "bulkheads.",
      "timeouts.",
      "cache.",
      "warnings.",
      "logging.",
      "classifyError",
      "isIdempotent",
      "onError",
  };
  for (const ConfigKey& key : config_keys()) {
    const bool in_table =
        std::any_of(table().begin(), table().end(), [&](const Effective& row) { return row.key == key.path; });
    const bool is_elsewhere = std::any_of(elsewhere.begin(), elsewhere.end(),
                                          [&](std::string_view prefix) { return key.path.starts_with(prefix); });
    EXPECT_NE(in_table, is_elsewhere) << key.path;
  }
}

}  // namespace
}  // namespace resilience
