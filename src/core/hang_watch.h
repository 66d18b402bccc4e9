// When silence is suspicious: something has been in flight for suspectAfterMs and nothing has completed since. Only
// successes count as completed: a frozen server's full pool goes on refusing, and arguments are refused without it.
//
// Silence may well be innocent: a lone report runs for a minute, a small pool is full of slow queries. Where the
// database is found well behind it, the next suspicion waits twice as long, up to kMostPatience times the first one;
// a minute without such a silence, or an outage, brings the first one back. Owner: the recovery.
#pragma once

#include "core/counters.h"
#include "core/types.h"

namespace resilience {

class HangWatch {
 public:
  static constexpr int kMostPatience = 4;
  static constexpr Duration kMemory = std::chrono::minutes{1};

  HangWatch(Duration suspect_after, TimePoint start) noexcept
      : suspect_after_(suspect_after), patience_(suspect_after), floor_(start), forget_at_(start) {}

  // The silence so far is explained: an outage has ended, or the event loop stood still.
  void restart(TimePoint now) noexcept { raise_floor(now); }

  // When the silence becomes suspicious; kEndOfTime where nothing is in flight.
  [[nodiscard]] TimePoint due(const Counters& counters) const noexcept;
  // It is suspicious now: look. The next suspicion comes a whole patience later.
  void on_suspicion(TimePoint now) noexcept;
  void on_innocent() noexcept;
  void on_outage() noexcept { patience_ = suspect_after_; }

 private:
  void raise_floor(TimePoint now) noexcept;

  Duration suspect_after_;
  Duration patience_;
  TimePoint floor_;
  TimePoint forget_at_;  // a silence that begins later is judged afresh
};

}  // namespace resilience
