// The look that was taken into a server's accept queue and has not been answered in time: it keeps its place there
// (core/accept_queue.h says which one may). The kernel watches the peer meanwhile. Owner: the probe's thread. Time is
// handed in.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "core/accept_queue.h"
#include "core/types.h"
#include "io/attempt.h"

namespace resilience {

class StayingLook {
 public:
  struct Answer {
    AttemptOutcome outcome;
    std::unique_ptr<Session> session;  // where it is up, and was made to log in
    HostSpec host;
    TimePoint began;
  };

  // `attempt` has run out of time. It stays, or is dropped.
  void offer(TimePoint now, std::unique_ptr<Attempt> attempt, HostSpec host, TimePoint began);
  void clear() noexcept;
  [[nodiscard]] bool empty() const noexcept { return !attempt_; }
  [[nodiscard]] std::size_t size() const noexcept { return attempt_ ? 1 : 0; }

  void add_interests(std::vector<PollInterest>& interests) const;
  [[nodiscard]] std::optional<Answer> advance(const std::vector<bool>& ready, std::size_t first);

 private:
  AcceptQueue queue_;
  std::unique_ptr<Attempt> attempt_;
  HostSpec host_;
  TimePoint began_;
};

}  // namespace resilience
