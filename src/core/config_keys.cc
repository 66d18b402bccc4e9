#include "core/config_keys.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

namespace resilience {
namespace {

// Node's timers take no more: 24.8 days.
constexpr double kMaxMilliseconds = 2147483647;
constexpr double kMaxCount = 1000000;

constexpr std::array<std::string_view, 2> kPresets{"server", "serverless"};
constexpr std::array<std::string_view, 2> kBackoffs{"exponential", "linear"};
constexpr std::array<std::string_view, 2> kJitters{"full", "none"};
constexpr std::array<std::string_view, 3> kProbeModes{"on-demand", "sentinel", "off"};
constexpr std::array<std::string_view, 3> kUnknownOutcomes{"throw", "verify", "retry"};
constexpr std::array<std::string_view, 4> kTransactionRetries{"safe", "conflict", "always", "never"};
constexpr std::array<std::string_view, 6> kLogLevels{"trace", "debug", "info", "warn", "error", "silent"};
constexpr std::array<std::string_view, 4> kLoggerMethods{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 3> kStoreMethods{"get", "set", "delete"};

using Path = std::string_view;
using Meaning = std::string_view;

constexpr ConfigKey boolean(Path path, bool& (*of)(Config&), Meaning meaning) {
  return {path, BooleanField{of}, 0, 0, meaning};
}
constexpr ConfigKey integer(Path path, std::uint32_t& (*of)(Config&), double min, double max, Meaning meaning) {
  return {path, IntegerField{of}, min, max, meaning};
}
constexpr ConfigKey number(Path path, double& (*of)(Config&), double min, double max, Meaning meaning) {
  return {path, NumberField{of}, min, max, meaning};
}
constexpr ConfigKey duration(Path path, Duration& (*of)(Config&), double min, Meaning meaning) {
  return {path, DurationField{of}, min, kMaxMilliseconds, meaning};
}
constexpr ConfigKey optional_duration(Path path, std::optional<Duration>& (*of)(Config&), double min, Meaning meaning) {
  return {path, OptionalDurationField{of}, min, kMaxMilliseconds, meaning};
}
// Infinity is never.
constexpr ConfigKey duration_or_never(Path path, Duration& (*of)(Config&), double min, Meaning meaning) {
  return {path, DurationField{of}, min, std::numeric_limits<double>::infinity(), meaning};
}
template <typename Access>
constexpr ConfigKey choice(Path path, std::span<const std::string_view> names, Access, Meaning meaning) {
  return {path,
          ChoiceField{names,
                      [](Config& config, std::uint8_t index) {
                        auto& field = Access{}(config);
                        field = static_cast<std::remove_reference_t<decltype(field)>>(index);
                      },
                      [](const Config& config) {
                        Config copy = config;
                        return static_cast<std::uint8_t>(Access{}(copy));
                      }},
          0, 0, meaning};
}
constexpr ConfigKey host(Path path, HostKind kind, std::string_view default_text, Meaning meaning,
                         std::span<const std::string_view> methods = {}) {
  return {path, HostField{kind, default_text, methods}, 0, 0, meaning};
}

constexpr std::array kKeys{
    choice(
        "preset", kPresets, [](Config& c) -> auto& { return c.preset; },
        "'serverless' sets a deadline of 5000, jittered waits of 200, 400 and 800, refresh and health timers off, "
        "probe on demand; keys given beside it win"),

    integer(
        "reconnect.maxAttempts", [](Config& c) -> auto& { return c.reconnect.max_attempts; }, 1, 1000,
        "runs of one operation after a connection-class failure; time parked while the database is known to be "
        "down does not use one up. While the probe is up the first retry goes at once"),
    duration(
        "reconnect.initialDelay", [](Config& c) -> auto& { return c.reconnect.initial_delay; }, 0,
        "first bound of the backoff, from the second retry on"),
    duration(
        "reconnect.maxDelay", [](Config& c) -> auto& { return c.reconnect.max_delay; }, 0,
        "last bound of the backoff: no wait is longer"),
    choice(
        "reconnect.backoff", kBackoffs, [](Config& c) -> auto& { return c.reconnect.backoff; }, "how the bound grows"),
    choice(
        "reconnect.jitter", kJitters, [](Config& c) -> auto& { return c.reconnect.jitter; },
        "'full' waits a random share of the bound, 'none' the bound itself"),
    duration(
        "reconnect.deadline", [](Config& c) -> auto& { return c.reconnect.deadline; }, 1,
        "no new try and no new wait of an operation starts or lasts beyond it; it never ends a try that runs on "
        "a live connection"),
    integer(
        "reconnect.maxParked", [](Config& c) -> auto& { return c.reconnect.max_parked; }, 0, kMaxCount,
        "operations that may wait for the database; one more is refused at once"),
    boolean(
        "reconnect.hardResetOnFinalAttempt", [](Config& c) -> auto& { return c.reconnect.hard_reset_on_final_attempt; },
        "replace the client before the last run of an operation; only while the probe says up"),
    integer(
        "reconnect.maxConsecutiveErrors", [](Config& c) -> auto& { return c.reconnect.max_consecutive_errors; }, 1,
        kMaxCount,
        "connection-class errors in a row that trigger a hard reset, only while the probe says up (P2002 and its "
        "like, and saturation, never count)"),
    duration_or_never(
        "reconnect.maxConnectionAge", [](Config& c) -> auto& { return c.reconnect.max_connection_age; }, 1,
        "preventive replacement of a client this old"),
    duration(
        "reconnect.minResetInterval", [](Config& c) -> auto& { return c.reconnect.min_reset_interval; }, 0,
        "automatic hard resets are never closer together"),
    number(
        "reconnect.retryBudget.ratio", [](Config& c) -> auto& { return c.reconnect.retry_budget.ratio; }, 0, 1,
        "retries while the database is believed up, as a share of all operations"),
    number(
        "reconnect.retryBudget.minPerSecond",
        [](Config& c) -> auto& { return c.reconnect.retry_budget.min_per_second; }, 0, kMaxCount,
        "retries that are always allowed, per second; a burst of 10 s of them"),

    boolean(
        "refresh.enabled", [](Config& c) -> auto& { return c.refresh.enabled; },
        "recycle connections without failing one operation; skipped while idle"),
    duration(
        "refresh.intervalMs", [](Config& c) -> auto& { return c.refresh.interval; }, 10,
        "time between refreshes, jittered"),

    boolean(
        "memory.autoGC", [](Config& c) -> auto& { return c.memory.auto_gc; },
        "run the collector and return native memory when the threshold is crossed"),
    number(
        "memory.gcThreshold", [](Config& c) -> auto& { return c.memory.gc_threshold; }, 0.01, 1,
        "share of the heap's or the container's limit that counts as high"),
    duration(
        "memory.intervalMs", [](Config& c) -> auto& { return c.memory.interval; }, 10, "time between samples"),
    boolean(
        "memory.resetOnGrowth", [](Config& c) -> auto& { return c.memory.reset_on_growth; },
        "replace the client where resident memory keeps growing"),

    boolean(
        "healthCheck.enabled", [](Config& c) -> auto& { return c.health_check.enabled; },
        "periodic check and `health` event; skipped while idle"),
    duration(
        "healthCheck.intervalMs", [](Config& c) -> auto& { return c.health_check.interval; }, 10,
        "time between checks"),
    duration(
        "healthCheck.latencyWarnMs", [](Config& c) -> auto& { return c.health_check.latency_warn; }, 0,
        "a slower answer counts as degraded"),
    duration(
        "healthCheck.timeoutMs", [](Config& c) -> auto& { return c.health_check.timeout; }, 1,
        "no answer by then counts as unhealthy"),

    host("probe.url", HostKind::kUrlOrFalse, "the guarded adapter's, else DATABASE_URL",
         "what the libpq probe connects to; Prisma's own URL parameters are stripped; `false` turns the probe off"),
    choice(
        "probe.mode", kProbeModes, [](Config& c) -> auto& { return c.probe.mode; },
        "'sentinel' keeps one idle connection open and sees a shutdown the moment it happens"),
    duration(
        "probe.intervalMs", [](Config& c) -> auto& { return c.probe.interval; }, 10,
        "time between looks at a database that is up, where the probe looks at all"),
    duration(
        "probe.downIntervalMs", [](Config& c) -> auto& { return c.probe.down_interval; }, 1,
        "time between looks at a database that is down: for 2 s, then doubling to 1 s, jittered"),
    duration(
        "probe.timeoutMs", [](Config& c) -> auto& { return c.probe.timeout; }, 1, "of one look"),
    duration(
        "probe.suspectAfterMs", [](Config& c) -> auto& { return c.probe.suspect_after; }, 1,
        "an operation in flight that long makes the probe look: at the database where nothing has completed since, and "
        "with the guard at what the server does for it"),

    choice(
        "writes.onUnknownOutcome", kUnknownOutcomes, [](Config& c) -> auto& { return c.on_unknown_outcome; },
        "what becomes of a write that may or may not have been committed; 'verify' needs the guard"),
    host("writes.markerTable", HostKind::kIdentifier, "-",
         "with 'verify': a row of this table, written in the same statement or transaction, decides; needed on MySQL, "
         "MariaDB and SQLite"),
    choice(
        "transactions.retry", kTransactionRetries, [](Config& c) -> auto& { return c.transaction_retry; },
        "'safe': array transactions, and interactive ones whose callback was not yet called; 'conflict': also "
        "callbacks after P2034, 40001 or 40P01; 'always': after any rolled-back failure; 'never'"),

    boolean(
        "circuitBreaker.enabled", [](Config& c) -> auto& { return c.circuit_breaker.enabled; },
        "refuse calls while too many of the last ones failed; infrastructure failures and timeouts only"),
    integer(
        "circuitBreaker.failureThreshold", [](Config& c) -> auto& { return c.circuit_breaker.failure_threshold; }, 1,
        kMaxCount, "failures among the last `maxSampleSize` calls that open the circuit"),
    duration(
        "circuitBreaker.resetTimeout", [](Config& c) -> auto& { return c.circuit_breaker.reset_timeout; }, 1,
        "time in OPEN before calls are let through on trial"),
    integer(
        "circuitBreaker.halfOpenSuccessThreshold",
        [](Config& c) -> auto& { return c.circuit_breaker.half_open_success_threshold; }, 1, kMaxCount,
        "successes on trial that close the circuit"),
    integer(
        "circuitBreaker.maxSampleSize", [](Config& c) -> auto& { return c.circuit_breaker.max_sample_size; }, 1,
        kMaxCount, "calls that the circuit remembers; not below `failureThreshold`"),

    integer(
        "bulkheads.read.maxConcurrent", [](Config& c) -> auto& { return c.bulkheads.read.max_concurrent; }, 1,
        kMaxCount, "reads that run at once; used by read(), and by getClient() where configured"),
    integer(
        "bulkheads.read.maxWaiting", [](Config& c) -> auto& { return c.bulkheads.read.max_waiting; }, 0, kMaxCount,
        "reads that may wait for a place; one more is refused at once"),
    integer(
        "bulkheads.write.maxConcurrent", [](Config& c) -> auto& { return c.bulkheads.write.max_concurrent; }, 1,
        kMaxCount, "writes that run at once; used by write(), and by getClient() where configured"),
    integer(
        "bulkheads.write.maxWaiting", [](Config& c) -> auto& { return c.bulkheads.write.max_waiting; }, 0, kMaxCount,
        "writes that may wait for a place"),
    integer(
        "bulkheads.reporting.maxConcurrent", [](Config& c) -> auto& { return c.bulkheads.reporting.max_concurrent; }, 1,
        kMaxCount, "reports that run at once; used by report()"),
    integer(
        "bulkheads.reporting.maxWaiting", [](Config& c) -> auto& { return c.bulkheads.reporting.max_waiting; }, 0,
        kMaxCount, "reports that may wait for a place"),

    duration(
        "timeouts.read", [](Config& c) -> auto& { return c.timeouts.read; }, 1, "of one try of read()"),
    duration(
        "timeouts.write", [](Config& c) -> auto& { return c.timeouts.write; }, 1, "of one try of write()"),
    duration(
        "timeouts.report", [](Config& c) -> auto& { return c.timeouts.report; }, 1, "of one try of report()"),
    optional_duration(
        "timeouts.operation", [](Config& c) -> auto& { return c.timeouts.operation; }, 1,
        "of one operation through getClient(), which has none unless this is set"),

    host("cache.store", HostKind::kObject, "in memory",
         "any Keyv store, for entries that several processes share, e.g. in Redis", kStoreMethods),
    integer(
        "cache.maxEntries", [](Config& c) -> auto& { return c.cache.max_entries; }, 1, kMaxCount,
        "entries held in memory; the least recently used goes first"),
    duration(
        "cache.ttlMs", [](Config& c) -> auto& { return c.cache.ttl; }, 1,
        "how long an entry is fresh where the call names no `cacheTtl`"),
    duration(
        "cache.staleTtlMs", [](Config& c) -> auto& { return c.cache.stale_ttl; }, 0,
        "how long after that it may stand in for a failed fetch where the call names no `staleTtl`"),

    boolean(
        "warmup.enabled", [](Config& c) -> auto& { return c.warmup.enabled; },
        "the first operations wait for a verified connection, never for a fixed sleep. The first of them begins it, or "
        "`ready()`, or whoever asks whether there is a connection"),
    duration(
        "warmup.timeoutMs", [](Config& c) -> auto& { return c.warmup.timeout; }, 1,
        "after that they are let go unverified"),

    duration(
        "warnings.slowOperationMs", [](Config& c) -> auto& { return c.warnings.slow_operation; }, 0,
        "an operation that takes this long is told by `operation:slow` and a log line, with where its time went: "
        "waiting for the database, for a connection, on the wire, in the process; 0: none is, and nothing is measured"),
    duration(
        "warnings.heldConnectionMs", [](Config& c) -> auto& { return c.warnings.held_connection; }, 0,
        "an interactive transaction that stays open this long, or a connection that the application has taken from the "
        "adapter's pool and does nothing with, is told once by `connection:held` and a log line, with the caller's "
        "line; "
        "0: none is"),

    choice(
        "logging.level", kLogLevels, [](Config& c) -> auto& { return c.log_level; }, "the least that is logged"),
    host("logging.logger", HostKind::kObject, "console", "any console- or pino-shaped object", kLoggerMethods),

    host("classifyError", HostKind::kFunction, "-",
         "(error, suggestion) => the class of an error, in place of ours; nothing keeps the suggestion"),
    host("isIdempotent", HostKind::kFunction, "-",
         "(operation) => whether a write may be run again although its first outcome is unknown"),
    host("onError", HostKind::kFunction, "-",
         "(error, { operation, model, retryCount, duration, errorClass, outcome }): told of each failure off the "
         "critical path; what it throws is logged and harms nothing"),
};

constexpr std::array kDerivedKeys{
    boolean(
        "bulkheads.read.configured", [](Config& c) -> auto& { return c.bulkheads.read.configured; },
        "a key of it was given: it admits what goes through getClient(), too"),
    boolean(
        "bulkheads.write.configured", [](Config& c) -> auto& { return c.bulkheads.write.configured; },
        "a key of it was given: it admits what goes through getClient(), too"),
    boolean(
        "bulkheads.reporting.configured", [](Config& c) -> auto& { return c.bulkheads.reporting.configured; },
        "a key of it was given"),
};

std::string quoted_list(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ", ";
    text.append("'").append(name).append("'");
  }
  return text;
}

std::string range_text(std::string_view what, const ConfigKey& key, std::string_view unit) {
  std::string text{what};
  text.append(" from ").append(number_text(key.min));
  if (std::isinf(key.max)) return text.append(unit).append(", or Infinity for never");
  return text.append(" to ").append(number_text(key.max)).append(unit);
}

double in_milliseconds(Duration duration) {
  if (duration == kNever) return std::numeric_limits<double>::infinity();
  return std::chrono::duration<double, std::milli>(duration).count();
}

struct ValueOf {
  const Config& config;
  Config copy = config;  // accessors hand out references to change things by; this one may be given away

  ConfigValue operator()(const BooleanField& field) { return field.of(copy); }
  ConfigValue operator()(const IntegerField& field) { return static_cast<double>(field.of(copy)); }
  ConfigValue operator()(const NumberField& field) { return field.of(copy); }
  ConfigValue operator()(const DurationField& field) { return in_milliseconds(field.of(copy)); }
  ConfigValue operator()(const OptionalDurationField& field) {
    const std::optional<Duration>& value = field.of(copy);
    return value ? ConfigValue{in_milliseconds(*value)} : ConfigValue{};
  }
  ConfigValue operator()(const ChoiceField& field) { return field.names[field.get(config)]; }
  ConfigValue operator()(const HostField&) { return {}; }
};

struct AcceptedValues {
  const ConfigKey& key;

  std::string operator()(const BooleanField&) const { return "true or false"; }
  std::string operator()(const IntegerField&) const { return range_text("an integer", key, ""); }
  std::string operator()(const NumberField&) const { return range_text("a number", key, ""); }
  std::string operator()(const DurationField&) const { return range_text("an integer", key, " (ms)"); }
  std::string operator()(const OptionalDurationField&) const { return range_text("an integer", key, " (ms)"); }
  std::string operator()(const ChoiceField& field) const { return "one of " + quoted_list(field.names); }
  std::string operator()(const HostField& field) const {
    switch (field.kind) {
      case HostKind::kFunction: return "a function";
      case HostKind::kObject: return "an object with the methods " + quoted_list(field.methods);
      case HostKind::kIdentifier:
        return "the name of a table (letters, digits and underscores, optionally schema.table)";
      case HostKind::kUrlOrFalse: return "a connection string or false";
    }
    return {};
  }
};

}  // namespace

std::span<const ConfigKey> config_keys() noexcept {
  return kKeys;
}

std::span<const ConfigKey> derived_config_keys() noexcept {
  return kDerivedKeys;
}

const ConfigKey* find_config_key(std::string_view path) noexcept {
  const auto* const found =
      std::find_if(kKeys.begin(), kKeys.end(), [&](const ConfigKey& k) { return k.path == path; });
  return found == kKeys.end() ? nullptr : found;
}

bool is_config_group(std::string_view path) noexcept {
  return path.empty() || std::any_of(kKeys.begin(), kKeys.end(), [&](const ConfigKey& key) {
           return key.path.size() > path.size() && key.path[path.size()] == '.' && key.path.starts_with(path);
         });
}

ConfigValue value_of(const ConfigKey& key, const Config& config) {
  return std::visit(ValueOf{config}, key.field);
}

std::string accepted_values(const ConfigKey& key) {
  return std::visit(AcceptedValues{key}, key.field);
}

std::string default_text(const ConfigKey& key) {
  if (const auto* const field = std::get_if<HostField>(&key.field)) return std::string{field->default_text};
  struct Text {
    std::string operator()(std::monostate) const { return "-"; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(double value) const { return number_text(value); }
    std::string operator()(std::string_view value) const { return quoted_list({&value, 1}); }
  };
  return std::visit(Text{}, value_of(key, Config{}));
}

std::string number_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return std::signbit(number) ? "-Infinity" : "Infinity";
  std::array<char, 32> buffer{};
  char* const first = buffer.data();
  char* const last = first + buffer.size();
  // Whole numbers as people write them: the shortest form would say 6.48e+07.
  constexpr double kExactlyWhole = 9e15;
  const bool whole = std::abs(number) < kExactlyWhole && std::trunc(number) == number;
  const std::to_chars_result result =
      whole ? std::to_chars(first, last, static_cast<std::int64_t>(number)) : std::to_chars(first, last, number);
  return {first, result.ptr};
}

}  // namespace resilience
