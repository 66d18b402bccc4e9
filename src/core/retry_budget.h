// A token bucket that keeps retries a small share of the traffic while the database is believed up.
//
// Every operation earns `ratio` tokens and every second earns `min_per_second`; a retry costs one. The bucket holds ten
// seconds of the minimum: one fault's worth of retries passes, a retry storm does not (the idea of Finagle's
// RetryBudget). Earnings are only added up when a token is asked for, so that it makes no difference whether operations
// are reported one by one or folded into one number.
#pragma once

#include <cstdint>

#include "core/config.h"
#include "core/types.h"

namespace resilience {

class RetryBudget {
 public:
  RetryBudget(const RetryBudgetConfig& config, TimePoint start) noexcept;

  // `count` operations were started since the last call.
  void deposit(std::uint64_t count) noexcept { unclaimed_operations_ += count; }
  // Takes one token; false when there is none, and then the retry must not happen.
  [[nodiscard]] bool try_withdraw(TimePoint now) noexcept;

 private:
  RetryBudgetConfig config_;
  double capacity_;
  double tokens_;
  std::uint64_t unclaimed_operations_ = 0;
  TimePoint claimed_at_;
};

}  // namespace resilience
