// How many released operations may be in flight while a database comes back: a window that doubles with each round of
// successes (TCP's slow start, RFC 5681) and halves when the pool or the server says that it is full.
//
// A round also ends by time: slow queries, or releases of which nothing is ever heard again, must not keep the others
// waiting. Full speed is reached within two seconds unless something is full; the first release never waits. Rounds are
// jittered, so that a fleet does not move in step. Owner: the supervisor.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/rng.h"
#include "core/types.h"

namespace resilience {

class SlowStart {
 public:
  static constexpr std::uint32_t kInitialWindow = 4;
  // Beyond this a window no longer protects anything: pools are smaller. There is none any more.
  static constexpr std::uint32_t kFullSpeed = 256;
  static constexpr Duration kRound = std::chrono::milliseconds{250};

  explicit SlowStart(std::uint64_t seed) noexcept : rng_(seed) {}

  // A recovery: what was released before it no longer counts.
  void restart(TimePoint now) noexcept {
    window_ = kInitialWindow;
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
    window_ = std::min(kFullSpeed, window_ + 1);
  }
  void on_saturated(TimePoint now, std::uint64_t released_in) noexcept {
    on_settled(released_in);
    window_ = std::max(1U, window_ / 2);
    begin_round(now);
  }
  void on_settled(std::uint64_t released_in) noexcept {
    if (released_in == recovery_ && in_flight_ > 0) --in_flight_;
  }
  void tick(TimePoint now) noexcept {
    if (now < round_ends_) return;
    window_ = std::min(kFullSpeed, window_ * 2);
    round_ends_ = now;
  }

  [[nodiscard]] bool has_room() const noexcept { return window_ >= kFullSpeed || in_flight_ < window_; }
  [[nodiscard]] TimePoint round_ends() const noexcept { return round_ends_; }
  [[nodiscard]] std::uint32_t window() const noexcept { return window_; }
  [[nodiscard]] std::uint32_t in_flight() const noexcept { return in_flight_; }

 private:
  void begin_round(TimePoint now) noexcept {
    const double length = static_cast<double>(kRound.count()) * (0.75 + 0.25 * rng_.next_unit());
    round_ends_ = saturating_add(now, Duration{static_cast<Duration::rep>(length)});
  }

  Rng rng_;
  std::uint32_t window_ = kInitialWindow;
  std::uint32_t in_flight_ = 0;
  std::uint64_t recovery_ = 0;
  TimePoint round_ends_;
};

}  // namespace resilience
