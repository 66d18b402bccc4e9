// The host's time, milliseconds of performance.now(), on the core's time line and back.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/types.h"

namespace resilience {

// What no clock says (negative, centuries) is taken as the nearest time there is. NaN as the first.
[[nodiscard]] inline Duration to_duration(double ms) noexcept {
  constexpr double kMostMs = 9.0e12;
  const double clamped = std::isnan(ms) ? 0 : std::clamp(ms, 0.0, kMostMs);
  return Duration{static_cast<Duration::rep>(clamped * 1e6)};
}
[[nodiscard]] inline TimePoint to_time_point(double ms) noexcept {
  return TimePoint{to_duration(ms)};
}
[[nodiscard]] constexpr double to_ms(Duration duration) noexcept {
  return std::chrono::duration<double, std::milli>(duration).count();
}
[[nodiscard]] constexpr double to_ms(TimePoint at) noexcept {
  return at == kEndOfTime ? std::numeric_limits<double>::infinity() : to_ms(at.time_since_epoch());
}

}  // namespace resilience
