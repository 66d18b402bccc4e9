// What slow start owes those who wait, seen from outside: nobody waits while there is room, no more are let go than the
// window holds, and every end that is told of changes the window as it must.
//
// Only what came to a closed gate and has never failed is known to have stood in the queue; the rest may have waited
// for a time of its own. What is said of numbers is therefore a bound, and exact where there are no retries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "core/slow_start.h"
#include "core/types.h"

namespace resilience::world {

enum class End : std::uint8_t { kSuccess, kSaturated, kOther };

class ReleaseWatch {
 public:
  explicit ReleaseWatch(const SlowStart& slow_start) noexcept
      : slow_start_(slow_start), recovery_(slow_start.recoveries()) {}

  // ---- what the host sees
  void on_parked(TicketId ticket) { queue_.insert(ticket.value); }
  void on_left_queue(TicketId ticket) { queue_.erase(ticket.value); }
  // It runs (again), on the supervisor's word.
  void on_released(TicketId ticket);
  // Where the end changes the window, right before the supervisor is told.
  void on_end(TicketId ticket, End end);

  // ---- when an input and all that follows from it are carried out. `flowing`: the supervisor lets operations go in
  // this state.
  [[nodiscard]] std::optional<std::string> broken(bool flowing);

 private:
  void follow_recovery();

  const SlowStart& slow_start_;
  std::uint64_t recovery_;
  std::unordered_set<std::uint64_t> queue_;
  std::unordered_map<std::uint64_t, bool> running_;  // since this recovery began; true: came out of the queue
  std::size_t from_queue_ = 0;
  bool released_now_ = false;
  std::optional<End> ended_now_;
  std::uint32_t window_before_ = 0;
};

}  // namespace resilience::world
