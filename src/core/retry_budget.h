// A token bucket that keeps retries a small share of the traffic while the database is believed up.
//
// Every operation earns `ratio` tokens and every second earns `min_per_second`; a retry costs one. The bucket holds ten
// seconds of the minimum, so that one outage's worth of retries passes and a retry storm does not
// (Finagle's RetryBudget, failsafe-go's budget).
#pragma once

#include <cstdint>

#include "core/config.h"
#include "core/types.h"

namespace resilience {

class RetryBudget {
 public:
  RetryBudget(const RetryBudgetConfig& config, TimePoint start) noexcept;

  // `count` operations were started since the last call.
  void deposit(TimePoint now, std::uint64_t count) noexcept;
  // Takes one token; false when there is none, and then the retry must not happen.
  [[nodiscard]] bool try_withdraw(TimePoint now) noexcept;
  [[nodiscard]] double tokens() const noexcept { return tokens_; }

 private:
  void refill(TimePoint now) noexcept;

  RetryBudgetConfig config_;
  double capacity_;
  double tokens_;
  TimePoint refilled_at_;
};

}  // namespace resilience
