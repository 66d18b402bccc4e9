// When a new client is made: one at a time, automatic ones never closer together than minResetInterval, failed ones
// again with backoff, preventive ones (refresh, age) by jittered timers that skip idle clients.
//
// Says when and why; the supervisor's state machine says what waits meanwhile. Owner: the supervisor.
#pragma once

#include <cstdint>
#include <optional>

#include "core/config.h"
#include "core/decision.h"
#include "core/rng.h"
#include "core/types.h"

namespace resilience {

// Whether the old client is given up after a drain time (its work may be hopeless) or drains as long as it takes.
[[nodiscard]] constexpr bool is_forced(ReplaceReason reason) noexcept {
  switch (reason) {
    case ReplaceReason::kConsecutiveErrors:
    case ReplaceReason::kFinalAttempt:
    case ReplaceReason::kEngineFault:
    case ReplaceReason::kFailover:
    case ReplaceReason::kManual:
      return true;
    case ReplaceReason::kInitial:
    case ReplaceReason::kRefresh:
    case ReplaceReason::kAge:
    case ReplaceReason::kMemory:
      return false;
  }
  return false;
}

// Whether it counts as a hard reset in the statistics and for minResetInterval.
[[nodiscard]] constexpr bool is_hard_reset(ReplaceReason reason) noexcept { return is_forced(reason); }

class Replacement {
 public:
  Replacement(const Config& config, bool possible, std::uint64_t seed, TimePoint start) noexcept;

  // Whether an automatic hard reset may begin now: possible, none under way, and the last one long enough ago.
  [[nodiscard]] bool may_begin(TimePoint now) const noexcept;
  [[nodiscard]] bool under_way() const noexcept { return reason_.has_value(); }
  [[nodiscard]] bool possible() const noexcept { return possible_; }

  // Begins, or, where one is under way already, strengthens it. False where a client cannot be made.
  bool begin(TimePoint now, ReplaceReason reason, Effects& effects);
  // The host's answer. Returns the reason that was under way, nothing for an answer nobody waits for.
  std::optional<ReplaceReason> finish(TimePoint now, bool ok);

  // Retries, refreshes and replacements for age that are due. `operations` = started so far, to tell idle clients.
  void tick(TimePoint now, bool healthy, std::uint64_t operations, Effects& effects);
  // When tick() has something to do. An unhealthy connection postpones what is preventive.
  [[nodiscard]] TimePoint next_deadline(bool healthy) const noexcept;
  [[nodiscard]] TimePoint generation_since() const noexcept { return generation_since_; }

 private:
  void schedule_refresh(TimePoint now) noexcept;

  const Config& config_;
  Rng rng_;
  bool possible_;
  bool impossible_told_ = false;
  std::optional<ReplaceReason> reason_;
  std::optional<ReplaceReason> retry_reason_;
  std::uint32_t failures_ = 0;
  TimePoint retry_at_ = kEndOfTime;
  std::optional<TimePoint> last_hard_reset_;
  TimePoint generation_since_;
  TimePoint refresh_at_ = kEndOfTime;
  std::uint64_t operations_at_refresh_ = 0;
};

}  // namespace resilience
