// The configuration that the core decides by, after validation. Defaults are the documented ones.
//
// A Config is plain data and is always valid: validate_config() (config_validation.h) is the only way from a user's
// values to one, and it reports every problem at once.
#pragma once

#include <cstdint>
#include <optional>

#include "core/types.h"

namespace resilience {

using std::chrono::milliseconds;

enum class Preset : std::uint8_t { kServer = 0, kServerless = 1 };
enum class BackoffKind : std::uint8_t { kExponential = 0, kLinear = 1 };
enum class JitterKind : std::uint8_t { kFull = 0, kNone = 1 };
enum class ProbeMode : std::uint8_t { kOnDemand = 0, kSentinel = 1, kOff = 2 };
enum class UnknownOutcomePolicy : std::uint8_t { kThrow = 0, kVerify = 1, kRetry = 2 };
enum class TransactionRetry : std::uint8_t { kSafe = 0, kConflict = 1, kAlways = 2, kNever = 3 };
enum class LogLevel : std::uint8_t { kTrace = 0, kDebug = 1, kInfo = 2, kWarn = 3, kError = 4, kSilent = 5 };

struct RetryBudgetConfig {
  double ratio = 0.2;
  double min_per_second = 10;
};

struct ReconnectConfig {
  std::uint32_t max_attempts = 3;
  Duration initial_delay = milliseconds{1000};
  Duration max_delay = milliseconds{10000};
  BackoffKind backoff = BackoffKind::kExponential;
  JitterKind jitter = JitterKind::kFull;
  Duration deadline = milliseconds{15000};
  std::uint32_t max_parked = 10000;
  bool hard_reset_on_final_attempt = true;
  std::uint32_t max_consecutive_errors = 10;
  Duration max_connection_age = milliseconds{64800000};
  Duration min_reset_interval = milliseconds{10000};
  RetryBudgetConfig retry_budget;
};

struct RefreshConfig {
  bool enabled = true;
  Duration interval = milliseconds{300000};
};

struct MemoryConfig {
  bool auto_gc = true;
  double gc_threshold = 0.85;
  Duration interval = milliseconds{5000};
  bool reset_on_growth = false;  // replace the client where RSS keeps growing
};

struct HealthCheckConfig {
  bool enabled = true;
  Duration interval = milliseconds{60000};
  Duration latency_warn = milliseconds{500};
  Duration timeout = milliseconds{5000};
};

struct ProbeConfig {
  ProbeMode mode = ProbeMode::kOnDemand;
  Duration interval = milliseconds{5000};
  Duration down_interval = milliseconds{50};
  Duration timeout = milliseconds{1000};
  Duration suspect_after = milliseconds{2000};
};

struct CircuitBreakerConfig {
  bool enabled = false;
  std::uint32_t failure_threshold = 5;
  Duration reset_timeout = milliseconds{30000};
  std::uint32_t half_open_success_threshold = 2;
  std::uint32_t max_sample_size = 100;
};

struct BulkheadConfig {
  std::uint32_t max_concurrent = 0;
  std::uint32_t max_waiting = 0;
  bool configured = false;  // the user named a key of it: it then admits what goes through getClient() too
};

struct BulkheadsConfig {
  BulkheadConfig read{50, 100};
  BulkheadConfig write{20, 50};
  BulkheadConfig reporting{5, 10};
};

struct TimeoutsConfig {
  Duration read = milliseconds{5000};
  Duration write = milliseconds{10000};
  Duration report = milliseconds{30000};
  std::optional<Duration> operation;  // of getClient(); none by default
};

// The in-memory store and the times of entries for which a call names none.
struct CacheConfig {
  std::uint32_t max_entries = 1000;
  Duration ttl = milliseconds{60000};
  Duration stale_ttl = milliseconds{300000};  // how long past `ttl` an entry may still stand in for a failure
};

struct WarmupConfig {
  bool enabled = true;
  Duration timeout = milliseconds{10000};
};

// What is told of because it is slow, or held for too long. 0: nothing is.
struct WarningsConfig {
  Duration slow_operation{};
  Duration held_connection = milliseconds{30000};
};

struct Config {
  Preset preset = Preset::kServer;
  ReconnectConfig reconnect;
  RefreshConfig refresh;
  MemoryConfig memory;
  HealthCheckConfig health_check;
  ProbeConfig probe;
  UnknownOutcomePolicy on_unknown_outcome = UnknownOutcomePolicy::kThrow;
  TransactionRetry transaction_retry = TransactionRetry::kSafe;
  CircuitBreakerConfig circuit_breaker;
  BulkheadsConfig bulkheads;
  TimeoutsConfig timeouts;
  CacheConfig cache;
  WarmupConfig warmup;
  WarningsConfig warnings;
  LogLevel log_level = LogLevel::kInfo;
};

}  // namespace resilience
