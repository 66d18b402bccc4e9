#include "core/retry_budget.h"

#include <algorithm>

namespace resilience {
namespace {

constexpr double kBurstSeconds = 10;

// At least one whole token where any is earned: else a share of the operations, or a small minimum, would buy nothing.
double capacity_of(const RetryBudgetConfig& config) noexcept {
  const bool earns = config.ratio > 0 || config.min_per_second > 0;
  return std::max(earns ? 1.0 : 0.0, config.min_per_second * kBurstSeconds);
}

}  // namespace

RetryBudget::RetryBudget(const RetryBudgetConfig& config, TimePoint start) noexcept
    : config_(config), capacity_(capacity_of(config)), tokens_(capacity_), claimed_at_(start) {}

bool RetryBudget::try_withdraw(TimePoint now) noexcept {
  double earned = static_cast<double>(unclaimed_operations_) * config_.ratio;
  unclaimed_operations_ = 0;
  if (now > claimed_at_) {
    earned += std::chrono::duration<double>(now - claimed_at_).count() * config_.min_per_second;
    claimed_at_ = now;
  }
  tokens_ = std::min(capacity_, tokens_ + earned);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace resilience
