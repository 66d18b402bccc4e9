#include "core/probe_schedule.h"

#include <algorithm>

#include "core/probe_verdict.h"

namespace resilience {
namespace {

constexpr int kThinning = 5;  // how much rarer knocks are after the eager phase
// The least share of a bound that jitter leaves: three quarters.
constexpr double kLeastShare = 0.75;

// So far apart that, however the jitter falls, the first has timed out when the last place is taken: no gaps.
Duration beside_interval(const ProbeTiming& timing) noexcept {
  const double share = static_cast<double>(timing.timeout.count()) / ProbeSchedule::kMostUnderWay;
  return Duration{static_cast<Duration::rep>(share / kLeastShare)};
}

}  // namespace

ProbeTiming merge(const ProbeTiming& one, const ProbeTiming& other) noexcept {
  return {std::min(one.interval, other.interval), std::min(one.down_interval, other.down_interval),
          std::max(one.timeout, other.timeout)};
}

Sign sign_of(const ProbeResult& result) noexcept {
  switch (result.verdict) {
    case ProbeVerdict::kUp: return Sign::kUp;
    case ProbeVerdict::kInconclusive: return Sign::kNone;
    case ProbeVerdict::kDown: break;
  }
  if (result.code == "ECONNREFUSED" || result.code == "ENOENT") return Sign::kRefused;
  if (is_sqlstate(result.code) || result.code == probe_code::kClosed || result.code == probe_code::kProtocol ||
      result.code == probe_code::kNoMatchingHost || result.code == "ECONNRESET" || result.code == "EPIPE") {
    return Sign::kTurnedAway;
  }
  return Sign::kSilent;
}

void ProbeSchedule::begin(TimePoint now) noexcept {
  active_ = true;
  began_ = now;
  sign_ = Sign::kNone;
  begin_fast_phase(now);
}

void ProbeSchedule::begin_fast_phase(TimePoint now) noexcept {
  fast_until_ = saturating_add(now, kFastPhase);
  down_delay_ = timing_.down_interval;
  next_ = now;
  next_beside_ = now;
}

void ProbeSchedule::on_attempt(TimePoint now, bool beside_waiting) noexcept {
  last_attempt_ = now;
  next_knock_ = saturating_add(now, jittered(timing_.down_interval));
  if (now >= fast_until_) down_delay_ = std::min(down_delay_ * 2, slowest());
  if (beside_waiting) {
    beside_delay_ = std::max(wait_ * 2, std::min(beside_delay_ * 2, slowest_beside(now)));
    next_ = next_beside_ = saturating_add(now, jittered(beside_delay_));
    return;
  }
  beside_delay_ = beside_interval(timing_);
  const Duration delay = jittered(sign_ == Sign::kUp ? timing_.interval : down_delay_);
  next_ = saturating_add(now, delay);
  next_beside_ = eager(now) ? saturating_add(now, jittered(beside_interval(timing_)))
                            : std::max(next_, saturating_add(now, timing_.timeout));
}

void ProbeSchedule::on_sign(TimePoint now, Sign sign) noexcept {
  if (!active_) return;
  if (alive() && sign == Sign::kSilent) return;
  const bool was_up = sign_ == Sign::kUp;
  const bool progress = sign > sign_ && sign_ != Sign::kNone;
  sign_ = sign;
  if (sign == Sign::kUp) {
    wait_ = Duration::zero();
    next_ = next_beside_ = saturating_add(last_attempt_, jittered(timing_.interval));
    return;
  }
  if (was_up) {
    began_ = now;
    begin_fast_phase(now);
    next_ = next_beside_ = saturating_add(last_attempt_, jittered(timing_.down_interval));
  } else if (progress) {
    const TimePoint due = saturating_add(last_attempt_, jittered(timing_.down_interval));
    begin_fast_phase(now);
    next_ = next_beside_ = std::max(now, due);
  }
}

void ProbeSchedule::on_knock(TimePoint now) noexcept {
  next_knock_ = saturating_add(now, jittered(eager(now) ? timing_.down_interval : timing_.down_interval * kThinning));
}

void ProbeSchedule::on_knock_accepted(TimePoint now) noexcept {
  if (!active_ || sign_ == Sign::kUp) return;
  sign_ = Sign::kListening;
  begin_fast_phase(now);
}

std::optional<TimePoint> ProbeSchedule::next_attempt(unsigned under_way) const noexcept {
  if (!active_ || under_way >= most_under_way()) return std::nullopt;
  return under_way == 0 ? next_ : next_beside_;
}

std::optional<TimePoint> ProbeSchedule::next_knock() const noexcept {
  if (!active_ || sign_ != Sign::kRefused) return std::nullopt;
  return next_knock_;
}

Duration ProbeSchedule::jittered(Duration bound) noexcept {
  return Duration{static_cast<Duration::rep>(static_cast<double>(bound.count()) *
                                             (kLeastShare + (1 - kLeastShare) * rng_.next_unit()))};
}

void ProbeSchedule::on_waited(Duration took) noexcept {
  wait_ = std::clamp(took, Duration::zero(), kLongestWait);
}

Duration ProbeSchedule::slowest_beside(TimePoint now) const noexcept {
  if (alive()) return kSlowestBesideAlive;
  return eager(now) ? kSlowestBesideEager : slowest();
}

Duration ProbeSchedule::slowest() const noexcept {
  return std::max(kSlowest, timing_.down_interval);
}

}  // namespace resilience
