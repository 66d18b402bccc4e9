#include "binding/control_block.h"

#include <algorithm>
#include <cmath>
#include <limits>

#if defined(__wasm__)
#include <emnapi.h>
#endif

namespace resilience {
namespace {

#if defined(__wasm__)
// An array of JavaScript's is no part of a WebAssembly module's memory: emnapi keeps a copy there, which is brought up
// to date by hand. Copying also makes the growth of that memory, at which all views of it are lost, no matter.
enum class Direction { kFromJs, kToJs };

void sync(const Napi::Reference<Napi::Float64Array>& array, Direction direction) {
  // Not array.Value(): that looks at the elements, for which emnapi copies them from JavaScript.
  napi_value value = nullptr;
  napi_get_reference_value(array.Env(), array, &value);
  emnapi_sync_memory(array.Env(), direction == Direction::kFromJs, &value, 0, NAPI_AUTO_LENGTH);
}
#endif

}  // namespace

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
#if defined(__wasm__)
  sync(keeper_, Direction::kFromJs);
#endif
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

std::array<std::uint64_t, kFineBoundCount> ControlBlock::latencies_below_fine_bounds() const noexcept {
  return count_below_fine_bounds(buckets());
}

void ControlBlock::publish(const Supervisor& supervisor, std::size_t effects) noexcept {
#if defined(__wasm__)
  sync(keeper_, Direction::kFromJs);
#endif
  at(Slot::kGate) = supervisor.gate_closed() ? 1 : 0;
  at(Slot::kEpoch) = static_cast<double>(supervisor.epoch().value);
  at(Slot::kTickDue) = to_ms(supervisor.next_deadline());
  at(Slot::kEffects) = static_cast<double>(effects);
  at(Slot::kState) = static_cast<double>(supervisor.state());
#if defined(__wasm__)
  sync(keeper_, Direction::kToJs);
#endif
}

}  // namespace resilience
