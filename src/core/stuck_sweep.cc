#include "core/stuck_sweep.h"

#include <algorithm>

namespace resilience {

void StuckSweep::sweep_by(TimePoint at) noexcept {
  sweep_at_ = std::min(sweep_at_, at);
}

void StuckSweep::on_loop_stalled(TimePoint now) noexcept {
  floor_ = now;
  if (sweep_at_ != kEndOfTime) sweep_at_ = std::max(sweep_at_, saturating_add(now, kGrace));
}

bool StuckSweep::sweep_due(TimePoint now) noexcept {
  if (now < sweep_at_) return false;
  sweep_at_ = kEndOfTime;
  return true;
}

StuckSweep::Fate StuckSweep::judge(TimePoint now, const FailedAttempt& hanging, bool dead, Duration own_limit,
                                   TimePoint deadline, const OutageFacts& outage) noexcept {
  if (outage.lasting) {
    if (now >= deadline) return Fate::kOutOfTime;
    sweep_by(deadline);
    // For what waits in our own pool's queue the pool would open a connection in the place of each that ends, and
    // nobody would be served on it.
    const bool waits_for_pool = hanging.nothing_sent && !hanging.holds_connection;
    if (outage.queued_since && waits_for_pool) return Fate::kStuck;
    // What was begun since then stands in the pooler's queue itself, which does not notice that it has gone.
    const bool before = outage.queued_since && hanging.try_started < *outage.queued_since;
    if (!before || !hanging.holds_connection) return Fate::kLeave;
    const bool reads = hanging.operation.kind == OperationKind::kRead;
    const TimePoint needed = saturating_add(*outage.queued_since, reads ? kReadsInQueue : kAllInQueue);
    if (now >= needed) return Fate::kStuck;
    sweep_by(needed);
    return Fate::kLeave;
  }
  const bool caught = outage.recovered_at && hanging.try_started < *outage.recovered_at;
  const bool given_up = outage.silent_epoch && hanging.epoch <= *outage.silent_epoch;
  if (!caught && !given_up && !dead) {
    // It began after the outage on a client that answers nobody, and that nothing may be able to replace.
    if (!outage.silent || hanging.epoch != outage.epoch || hanging.holds_connection) return Fate::kLeave;
    if (now >= deadline) return Fate::kOutOfTime;
    sweep_by(deadline);
    return Fate::kLeave;
  }
  if (!outage.over) {
    sweep_by(saturating_add(now, kGrace));
    return Fate::kLeave;
  }
  const bool queues_in_vain = hanging.nothing_sent && hanging.epoch != outage.epoch;
  if (dead || queues_in_vain) return Fate::kStuck;

  const TimePoint heard = caught ? outage.answered_at.value_or(*outage.recovered_at) : outage.silent_until;
  TimePoint since = std::max(heard, floor_);
  if (hanging.epoch == outage.epoch && !hanging.holds_connection) {
    if (!outage.proven_at) {
      if (outage.silent && now >= deadline) return Fate::kOutOfTime;
      sweep_by(saturating_add(now, kGrace));
      return Fate::kLeave;
    }
    since = std::max(since, *outage.proven_at);
  }
  const Duration before = outage.trouble_since - hanging.try_started;
  const TimePoint stuck = saturating_add(since, std::max({kGrace, before, own_limit}));
  if (now >= stuck) return Fate::kStuck;
  sweep_by(stuck);
  return Fate::kLeave;
}

}  // namespace resilience
