#include "binding/control_block.h"

namespace resilience {

js::Maybe<ControlBlock> ControlBlock::create(js::Env env) noexcept {
  const auto array = js::float64_array(env, kLength);
  if (!array) return {};
  return ControlBlock{env, *array};
}

js::Done ControlBlock::attach() noexcept {
  const auto array = array_.value();
  if (array) js::pull_elements(*array);
  elements_ = array ? js::float64_elements(*array, kLength) : nullptr;
  if (elements_ != nullptr) return js::Done{true};
  js::throw_error(env_, "the memory that this client shares with its core was transferred away; make a new client");
  return js::Done{false};
}

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

std::array<std::uint64_t, kFineBoundCount> ControlBlock::latencies_below_fine_bounds() const noexcept {
  return count_below_fine_bounds(buckets());
}

void ControlBlock::publish(const Supervisor& supervisor, std::size_t effects) noexcept {
  at(Slot::kGate) = supervisor.gate_closed() ? 1 : 0;
  at(Slot::kHeldBeneath) = supervisor.holds_beneath() ? 1 : 0;
  at(Slot::kEpoch) = static_cast<double>(supervisor.epoch().value);
  at(Slot::kTickDue) = to_ms(supervisor.next_deadline());
  at(Slot::kStalledAfter) = to_ms(supervisor.stalled_after());
  at(Slot::kEffects) = static_cast<double>(effects);
  at(Slot::kState) = static_cast<double>(supervisor.state());
  if (const auto array = array_.value()) js::push_elements(*array);
}

}  // namespace resilience
