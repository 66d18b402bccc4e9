// How many released operations may be in flight while a database comes back: a window that doubles with each round of
// successes (TCP's slow start, RFC 5681) and halves when the pool or the server says that it is full.
//
// It widens up to kFlowing and no further while operations come back: that is more than pools have connections, and
// more would only stand in the pool's queue, having held up the event loop on its way there. A round also ends by time:
// slow queries, or releases of which nothing is ever heard again, must not keep the others waiting. So a round in which
// hardly anything came back doubles the window, whatever its size. The first release never waits. Rounds are jittered,
// so that a fleet does not move in step. Owner: the supervisor.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/rng.h"
#include "core/types.h"

namespace resilience {

class SlowStart {
 public:
  static constexpr std::uint32_t kInitialWindow = 4;
  // Where the database took its time to answer the look: it is busy with others who have waited for it.
  static constexpr std::uint32_t kHesitantWindow = 1;
  static constexpr std::uint32_t kFlowing = 256;
  // So many in one round are a flow.
  static constexpr std::uint32_t kFlow = 32;
  // Of no consequence any more.
  static constexpr std::uint32_t kLargest = 1U << 20U;
  static constexpr Duration kRound = std::chrono::milliseconds{250};

  explicit SlowStart(std::uint64_t seed) noexcept : rng_(seed) {}

  // A recovery: what was released before it no longer counts.
  void restart(TimePoint now, bool busy) noexcept {
    window_ = busy ? kHesitantWindow : kInitialWindow;
    in_flight_ = 0;
    ++recovery_;
    round_ends_ = now;
  }
  // The number to settle this release with.
  [[nodiscard]] std::uint64_t on_released(TimePoint now) noexcept {
    ++in_flight_;
    // A round begins when the window is full: what was open to all along has not been waited for.
    if (!has_room() && round_ends_ <= now) begin_round(now);
    return recovery_;
  }
  void on_succeeded(std::uint64_t released_in) noexcept {
    on_settled(released_in);
    if (window_ < kFlowing) ++window_;
  }
  void on_saturated(TimePoint now, std::uint64_t released_in) noexcept {
    on_settled(released_in);
    window_ = std::max(1U, window_ / 2);
    begin_round(now);
  }
  void on_settled(std::uint64_t released_in) noexcept {
    if (released_in != recovery_ || in_flight_ == 0) return;
    --in_flight_;
    ++came_back_;
  }
  void tick(TimePoint now) noexcept {
    if (now < round_ends_) return;
    if (window_ >= kFlowing && came_back_ >= kFlow) {
      begin_round(now);
      return;
    }
    window_ = std::min(kLargest, window_ * 2);
    round_ends_ = now;
  }

  [[nodiscard]] bool has_room() const noexcept { return in_flight_ < window_; }
  [[nodiscard]] TimePoint round_ends() const noexcept { return round_ends_; }
  [[nodiscard]] std::uint32_t window() const noexcept { return window_; }
  [[nodiscard]] std::uint32_t in_flight() const noexcept { return in_flight_; }
  [[nodiscard]] std::uint64_t recoveries() const noexcept { return recovery_; }

 private:
  void begin_round(TimePoint now) noexcept {
    const double length = static_cast<double>(kRound.count()) * (0.75 + 0.25 * rng_.next_unit());
    round_ends_ = saturating_add(now, Duration{static_cast<Duration::rep>(length)});
    came_back_ = 0;
  }

  Rng rng_;
  std::uint32_t window_ = kInitialWindow;
  std::uint32_t in_flight_ = 0;
  std::uint32_t came_back_ = 0;  // since the round began
  std::uint64_t recovery_ = 0;
  TimePoint round_ends_;
};

}  // namespace resilience
