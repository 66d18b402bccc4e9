#include "binding/toolbox.h"

namespace resilience {

std::unique_ptr<BreakerWrap> BreakerWrap::create(const ConfigWrap& config) {
  return std::make_unique<BreakerWrap>(config.config().circuit_breaker);
}

CircuitState BreakerWrap::settle(TimePoint now, CircuitPermit permit, CallResult result) {
  on_result(now, permit, result);
  return last_state();
}

std::unique_ptr<BulkheadWrap> BulkheadWrap::create(const ConfigWrap& config, BulkheadName name) {
  const BulkheadsConfig& bulkheads = config.config().bulkheads;
  switch (name) {
    case BulkheadName::kRead: return std::make_unique<BulkheadWrap>(bulkheads.read);
    case BulkheadName::kWrite: return std::make_unique<BulkheadWrap>(bulkheads.write);
    case BulkheadName::kReporting: return std::make_unique<BulkheadWrap>(bulkheads.reporting);
  }
  return nullptr;
}

std::unique_ptr<RetryScheduleWrap> RetryScheduleWrap::create(const RetryScheduleConfig& config, std::uint64_t seed) {
  return std::unique_ptr<RetryScheduleWrap>(new RetryScheduleWrap(config, seed));
}

RetryStep RetryScheduleWrap::next(std::uint32_t failed_tries, Duration remaining) {
  return next_retry(config_, failed_tries, remaining, rng_);
}

CallJudgement binding::judge_call(const ErrorFacts& facts, CallKind kind, bool unknown_counts,
                                  bool database_unavailable, std::optional<ErrorClass> judged) {
  CallFailure failure;
  failure.database_unavailable = database_unavailable;
  if (judged) {
    failure.judged = override_with(*judged);
    if (facts.proven_outcome) failure.judged.traits.outcome = *facts.proven_outcome;
  } else {
    failure.judged = classify(facts);
    failure.unknown = failure.judged.source == RuleSource::kNone;
  }
  const CallVerdict verdict = resilience::judge_call(kind, failure, unknown_counts);
  return {verdict.result, verdict.again, failure.unknown};
}

}  // namespace resilience
