#include "core/hang_watch.h"

#include <algorithm>

namespace resilience {

void HangWatch::raise_floor(TimePoint now) noexcept {
  floor_ = std::max(floor_, now);
}

TimePoint HangWatch::due(const Counters& counters) const noexcept {
  if (counters.in_flight() == 0 || counters.oldest_in_flight == kEndOfTime) return kEndOfTime;
  const TimePoint since = std::max({counters.last_success, counters.oldest_in_flight, floor_});
  return saturating_add(since, since < forget_at_ ? patience_ : suspect_after_);
}

void HangWatch::on_suspicion(TimePoint now) noexcept {
  if (now >= forget_at_) patience_ = suspect_after_;
  forget_at_ = saturating_add(now, kMemory);
  raise_floor(now);
}

void HangWatch::on_innocent() noexcept {
  const Duration most =
      suspect_after_ > Duration::max() / kMostPatience ? Duration::max() : suspect_after_ * kMostPatience;
  patience_ = patience_ > most / 2 ? most : patience_ * 2;
}

}  // namespace resilience
