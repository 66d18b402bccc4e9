#include "core/mark_sweep.h"

#include <algorithm>

namespace resilience {

SweepPlan plan_sweep(TimePoint now, const SweepState& state) noexcept {
  SweepPlan plan{.pause = kSweepPause};
  const bool full = state.settled >= kSweepBatch;
  const bool paused = now >= saturating_add(state.last_sweep, kSweepPause);
  if (full || paused) plan.settled = std::min(state.settled, kSweepBatch);
  // What died in numbers is swept at the pace of the living, a batch a second.
  const Duration age_pause = state.age_batch_full ? kSweepPause : kSweepByAgePause;
  plan.by_age = paused && now >= saturating_add(state.last_by_age, age_pause);
  return plan;
}

}  // namespace resilience
