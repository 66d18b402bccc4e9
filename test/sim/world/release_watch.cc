#include "release_watch.h"

#include <algorithm>
#include <utility>

namespace resilience::world {

void ReleaseWatch::follow_recovery() {
  if (recovery_ == slow_start_.recoveries()) return;
  recovery_ = slow_start_.recoveries();
  running_.clear();
  from_queue_ = 0;
  ended_now_.reset();
}

void ReleaseWatch::on_released(TicketId ticket) {
  follow_recovery();
  const bool queued = queue_.erase(ticket.value) > 0;
  if (!running_.emplace(ticket.value, queued).second || !queued) return;
  ++from_queue_;
  released_now_ = true;
}

void ReleaseWatch::on_end(TicketId ticket, End end) {
  const auto found = running_.find(ticket.value);
  if (found == running_.end()) return;
  if (found->second) {
    --from_queue_;
    ended_now_ = end;
    window_before_ = slow_start_.window();
  }
  running_.erase(found);
}

std::optional<std::string> ReleaseWatch::broken(bool flowing) {
  follow_recovery();
  const std::uint32_t window = slow_start_.window();
  const bool released = std::exchange(released_now_, false);
  const auto ended = std::exchange(ended_now_, std::nullopt);
  if (slow_start_.in_flight() > running_.size()) {
    return "the window is full of " + std::to_string(slow_start_.in_flight()) + " of which only " +
           std::to_string(running_.size()) + " run";
  }
  if (released && from_queue_ > window) {
    return std::to_string(from_queue_) + " were let go through a window of " + std::to_string(window);
  }
  if (flowing && !queue_.empty() && slow_start_.has_room()) return "somebody waits before a window with room";
  if (ended == End::kSaturated && window > std::max(1U, window_before_ / 2))
    return "a full pool, and no smaller window";
  if (ended == End::kSuccess && window <= window_before_ && window < SlowStart::kFlowing) {
    return "a success, and no larger window";
  }
  return std::nullopt;
}

}  // namespace resilience::world
