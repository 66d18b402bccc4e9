// How late an event loop is, measured from outside it.
//
// The loop's own thread calls beat() on a timer of `period` while it has work in flight, and rest() when it has none; a
// beat that comes later than it should is a stall, during which nothing that happened says anything about a database.
// Other threads may ask at any time: the answer also covers a stall that is still going on. Time is handed in, so that
// the arithmetic can be tested; `steady_now()` is the time to hand in.
#pragma once

#include <array>
#include <cstddef>
#include <mutex>

#include "core/types.h"

namespace resilience {

class LoopMonitor {
 public:
  // `tolerance`: how late a timer may be on a busy but healthy loop.
  LoopMonitor(Duration period, Duration tolerance) noexcept : period_(period), tolerance_(tolerance) {}

  [[nodiscard]] static TimePoint steady_now() noexcept;

  // The loop's thread:
  void beat(TimePoint now) noexcept;
  void rest() noexcept;

  // Any thread:
  // How long the loop has not turned when it should have; zero within the tolerance, and while it rests.
  [[nodiscard]] Duration stalled_for(TimePoint now) const noexcept;
  // How much of the time from `since` to `now` was spent in stalls, the current one included.
  [[nodiscard]] Duration stalled_within(TimePoint since, TimePoint now) const noexcept;

 private:
  struct Stall {
    TimePoint from;
    TimePoint to;
  };
  static constexpr std::size_t kRemembered = 16;

  [[nodiscard]] Duration lateness(TimePoint now) const noexcept;

  const Duration period_;
  const Duration tolerance_;
  mutable std::mutex mutex_;
  bool beating_ = false;
  TimePoint last_beat_;
  std::array<Stall, kRemembered> stalls_{};  // the oldest is overwritten
  std::size_t next_ = 0;
};

}  // namespace resilience
