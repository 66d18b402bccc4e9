// How many looks may stand in a pooler's queue, and when another one may join them.
//
// A look that was let in and got no answer in time stands in a queue, or its question was lost. Another one is taken
// beside it after kFirstWait, to find out: where that one is not let in, looks go on as if there were no queue. Where
// it is, both wait, and nobody follows for kLongestWait: whoever gives up his place in such a queue is not taken out of
// it, and each further look would keep somebody else out. (PgBouncer sends away who has waited for two minutes, unless
// told otherwise: kLongestWait is longer.) Owner: the probe's thread.
#pragma once

#include <cstddef>

#include "core/types.h"

namespace resilience {

class LookQueue {
 public:
  static constexpr std::size_t kMost = 2;
  static constexpr Duration kFirstWait = std::chrono::seconds{2};
  static constexpr Duration kLongestWait = std::chrono::seconds{150};

  // One more waits; true where the one that has waited longest has to go for it.
  [[nodiscard]] bool join(TimePoint now) noexcept {
    const bool full = waiting_ == kMost;
    if (!full) ++waiting_;
    joined_ = now;
    return full;
  }
  // One was answered, or sent away.
  void leave() noexcept {
    if (waiting_ > 0) --waiting_;
  }
  void clear() noexcept { waiting_ = 0; }

  // Whether another look may be taken.
  [[nodiscard]] bool room(TimePoint now) const noexcept { return now >= next(); }
  // From when on. With nobody waiting: at any time.
  [[nodiscard]] TimePoint next() const noexcept {
    if (waiting_ == 0) return {};
    return saturating_add(joined_, waiting_ < kMost ? kFirstWait : kLongestWait);
  }

 private:
  std::size_t waiting_ = 0;
  TimePoint joined_;  // the last one
};

}  // namespace resilience
