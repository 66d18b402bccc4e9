#include "binding/control_block.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace resilience {

TimePoint to_time_point(double ms) noexcept {
  // What no clock says (NaN, negative, centuries) is taken as the nearest time there is.
  constexpr double kMaxMs = 9.0e12;
  const double clamped = std::isnan(ms) ? 0 : std::clamp(ms, 0.0, kMaxMs);
  return TimePoint{Duration{static_cast<Duration::rep>(clamped * 1e6)}};
}

double to_ms(TimePoint at) noexcept {
  return at == kEndOfTime ? std::numeric_limits<double>::infinity() : to_ms(at.time_since_epoch());
}

ControlBlock::ControlBlock(Napi::Float64Array array) : keeper_(Napi::Persistent(array)), data_(array.Data()) {}

Counters ControlBlock::counters() const noexcept {
  Counters counters;
  counters.started = static_cast<std::uint64_t>(at(Slot::kStarted));
  counters.succeeded = static_cast<std::uint64_t>(at(Slot::kSucceeded));
  counters.failed = static_cast<std::uint64_t>(at(Slot::kFailed));
  counters.last_success = to_time_point(at(Slot::kLastCompletion));
  const double oldest = at(Slot::kOldestInFlight);
  counters.oldest_in_flight = oldest > 0 ? to_time_point(oldest) : kEndOfTime;
  return counters;
}

LatencySummary ControlBlock::latencies() const noexcept {
  return summarize_latencies(buckets(), at(Slot::kLatencyMax));
}

std::array<std::uint64_t, kExportedBoundCount> ControlBlock::latencies_below_bounds() const noexcept {
  return count_below_bounds(buckets());
}

void ControlBlock::publish(const Supervisor& supervisor, std::size_t effects) noexcept {
  at(Slot::kGate) = supervisor.gate_closed() ? 1 : 0;
  at(Slot::kEpoch) = static_cast<double>(supervisor.epoch().value);
  at(Slot::kTickDue) = to_ms(supervisor.next_deadline());
  at(Slot::kEffects) = static_cast<double>(effects);
  at(Slot::kState) = static_cast<double>(supervisor.state());
}

}  // namespace resilience
