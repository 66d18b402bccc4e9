// Time and identity as the core sees them.
//
// Nothing here reads a clock: a TimePoint is whatever the host says it is, counted from the host's own steady origin.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>

namespace resilience {

using Duration = std::chrono::nanoseconds;

// A clock without now(): it names the time line and nothing else, so that no code of the core can ask for the time.
struct HostClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<HostClock>;
  static constexpr bool is_steady = true;
};
using TimePoint = HostClock::time_point;

inline constexpr TimePoint kEndOfTime = TimePoint::max();

// `at + by` that stays at kEndOfTime instead of wrapping around. REQUIRES: by >= 0.
[[nodiscard]] constexpr TimePoint saturating_add(TimePoint at, Duration by) noexcept {
  return by > kEndOfTime - at && at > TimePoint{} ? kEndOfTime : at + by;
}

// One generation of the wrapped client (or of what lies beneath it). Grows by one with each replacement.
struct Epoch {
  std::uint64_t value = 0;
  auto operator<=>(const Epoch&) const = default;  // NOLINT(modernize-use-nullptr): the 0 is the compiler's own
};

// One operation that the core has been told of, because it failed or because the gate was closed when it came.
// Healthy operations never get one. 0 is no ticket.
struct TicketId {
  std::uint64_t value = 0;
  auto operator<=>(const TicketId&) const = default;  // NOLINT(modernize-use-nullptr)
  [[nodiscard]] constexpr bool valid() const noexcept { return value != 0; }
};

}  // namespace resilience
