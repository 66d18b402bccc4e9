#include "core/circuit_breaker.h"

#include <algorithm>

namespace resilience {

void CircuitBreaker::Window::record(bool failed) noexcept {
  failures_ -= failed_[next_] ? 1U : 0U;
  failures_ += failed ? 1U : 0U;
  failed_[next_] = failed;
  next_ = next_ + 1 == failed_.size() ? 0 : next_ + 1;
}

CircuitBreaker::CircuitBreaker(const CircuitBreakerConfig& config)
    : config_(config), state_(Closed{++last_permit_, Window(config.max_sample_size)}) {}

void CircuitBreaker::close() {
  state_ = Closed{++last_permit_, Window(config_.max_sample_size)};
}

void CircuitBreaker::trip(TimePoint now) {
  state_ = Open{saturating_add(now, config_.reset_timeout)};
}

void CircuitBreaker::reset() {
  close();
}

void CircuitBreaker::advance(TimePoint now) {
  if (const Open* const open = std::get_if<Open>(&state_); open != nullptr && now >= open->until) state_ = HalfOpen{};
  if (HalfOpen* const half_open = std::get_if<HalfOpen>(&state_)) {
    std::erase_if(half_open->trials, [&](const Trial& trial) { return now >= trial.expires; });
  }
}

CircuitPermit CircuitBreaker::try_acquire(TimePoint now) {
  struct Acquire {
    CircuitBreaker& self;
    TimePoint now;
    CircuitPermit operator()(const Closed& closed) const { return {closed.permit}; }
    CircuitPermit operator()(const Open&) const { return {}; }
    CircuitPermit operator()(HalfOpen& half_open) const {
      // More calls on trial than successes wanted would be load that proves nothing.
      const std::uint32_t wanted = self.config_.half_open_success_threshold - half_open.successes;
      if (half_open.trials.size() >= wanted) return {};
      half_open.trials.push_back({++self.last_permit_, saturating_add(now, self.config_.reset_timeout)});
      return {half_open.trials.back().permit};
    }
  };
  advance(now);
  return std::visit(Acquire{*this, now}, state_);
}

void CircuitBreaker::on_result(TimePoint now, CircuitPermit permit, CallResult result) {
  advance(now);
  if (Closed* const closed = std::get_if<Closed>(&state_)) {
    if (permit.value != closed->permit || result == CallResult::kNeither) return;
    closed->window.record(result == CallResult::kFailure);
    if (config_.enabled && closed->window.failures() >= config_.failure_threshold) trip(now);
    return;
  }
  HalfOpen* const half_open = std::get_if<HalfOpen>(&state_);
  if (half_open == nullptr) return;
  const auto settled =
      std::erase_if(half_open->trials, [&](const Trial& trial) { return trial.permit == permit.value; });
  if (settled == 0) return;
  switch (result) {
    case CallResult::kSuccess:
      if (++half_open->successes >= config_.half_open_success_threshold) close();
      return;
    case CallResult::kFailure: trip(now); return;
    case CallResult::kNeither: return;
  }
}

CircuitState CircuitBreaker::state(TimePoint now) {
  advance(now);
  return last_state();
}

CircuitState CircuitBreaker::last_state() const noexcept {
  struct Name {
    CircuitState operator()(const Closed&) const { return CircuitState::kClosed; }
    CircuitState operator()(const Open&) const { return CircuitState::kOpen; }
    CircuitState operator()(const HalfOpen&) const { return CircuitState::kHalfOpen; }
  };
  return std::visit(Name{}, state_);
}

Duration CircuitBreaker::retry_after(TimePoint now) const noexcept {
  const Open* const open = std::get_if<Open>(&state_);
  return open == nullptr ? Duration::zero() : std::max(Duration::zero(), open->until - now);
}

std::uint32_t CircuitBreaker::failures() const noexcept {
  const Closed* const closed = std::get_if<Closed>(&state_);
  return closed == nullptr ? 0 : closed->window.failures();
}

}  // namespace resilience
