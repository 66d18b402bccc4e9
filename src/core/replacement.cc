#include "core/replacement.h"

#include <algorithm>

#include "core/backoff.h"

namespace resilience {
namespace {

// A refresh comes between 90 % and 110 % of its interval, so that a fleet started at once does not refresh at once.
constexpr double kRefreshJitter = 0.1;

}  // namespace

Replacement::Replacement(const Config& config, bool possible, std::uint64_t seed, TimePoint start) noexcept
    : config_(config), rng_(seed), possible_(possible), generation_since_(start) {
  schedule_refresh(start);
}

void Replacement::schedule_refresh(TimePoint now) noexcept {
  if (!possible_ || !config_.refresh.enabled) {
    refresh_at_ = kEndOfTime;
    return;
  }
  const double factor = 1 - kRefreshJitter + 2 * kRefreshJitter * rng_.next_unit();
  const double interval = static_cast<double>(config_.refresh.interval.count()) * factor;
  refresh_at_ = saturating_add(now, Duration{static_cast<Duration::rep>(interval)});
}

bool Replacement::may_begin(TimePoint now) const noexcept {
  if (!possible_ || under_way()) return false;
  return !last_hard_reset_ || now - *last_hard_reset_ >= config_.reconnect.min_reset_interval;
}

bool Replacement::begin(TimePoint now, ReplaceReason reason, Effects& effects) {
  if (!possible_) {
    if (!impossible_told_) effects.emplace_back(ReplaceImpossible{reason});
    impossible_told_ = true;
    return false;
  }
  if (under_way()) return true;
  reason_ = reason;
  retry_reason_.reset();
  retry_at_ = kEndOfTime;
  if (is_hard_reset(reason)) last_hard_reset_ = now;
  effects.emplace_back(Replace{reason, is_forced(reason)});
  return true;
}

std::optional<ReplaceReason> Replacement::finish(TimePoint now, bool ok) {
  if (!reason_) return std::nullopt;
  const ReplaceReason reason = *reason_;
  reason_.reset();
  if (ok) {
    failures_ = 0;
    generation_since_ = now;
    schedule_refresh(now);
    return reason;
  }
  // A caller who asked for it gets the error and may ask again; what we wanted ourselves is tried again.
  if (reason != ReplaceReason::kManual) {
    ++failures_;
    retry_reason_ = reason;
    // The first retry of a replacement waits as well: the factory has just shown that it fails.
    const Duration wait = backoff_bound(config_.reconnect, std::max(2U, failures_ + 1));
    retry_at_ = saturating_add(now, wait / 2 + backoff_delay(config_.reconnect, std::max(2U, failures_ + 1), rng_) / 2);
  }
  return reason;
}

void Replacement::tick(TimePoint now, bool healthy, std::uint64_t operations, Effects& effects) {
  if (!possible_ || under_way()) return;
  if (retry_reason_ && now >= retry_at_) {
    begin(now, *retry_reason_, effects);
    return;
  }
  if (!healthy) return;
  if (now - generation_since_ >= config_.reconnect.max_connection_age) {
    begin(now, ReplaceReason::kAge, effects);
    return;
  }
  if (now >= refresh_at_) {
    const bool idle = operations == operations_at_refresh_;
    operations_at_refresh_ = operations;
    if (idle) {
      schedule_refresh(now);
    } else {
      begin(now, ReplaceReason::kRefresh, effects);
    }
  }
}

TimePoint Replacement::next_deadline(bool healthy) const noexcept {
  if (!possible_ || under_way()) return kEndOfTime;
  if (!healthy) return retry_at_;
  const TimePoint aged = saturating_add(generation_since_, config_.reconnect.max_connection_age);
  return std::min({retry_at_, refresh_at_, aged});
}

}  // namespace resilience
