// Looks that were let in and have not been answered in time: they wait in somebody's queue, most likely a pooler's.
//
// To close such a connection and open another only makes the queue longer: PgBouncer does not notice that a client has
// gone while it waits for a server. So it says no more, and stays: if a silent server was working for it, the pooler
// ends both now; if it stands in the queue, its turn will come, and with it the first news of the server's return.
// Another look is taken beside it after a while only, twice as long each time, since what was sent may have been lost.
// Owner: the probe's thread. Time is handed in.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/types.h"
#include "io/attempt.h"

namespace resilience {

class QueuedLooks {
 public:
  // Once there are so many, nobody else looks for kLongestWait.
  static constexpr std::size_t kMost = 2;
  static constexpr Duration kFirstWait = std::chrono::seconds{5};
  static constexpr Duration kLongestWait = std::chrono::seconds{60};

  struct Answer {
    AttemptOutcome outcome;
    HostSpec host;
    TimePoint asked;
  };

  void add(TimePoint now, std::unique_ptr<Session> session, HostSpec host, TimePoint asked);
  void clear() noexcept;
  [[nodiscard]] bool empty() const noexcept { return looks_.empty(); }
  // Whether, beside them, another look may be taken.
  [[nodiscard]] bool room(TimePoint now) const noexcept { return looks_.empty() || now >= next_; }
  [[nodiscard]] TimePoint next() const noexcept { return looks_.empty() ? TimePoint{} : next_; }

  void add_interests(std::vector<PollInterest>& interests) const;
  [[nodiscard]] std::size_t size() const noexcept { return looks_.size(); }
  // The first answer. `ended`: one has ended without, so that there is room at once.
  [[nodiscard]] std::optional<Answer> advance(const std::vector<bool>& ready, std::size_t first, bool& ended);

 private:
  struct Look {
    std::unique_ptr<Session> session;
    HostSpec host;
    TimePoint asked;
  };

  std::list<Look> looks_;
  TimePoint next_;
  Duration wait_ = kFirstWait;
};

}  // namespace resilience
