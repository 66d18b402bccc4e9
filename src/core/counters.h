// What tries have done, as folded from the control block: healthy ones are only ever known by these numbers.
//
// A try that is taken back after on_hanging() has ended for these numbers, whatever it may still answer.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/types.h"

namespace resilience {

struct Counters {
  std::uint64_t started = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;                 // ended otherwise
  TimePoint last_success;                   // when a try last succeeded
  TimePoint oldest_in_flight = kEndOfTime;  // when the oldest of those in flight began

  [[nodiscard]] std::uint64_t in_flight() const noexcept {
    const std::uint64_t settled = succeeded + failed;
    return started - std::min(started, settled);
  }
  // Whether a try that began before `at` is still in flight.
  [[nodiscard]] bool in_flight_since_before(TimePoint at) const noexcept {
    return in_flight() > 0 && oldest_in_flight < at;
  }
};

}  // namespace resilience
