#include "core/replacement.h"

#include <algorithm>
#include <utility>

#include "core/backoff.h"

namespace resilience {
namespace {

// A refresh comes between 90 % and 110 % of its interval, so that a fleet started at once does not refresh at once.
constexpr double kRefreshJitter = 0.1;

// A factory that has just failed is never asked again at once, whatever the backoff is set to.
constexpr Duration kLeastWait = std::chrono::milliseconds{100};

// However short warm-ups are to be, adapters that connect and are verified get as long as this.
constexpr Duration kLeastPatience = std::chrono::seconds{5};

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

bool Replacement::may_reset(TimePoint now) const noexcept {
  if (!possible_) return false;
  if (retry_reason_ && now < retry_at_) return false;
  return !last_hard_reset_ || now - *last_hard_reset_ >= config_.reconnect.min_reset_interval;
}

bool Replacement::may_ask_for_credentials(TimePoint now) const noexcept {
  return !last_credentials_ || now - *last_credentials_ >= config_.reconnect.min_reset_interval;
}

Duration Replacement::patience(ReplacePart part) const noexcept {
  const Duration usual = config_.warmup.timeout;
  return part == ReplacePart::kClient ? usual : std::max(kLeastPatience, usual);
}

Replacement::Begun Replacement::begin(TimePoint now, ReplaceReason reason, Effects& effects) {
  if (!possible_) {
    if (!impossible_told_) effects.emplace_back(ReplaceImpossible{reason});
    impossible_told_ = true;
    return Begun::kImpossible;
  }
  if (reason_) {
    if (does_for(reason)) return Begun::kMerged;
    if (!waiting_ || gravity_of(reason) > gravity_of(*waiting_)) waiting_ = reason;
    return Begun::kWaits;
  }
  if (is_hard_reset(reason)) last_hard_reset_ = now;
  if (reason == ReplaceReason::kCredentials) last_credentials_ = now;
  reason_ = reason;
  began_ = now;
  retry_reason_.reset();
  retry_at_ = kEndOfTime;
  return Begun::kBegun;
}

std::optional<ReplaceReason> Replacement::take_waiting() noexcept {
  return std::exchange(waiting_, std::nullopt);
}

void Replacement::stop() noexcept {
  reason_.reset();
  waiting_.reset();
  retry_reason_.reset();
}

std::optional<ReplaceReason> Replacement::finish(TimePoint now, bool ok) {
  if (!reason_) return std::nullopt;
  const ReplaceReason reason = *reason_;
  reason_.reset();
  schedule_refresh(now);
  if (ok) {
    failures_ = 0;
    generation_since_ = now;
    return reason;
  }
  // A caller who asked for it gets the error and may ask again; whoever is refused next asks for other credentials
  // again; a pool that has not been renewed wakes by itself. What else we wanted ourselves is tried again.
  if (reason != ReplaceReason::kManual && reason != ReplaceReason::kCredentials &&
      reason != ReplaceReason::kReconnect) {
    ++failures_;
    retry_reason_ = reason;
    const std::uint32_t retry = std::max(2U, failures_ + 1);  // the first retry of a factory is not free of wait
    const Duration bound = backoff_bound(config_.reconnect, retry);
    const Duration wait = bound / 2 + backoff_delay(config_.reconnect, retry, rng_) / 2;
    retry_at_ = saturating_add(now, std::max(kLeastWait, wait));
  }
  return reason;
}

void Replacement::put_off(TimePoint now) noexcept {
  reason_.reset();
  schedule_refresh(now);
  not_aged_before_ = saturating_add(now, config_.refresh.interval);
}

bool Replacement::retry_wanted(ReplaceWhen when) const noexcept {
  if (retry_reason_ == ReplaceReason::kInitial) return true;  // without a client there is nothing to wait for
  return when == ReplaceWhen::kHealthy || (when == ReplaceWhen::kRetries && mends(*retry_reason_));
}

std::optional<ReplaceReason> Replacement::due(TimePoint now, ReplaceWhen when, std::uint64_t operations) {
  if (!possible_ || under_way()) return std::nullopt;
  if (retry_reason_) return retry_wanted(when) && now >= retry_at_ ? retry_reason_ : std::nullopt;
  if (when != ReplaceWhen::kHealthy) return std::nullopt;
  if (now >= aged_at()) return ReplaceReason::kAge;
  if (now < refresh_at_) return std::nullopt;
  const bool idle = operations == operations_at_refresh_;
  operations_at_refresh_ = operations;
  if (!idle) return ReplaceReason::kRefresh;
  schedule_refresh(now);
  return std::nullopt;
}

TimePoint Replacement::aged_at() const noexcept {
  return std::max(saturating_add(generation_since_, config_.reconnect.max_connection_age), not_aged_before_);
}

TimePoint Replacement::next_deadline(ReplaceWhen when) const noexcept {
  if (!possible_ || under_way()) return kEndOfTime;
  if (retry_reason_) return retry_wanted(when) ? retry_at_ : kEndOfTime;
  return when == ReplaceWhen::kHealthy ? std::min(refresh_at_, aged_at()) : kEndOfTime;
}

}  // namespace resilience
