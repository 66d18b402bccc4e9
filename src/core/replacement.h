// When a new client is made: one at a time, automatic ones never closer together than minResetInterval, failed ones
// again with backoff, preventive ones (refresh, age) by jittered timers that skip idle clients.
//
// Says when and why; the recovery says what waits meanwhile. Owner: the supervisor.
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
    case ReplaceReason::kManual: return true;
    case ReplaceReason::kInitial:
    case ReplaceReason::kRefresh:
    case ReplaceReason::kAge:
    case ReplaceReason::kMemory: return false;
  }
  return false;
}

// Whether it counts as a hard reset in the statistics and for minResetInterval.
[[nodiscard]] constexpr bool is_hard_reset(ReplaceReason reason) noexcept {
  return is_forced(reason);
}

// What the connection is good for, as far as replacements care.
enum class ReplaceWhen : std::uint8_t {
  kNever = 0,    // the database is away: making clients is churn
  kRetries = 1,  // what is broken may be mended
  kHealthy = 2,  // what is preventive may be done as well
};

class Replacement {
 public:
  Replacement(const Config& config, bool possible, std::uint64_t seed, TimePoint start) noexcept;

  // Whether an automatic hard reset may begin now: possible, none under way, the last one long enough ago, and not
  // before the backoff of one that failed.
  [[nodiscard]] bool may_begin(TimePoint now) const noexcept;
  [[nodiscard]] bool under_way() const noexcept { return reason_.has_value(); }
  // One has failed and will be tried again.
  [[nodiscard]] bool retry_pending() const noexcept { return retry_reason_.has_value(); }
  [[nodiscard]] bool possible() const noexcept { return possible_; }

  // Begins. Where one is under way already, that one will do, and counts for the graver of both reasons. False where a
  // client cannot be made, which is told once.
  bool begin(TimePoint now, ReplaceReason reason, bool forced, Effects& effects);
  // The host's answer. Returns the reason that was under way, nothing for an answer nobody waits for.
  std::optional<ReplaceReason> finish(TimePoint now, bool ok);

  // The retry, refresh or replacement for age that is due. `operations` = started so far, to tell idle clients.
  [[nodiscard]] std::optional<ReplaceReason> due(TimePoint now, ReplaceWhen when, std::uint64_t operations);
  // When due() has an answer.
  [[nodiscard]] TimePoint next_deadline(ReplaceWhen when) const noexcept;
  [[nodiscard]] TimePoint generation_since() const noexcept { return generation_since_; }

 private:
  void schedule_refresh(TimePoint now) noexcept;
  // REQUIRES: retry_pending().
  [[nodiscard]] bool retry_wanted(ReplaceWhen when) const noexcept;
  [[nodiscard]] TimePoint aged_at() const noexcept;

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
