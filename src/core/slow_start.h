// How many released operations may be in flight while a database comes back: a window that doubles with each round of
// successes (TCP's slow start, RFC 5681) and halves when the pool or the server says that it is full.
#pragma once

#include <algorithm>
#include <cstdint>

namespace resilience {

class SlowStart {
 public:
  static constexpr std::uint32_t kInitialWindow = 8;
  // Beyond this a window no longer protects anything: pools are smaller.
  static constexpr std::uint32_t kMaxWindow = 256;

  void restart() noexcept { window_ = kInitialWindow; }
  void on_released() noexcept { ++in_flight_; }
  void on_succeeded() noexcept {
    on_settled();
    window_ = std::min(kMaxWindow, window_ + 1);
  }
  void on_saturated() noexcept {
    on_settled();
    window_ = std::max(1U, window_ / 2);
  }
  void on_settled() noexcept {
    if (in_flight_ > 0) --in_flight_;
  }
  [[nodiscard]] bool has_room() const noexcept { return in_flight_ < window_; }
  [[nodiscard]] std::uint32_t window() const noexcept { return window_; }
  [[nodiscard]] std::uint32_t in_flight() const noexcept { return in_flight_; }

 private:
  std::uint32_t window_ = kInitialWindow;
  std::uint32_t in_flight_ = 0;
};

}  // namespace resilience
