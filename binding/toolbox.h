// What lib/toolbox takes from the core: circuit breaker, bulkhead, retry schedule, and what a call's failure means.
//
// Each class here is the core's own, made for JavaScript. Owner: the environment's thread.
#pragma once

#include <memory>
#include <optional>

#include "binding/config_wrap.h"
#include "binding/records/attempt.h"
#include "binding/seam/bind.h"
#include "core/bulkhead.h"
#include "core/call_policy.h"
#include "core/circuit_breaker.h"
#include "core/retry_schedule.h"

namespace resilience {

class BreakerWrap : public CircuitBreaker {
 public:
  using CircuitBreaker::CircuitBreaker;
  [[nodiscard]] static std::unique_ptr<BreakerWrap> create(const ConfigWrap& config);
  // The state afterwards.
  CircuitState settle(TimePoint now, CircuitPermit permit, CallResult result);
};

enum class BulkheadName : std::uint8_t { kRead = 0, kWrite = 1, kReporting = 2 };

class BulkheadWrap : public Bulkhead {
 public:
  using Bulkhead::Bulkhead;
  [[nodiscard]] static std::unique_ptr<BulkheadWrap> create(const ConfigWrap& config, BulkheadName name);
};

class RetryScheduleWrap {
 public:
  [[nodiscard]] static std::unique_ptr<RetryScheduleWrap> create(const RetryScheduleConfig& config, std::uint64_t seed);
  [[nodiscard]] RetryStep next(std::uint32_t failed_tries, Duration remaining);

 private:
  RetryScheduleWrap(const RetryScheduleConfig& config, std::uint64_t seed) noexcept : config_(config), rng_(seed) {}

  RetryScheduleConfig config_;
  Rng rng_;
};

struct CallJudgement {
  CallResult result = CallResult::kNeither;
  bool again = false;
  bool unknown = false;  // no rule knew the error
};
// `judged`: the class that the client has found already; what it has proven is among the facts.
namespace binding {
[[nodiscard]] CallJudgement judge_call(const ErrorFacts& facts, CallKind kind, bool unknown_counts,
                                       bool database_unavailable, std::optional<ErrorClass> judged);
}

namespace seam {

template <>
inline constexpr bool kCrossesAsNumber<CircuitState> = true;
template <>
inline constexpr bool kCrossesAsNumber<CallResult> = true;
template <>
inline constexpr bool kCrossesAsNumber<BulkheadEntry> = true;

template <>
struct Codec<CircuitPermit> {
  using Number = Codec<std::uint64_t>;
  static js::Maybe<js::Value> write(js::Env env, CircuitPermit permit) noexcept {
    return Number::write(env, permit.value);
  }
  static js::Maybe<CircuitPermit> read(Reader& reader, js::Value value) {
    const auto number = Number::read(reader, value);
    if (!number) return {};
    return CircuitPermit{*number};
  }
  static TypeSchema describe(Described& schema) { return Number::describe(schema); }
};

template <>
struct Record<RetryScheduleConfig> {
  static constexpr auto kFields =
      std::tuple{required<&RetryScheduleConfig::max_retries>,   required<&RetryScheduleConfig::first_at_once>,
                 required<&RetryScheduleConfig::initial_delay>, required<&RetryScheduleConfig::max_delay>,
                 required<&RetryScheduleConfig::backoff>,       required<&RetryScheduleConfig::jitter>};
};

template <>
struct Cases<RetryStep> {
  static constexpr auto kTag = required<&RetryStep::verdict>;
  static constexpr auto kCases = std::tuple{when<RetryVerdict::kRetry, &RetryStep::wait>,
                                            when<RetryVerdict::kExhausted>, when<RetryVerdict::kDeadline>};
};

template <>
struct Record<CallJudgement> {
  static constexpr auto kFields =
      std::tuple{required<&CallJudgement::result>, required<&CallJudgement::again>, required<&CallJudgement::unknown>};
};

template <>
struct ClassOf<BreakerWrap> {
  static constexpr const char* kName = "NativeCircuitBreaker";
  static constexpr napi_type_tag kTag = {0x51c07f3e9ab8d264ULL, 0xb7e2604c18f59d3aULL};
  static constexpr auto kConstructor = callable<&BreakerWrap::create, "config">;
  static constexpr auto kMethods = std::tuple{callable<&BreakerWrap::try_acquire, "nowMs">,
                                              callable<&BreakerWrap::settle, "nowMs", "permit", "result">,
                                              callable<&BreakerWrap::state, "nowMs">,
                                              callable<&BreakerWrap::retry_after, "nowMs">,
                                              callable<&BreakerWrap::failures>,
                                              callable<&BreakerWrap::trip, "nowMs">,
                                              callable<&BreakerWrap::reset>};
};

template <>
struct ClassOf<BulkheadWrap> {
  static constexpr const char* kName = "NativeBulkhead";
  static constexpr napi_type_tag kTag = {0xe80b3d5f67a1c942ULL, 0x2f94d6817ce05ab3ULL};
  static constexpr auto kConstructor = callable<&BulkheadWrap::create, "config", "name">;
  static constexpr auto kMethods = std::tuple{callable<&BulkheadWrap::enter>,        callable<&BulkheadWrap::leave>,
                                              callable<&BulkheadWrap::stop_waiting>, callable<&BulkheadWrap::executing>,
                                              callable<&BulkheadWrap::waiting>,      callable<&BulkheadWrap::refused>};
};

template <>
struct ClassOf<RetryScheduleWrap> {
  static constexpr const char* kName = "NativeRetrySchedule";
  static constexpr napi_type_tag kTag = {0x9d4e7a26f813b05cULL, 0x63b8c1f5d20e974aULL};
  static constexpr auto kConstructor = callable<&RetryScheduleWrap::create, "config", "seed">;
  static constexpr auto kMethods = std::tuple{callable<&RetryScheduleWrap::next, "failedTries", "remainingMs">};
};

}  // namespace seam
}  // namespace resilience
