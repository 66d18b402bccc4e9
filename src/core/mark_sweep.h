// When rows of the marker table are swept, and how many at once.
//
// A row that has told what it was there for is swept by its writer: in batches, one at a time, in the background. Rows
// of processes that died wait for kMarkKept, and are swept a batch at a time by whoever is there. A refusal has to
// outlive the ghost that it refuses: its host sweeps it only once no session of that time is left.
#pragma once

#include <chrono>
#include <cstddef>

#include "core/types.h"

namespace resilience {

inline constexpr std::size_t kSweepBatch = 500;
// Tokens that are remembered while the database cannot be asked. More are left to the sweep by age.
inline constexpr std::size_t kMostSettledMarks = 50'000;
inline constexpr Duration kSweepPause = std::chrono::seconds(1);
inline constexpr Duration kSweepByAgePause = std::chrono::minutes(10);

struct SweepState {
  std::size_t settled = 0;      // rows of this process that may go
  TimePoint last_sweep{};       // ended, well or not
  TimePoint last_by_age{};      // began
  bool age_batch_full = false;  // the last sweep by age found as many as it may take
};

struct SweepPlan {
  std::size_t settled = 0;  // so many of this process's own rows
  bool by_age = false;      // and a batch of old ones
  Duration pause{};         // nothing to do now: look again after this
};

// `now` is when a batch has come together, or the pause is over.
[[nodiscard]] SweepPlan plan_sweep(TimePoint now, const SweepState& state) noexcept;

}  // namespace resilience
