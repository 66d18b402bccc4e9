#include "io/loop_monitor.h"

#include <algorithm>

namespace resilience {

TimePoint LoopMonitor::steady_now() noexcept {
  return TimePoint{std::chrono::steady_clock::now().time_since_epoch()};
}

void LoopMonitor::beat(TimePoint now) noexcept {
  const std::scoped_lock lock(mutex_);
  if (lateness(now) > Duration::zero()) {
    stalls_[next_] = {last_beat_ + period_, now};
    next_ = (next_ + 1) % kRemembered;
  }
  beating_ = true;
  last_beat_ = std::max(last_beat_, now);
}

void LoopMonitor::rest() noexcept {
  const std::scoped_lock lock(mutex_);
  beating_ = false;
}

Duration LoopMonitor::stalled_for(TimePoint now) const noexcept {
  const std::scoped_lock lock(mutex_);
  return lateness(now);
}

Duration LoopMonitor::stalled_within(TimePoint since, TimePoint now) const noexcept {
  const std::scoped_lock lock(mutex_);
  const auto overlap = [&](TimePoint from, TimePoint to) {
    return std::max(std::min(to, now) - std::max(from, since), Duration::zero());
  };
  Duration total{};
  for (const Stall& stall : stalls_) total += overlap(stall.from, stall.to);
  if (lateness(now) > Duration::zero()) total += overlap(last_beat_ + period_, now);
  return total;
}

Duration LoopMonitor::lateness(TimePoint now) const noexcept {
  if (!beating_) return Duration::zero();
  const Duration late = now - last_beat_ - period_;
  return late > tolerance_ ? late : Duration::zero();
}

}  // namespace resilience
