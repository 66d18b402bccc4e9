// When, and whether, a call that the user wrapped is made again: attempts, backoff and one deadline across all tries.
//
// Pure. Which failures are worth another try is the caller's to say.
#pragma once

#include <cstdint>

#include "core/config.h"
#include "core/rng.h"
#include "core/types.h"

namespace resilience {

struct RetryScheduleConfig {
  std::uint32_t max_retries = 3;
  bool first_at_once = false;  // the first retry does not wait, and the backoff begins with the second
  Duration initial_delay = milliseconds{1000};
  Duration max_delay = milliseconds{10000};
  BackoffKind backoff = BackoffKind::kExponential;
  JitterKind jitter = JitterKind::kFull;
};

// The values cross into JavaScript.
enum class RetryVerdict : std::uint8_t {
  kRetry = 0,
  kExhausted = 1,  // no retries left
  kDeadline = 2,   // the wait would last beyond the deadline: it is not begun
};

struct RetryStep {
  RetryVerdict verdict;
  Duration wait;
};

// After try number `failed_tries` (1 = the first) failed with `remaining` time until the deadline.
[[nodiscard]] RetryStep next_retry(const RetryScheduleConfig& config, std::uint32_t failed_tries, Duration remaining,
                                   Rng& rng) noexcept;

}  // namespace resilience
