#include "core/retry_budget.h"

#include <algorithm>

namespace resilience {
namespace {
constexpr double kBurstSeconds = 10;
}

RetryBudget::RetryBudget(const RetryBudgetConfig& config, TimePoint start) noexcept
    : config_(config),
      capacity_(config.min_per_second * kBurstSeconds),
      tokens_(capacity_),
      refilled_at_(start) {}

void RetryBudget::refill(TimePoint now) noexcept {
  if (now <= refilled_at_) return;
  const double seconds = std::chrono::duration<double>(now - refilled_at_).count();
  refilled_at_ = now;
  tokens_ = std::min(capacity_, tokens_ + seconds * config_.min_per_second);
}

void RetryBudget::deposit(TimePoint now, std::uint64_t count) noexcept {
  refill(now);
  // A busy service may hold more than the idle burst: its share of one second's worth of what it has just started.
  const double earned = static_cast<double>(count) * config_.ratio;
  tokens_ = std::min(std::max(capacity_, earned), tokens_ + earned);
}

bool RetryBudget::try_withdraw(TimePoint now) noexcept {
  refill(now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace resilience
