// Looks that were let in and have not been answered in time: they wait in somebody's queue, most likely a pooler's.
//
// To close such a connection and open another only makes the queue longer: PgBouncer does not notice that a client has
// gone while it waits for a server. So it says no more, and stays: if a silent server was working for it, the pooler
// ends both now; if it stands in the queue, its turn will come, and with it the first news of the server's return. The
// kernel watches the peer meanwhile. Owner: the probe's thread. Time is handed in.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "core/look_queue.h"
#include "core/types.h"
#include "io/attempt.h"

namespace resilience {

class QueuedLooks {
 public:
  struct Answer {
    AttemptOutcome outcome;
    HostSpec host;
  };

  void add(TimePoint now, std::unique_ptr<Session> session, HostSpec host);
  void clear() noexcept;
  [[nodiscard]] bool empty() const noexcept { return looks_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return looks_.size(); }
  // When, beside them, another look may be taken.
  [[nodiscard]] bool room(TimePoint now) const noexcept { return queue_.room(now); }
  [[nodiscard]] TimePoint next() const noexcept { return queue_.next(); }

  void add_interests(std::vector<PollInterest>& interests) const;
  // The first answer. `ended`: one has ended without.
  [[nodiscard]] std::optional<Answer> advance(const std::vector<bool>& ready, std::size_t first, bool& ended);

 private:
  struct Look {
    std::unique_ptr<Session> session;
    HostSpec host;
  };

  std::list<Look> looks_;
  LookQueue queue_;
};

}  // namespace resilience
