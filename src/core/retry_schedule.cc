#include "core/retry_schedule.h"

#include "core/backoff.h"

namespace resilience {

RetryStep next_retry(const RetryScheduleConfig& config, std::uint32_t failed_tries, Duration remaining,
                     Rng& rng) noexcept {
  if (failed_tries > config.max_retries) return {RetryVerdict::kExhausted, Duration::zero()};
  ReconnectConfig pace;
  pace.initial_delay = config.initial_delay;
  pace.max_delay = config.max_delay;
  pace.backoff = config.backoff;
  pace.jitter = config.jitter;
  const std::uint32_t retry = config.first_at_once ? failed_tries : failed_tries + 1;  // number 1 never waits
  const Duration wait = backoff_delay(pace, retry, rng);
  if (wait >= remaining) return {RetryVerdict::kDeadline, Duration::zero()};
  return {RetryVerdict::kRetry, wait};
}

}  // namespace resilience
