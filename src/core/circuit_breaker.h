// Refuses calls while too many of the last ones failed, and lets a few through on trial before it trusts again.
//
// Three states, one type each: CLOSED counts failures among the last `max_sample_size` results; OPEN refuses until its
// time is up; HALF_OPEN hands out as many permits as successes are still wanted. A permit whose call never settles
// expires, so that trial calls cannot block the way back. A result counts in the state that gave its permit and in no
// other: what arrives late changes nothing. Whether a failure counts (infrastructure and timeouts only) is judged by
// ErrorTraits::counts_against_breaker before it comes here.
//
// Owner: one host; not thread-safe. Time is taken not to go back.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/config.h"
#include "core/types.h"

namespace resilience {

// The values cross into JavaScript.
enum class CircuitState : std::uint8_t { kClosed = 0, kOpen = 1, kHalfOpen = 2 };

// The right to make one call, to be handed back with its result. 0 is none: the call is refused.
struct CircuitPermit {
  std::uint64_t value = 0;
  [[nodiscard]] constexpr bool granted() const noexcept { return value != 0; }
};

enum class CallResult : std::uint8_t {
  kSuccess = 0,
  kFailure = 1,
  kNeither = 2,  // says nothing of the infrastructure: the caller took it back
};

class CircuitBreaker {
 public:
  explicit CircuitBreaker(const CircuitBreakerConfig& config);

  [[nodiscard]] CircuitPermit try_acquire(TimePoint now);
  void on_result(TimePoint now, CircuitPermit permit, CallResult result);

  // OPEN ends by the passing of time alone, so asking needs to know the time.
  [[nodiscard]] CircuitState state(TimePoint now);
  // The state as of the last call of any kind.
  [[nodiscard]] CircuitState last_state() const noexcept;
  // Time until calls are let through on trial; zero unless OPEN.
  [[nodiscard]] Duration retry_after(TimePoint now) const noexcept;
  // Failures that count at the moment, of CLOSED.
  [[nodiscard]] std::uint32_t failures() const noexcept;

  // By hand: opens for reset_timeout, closes with a clean record.
  void trip(TimePoint now);
  void reset();

 private:
  // The last results, the oldest overwritten first.
  class Window {
   public:
    explicit Window(std::uint32_t size) : failed_(size, false) {}
    void record(bool failed) noexcept;
    [[nodiscard]] std::uint32_t failures() const noexcept { return failures_; }

   private:
    std::vector<bool> failed_;
    std::size_t next_ = 0;
    std::uint32_t failures_ = 0;
  };
  struct Closed {
    std::uint64_t permit;  // one for all calls of this period
    Window window;
  };
  struct Open {
    TimePoint until;
  };
  struct Trial {
    std::uint64_t permit;
    TimePoint expires;
  };
  struct HalfOpen {
    std::uint32_t successes = 0;
    std::vector<Trial> trials;  // unsettled
  };

  void advance(TimePoint now);
  void close();

  CircuitBreakerConfig config_;
  std::uint64_t last_permit_ = 0;
  std::variant<Closed, Open, HalfOpen> state_;
};

}  // namespace resilience
