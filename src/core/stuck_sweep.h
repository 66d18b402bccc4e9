// Which tries, caught by an outage on dead or frozen connections, are taken back, and when to ask for them.
//
// A try is stuck when the database is back, the client is known to serve, and the try has shown no end for kGrace: not
// before, because it may merely stand in the pool's queue. One that is known to hold a connection stands in none. What
// stands in the queue of a client that was replaced is stuck at once. "Known to serve" is a query through that client,
// begun after the outage, that was answered: whatever stood in the queue before it has had its connection since. A try
// that ran for a while before the trouble gets as long again. A client on which nothing moved is given up with all it
// runs; where no other can be made, what it runs ends at its deadline.
//
// While the database is away nothing is taken back, with one exception. Where the probe was let in and awaits its
// answer, a pooler serves whom it can, and what hangs on our connections may hold the very places that it would need.
// So what does not move gives its place back: reads, which lose nothing, soon, and all else when that has not helped.
// Owner: the supervisor.
#pragma once

#include <cstdint>
#include <optional>

#include "core/operation.h"
#include "core/types.h"

namespace resilience {

// What is known of the last outage.
struct OutageFacts {
  bool over = true;                            // the database is believed up
  bool lasting = false;                        // it is away: nothing in flight can come to an end
  Epoch epoch;                                 // the current generation
  TimePoint trouble_since;                     // when it is thought to have begun
  std::optional<TimePoint> answered_at;        // when the database was heard again: the grace counts from here
  std::optional<TimePoint> recovered_at;       // its end
  std::optional<TimePoint> proven_at;          // when the current generation was known to serve again
  bool silent = false;                         // it was asked, and nothing has moved on it since
  std::optional<Epoch> silent_epoch;           // the last generation that was replaced because of that
  TimePoint silent_until;                      // when it was
  std::optional<TimePoint> queued_since = {};  // the probe was let in then, and still awaits its answer
};

class StuckSweep {
 public:
  static constexpr Duration kGrace = std::chrono::milliseconds{500};
  // Of those whose places a pooler needs.
  static constexpr Duration kReadsInQueue = std::chrono::seconds{1};
  static constexpr Duration kAllInQueue = std::chrono::seconds{5};

  enum class Fate : std::uint8_t {
    kLeave = 0,
    kOutOfTime = 1,  // its deadline passed while the database was away, or nothing moved on its client
    kStuck = 2,
  };

  // Asks to be shown what is in flight at the latest then.
  void sweep_by(TimePoint at) noexcept;
  // Nothing could be heard for a while: everybody gets the grace again.
  void on_loop_stalled(TimePoint now) noexcept;
  // Whether to ask now.
  [[nodiscard]] bool sweep_due(TimePoint now) noexcept;
  [[nodiscard]] TimePoint next_sweep() const noexcept { return sweep_at_; }

  // `deadline`: the operation's. `dead`: its connection is proven to be. `own_limit`: a time limit of its own within
  // which silence proves nothing. A try that is left in doubt is asked for again.
  [[nodiscard]] Fate judge(TimePoint now, const FailedAttempt& hanging, bool dead, Duration own_limit,
                           TimePoint deadline, const OutageFacts& outage) noexcept;

 private:
  TimePoint sweep_at_ = kEndOfTime;
  TimePoint floor_;
};

}  // namespace resilience
