// Which look keeps its place in a server's accept queue.
//
// A server that is frozen, or overrun by a fleet, still takes connections in (its kernel does), and answers them later,
// each in its turn. Who gives up and comes again stands at the end once more, and costs the server a process for the
// place that he left: a fleet that gives up every second can keep a server from ever answering, long after what overran
// it has passed (a metastable failure: Bronson et al., HotOS 2021). So the first look that is taken in and not answered
// in time stays where it is, and the looks beside it become rare (ProbeSchedule).
//
// Its connection may also have been lost on the way, which nobody can tell from here. So a later look takes over the
// place after kFirstPatience, the next one after twice as long, up to kMostPatience. Owner: the probe's thread.
#pragma once

#include <algorithm>

#include "core/types.h"

namespace resilience {

class AcceptQueue {
 public:
  static constexpr Duration kFirstPatience = std::chrono::seconds{8};
  static constexpr Duration kMostPatience = std::chrono::seconds{64};

  // A look was taken in and has run out of time. True: it stays, in place of whichever stayed before; false: it goes.
  [[nodiscard]] bool join(TimePoint now) noexcept {
    if (taken_ && now < saturating_add(since_, patience_)) return false;
    patience_ = taken_ ? std::min(patience_ * 2, kMostPatience) : kFirstPatience;
    taken_ = true;
    since_ = now;
    return true;
  }
  // It was answered, or has ended, or nobody looks any more.
  void leave() noexcept { taken_ = false; }

 private:
  bool taken_ = false;
  TimePoint since_;
  Duration patience_ = kFirstPatience;
};

}  // namespace resilience
