// When an outage is worth a line of the log: once a minute while it lasts, and at its end, with what has happened since
// it began. However many operations fail, no more lines are written.
//
// Owner: the host's thread. Counts are those since the process began; only their growth is told.
#pragma once

#include <cstdint>
#include <optional>

#include "core/types.h"

namespace resilience {

struct OutageCounts {
  std::uint64_t failed = 0;    // tries
  std::uint64_t retried = 0;   // runs after the first
  std::uint64_t given_up = 0;  // operations
};

struct OutageLine {
  Duration elapsed;
  OutageCounts during;
};

class OutageReport {
 public:
  static constexpr Duration kInterval = std::chrono::minutes{1};

  // Of one that lasts already, nothing changes.
  void on_begin(TimePoint now, const OutageCounts& counts) noexcept;
  // Whether a line is due; a late call, after a stall or a sleep, gets one for all that it missed.
  [[nodiscard]] std::optional<OutageLine> on_tick(TimePoint now, const OutageCounts& counts) noexcept;
  // nullopt: none lasted.
  [[nodiscard]] std::optional<OutageLine> on_end(TimePoint now, const OutageCounts& counts) noexcept;
  // When on_tick() is next worth a call; kEndOfTime while no outage lasts.
  [[nodiscard]] TimePoint due() const noexcept { return began_ ? due_ : kEndOfTime; }

 private:
  [[nodiscard]] OutageLine line(TimePoint now, const OutageCounts& counts) const noexcept;

  std::optional<TimePoint> began_;
  TimePoint due_;
  OutageCounts at_begin_;
};

}  // namespace resilience
