// When a new client is made: one at a time, automatic ones never closer together than minResetInterval, failed ones
// again with backoff, preventive ones (refresh, age) by jittered timers that skip idle clients. A graver reason than
// the one under way waits its turn: what is being made was begun for less, and may not be enough.
//
// Says when and why; generation_life.h says what becomes of the clients. Owner: the recovery.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/config.h"
#include "core/decision.h"
#include "core/error_class.h"
#include "core/rng.h"
#include "core/types.h"

namespace resilience {

// Whether it mends something, and is wanted also while the database is not at its best; the others are preventive.
[[nodiscard]] constexpr bool mends(ReplaceReason reason) noexcept {
  switch (reason) {
    case ReplaceReason::kInitial:
    case ReplaceReason::kConsecutiveErrors:
    case ReplaceReason::kFinalAttempt:
    case ReplaceReason::kEngineFault:
    case ReplaceReason::kFailover:
    case ReplaceReason::kManual:
    case ReplaceReason::kCredentials: return true;
    case ReplaceReason::kRefresh:
    case ReplaceReason::kAge:
    case ReplaceReason::kReconnect:
    case ReplaceReason::kMemory: return false;
  }
  return false;
}

// Whether it counts as a hard reset in the statistics and for minResetInterval.
[[nodiscard]] constexpr bool is_hard_reset(ReplaceReason reason) noexcept {
  return mends(reason) && reason != ReplaceReason::kInitial && reason != ReplaceReason::kCredentials;
}

// A replacement under way does for every reason that is no graver than its own.
[[nodiscard]] constexpr int gravity_of(ReplaceReason reason) noexcept {
  switch (reason) {
    case ReplaceReason::kRefresh:
    case ReplaceReason::kAge:
    case ReplaceReason::kReconnect:
    case ReplaceReason::kMemory: return 0;
    case ReplaceReason::kCredentials: return 1;
    case ReplaceReason::kFailover: return 2;
    case ReplaceReason::kConsecutiveErrors:
    case ReplaceReason::kFinalAttempt: return 3;
    case ReplaceReason::kEngineFault: return 4;
    case ReplaceReason::kInitial:
    case ReplaceReason::kManual: return 5;
  }
  return 5;
}

// Whether a pool of this provider's driver, once a connection was refused, opens no other before a backoff of its own
// is over, and lets whoever asks wait: mariadb's tries again every 500 ms. (pg's opens one whenever somebody asks.)
[[nodiscard]] constexpr bool opens_late(std::string_view provider) noexcept {
  return provider == "mysql";
}

// What is replaced for it. `guarded`: the guard is beneath the client that serves.
[[nodiscard]] constexpr ReplacePart part_of(ReplaceReason reason, bool guarded) noexcept {
  switch (reason) {
    case ReplaceReason::kRefresh:
    case ReplaceReason::kReconnect:
    case ReplaceReason::kAge: return guarded ? ReplacePart::kConnections : ReplacePart::kClient;
    case ReplaceReason::kFailover:
    case ReplaceReason::kCredentials: return guarded ? ReplacePart::kAdapters : ReplacePart::kClient;
    case ReplaceReason::kInitial:
    case ReplaceReason::kConsecutiveErrors:
    case ReplaceReason::kFinalAttempt:
    case ReplaceReason::kEngineFault:
    case ReplaceReason::kManual:
    case ReplaceReason::kMemory: return ReplacePart::kClient;
  }
  return ReplacePart::kClient;
}

// What the connection is good for, as far as replacements care.
enum class ReplaceWhen : std::uint8_t {
  kNever = 0,    // the database is away: making clients is churn
  kRetries = 1,  // what is broken may be mended
  kHealthy = 2,  // what is preventive may be done as well
};

// What a failure to make a generation says.
[[nodiscard]] constexpr MakeVerdict make_verdict_of(const Classification& failure) noexcept {
  return failure.credentials_suspected ? MakeVerdict::kRefused : MakeVerdict::kFailed;
}

class Replacement {
 public:
  Replacement(const Config& config, bool possible, std::uint64_t seed, TimePoint start) noexcept;

  // Whether an automatic hard reset may be wanted now: possible, the last one long enough ago, and not before the
  // backoff of one that failed. One that is under way does not forbid it: it may wait its turn.
  [[nodiscard]] bool may_reset(TimePoint now) const noexcept;
  // The same, and none is under way.
  [[nodiscard]] bool may_begin(TimePoint now) const noexcept { return !under_way() && may_reset(now); }
  // Whether the factory may be asked for a client with other credentials.
  [[nodiscard]] bool may_ask_for_credentials(TimePoint now) const noexcept;
  [[nodiscard]] bool under_way() const noexcept { return reason_.has_value(); }
  // One has failed and will be tried again.
  [[nodiscard]] bool retry_pending() const noexcept { return retry_reason_.has_value(); }
  [[nodiscard]] bool waits() const noexcept { return waiting_.has_value(); }
  [[nodiscard]] bool retry_graver_than(ReplaceReason reason) const noexcept {
    return retry_reason_ && gravity_of(*retry_reason_) > gravity_of(reason);
  }
  // The one under way does for this reason, too.
  [[nodiscard]] bool does_for(ReplaceReason reason) const noexcept {
    return reason_ && gravity_of(reason) <= gravity_of(*reason_);
  }
  [[nodiscard]] bool possible() const noexcept { return possible_; }
  // How long the factory may take, and then a trivial query; or a connection and a query, where there is no factory.
  [[nodiscard]] Duration patience(ReplacePart part) const noexcept;

  enum class Begun : std::uint8_t {
    kImpossible = 0,  // a client cannot be made, which is told once
    kBegun = 1,       // make one now
    kMerged = 2,      // the one under way will do
    kWaits = 3,       // it comes after the one under way
  };
  [[nodiscard]] Begun begin(TimePoint now, ReplaceReason reason, Effects& effects);
  // The one under way is over. Answers with its reason.
  std::optional<ReplaceReason> finish(TimePoint now, bool ok);
  // The one under way was not begun after all: it is wanted again when the next refresh would be.
  void put_off(TimePoint now) noexcept;
  // The one whose turn it is, if there is any.
  std::optional<ReplaceReason> take_waiting() noexcept;
  // When the one under way began. REQUIRES: under_way().
  [[nodiscard]] TimePoint began() const noexcept { return began_; }
  void stop() noexcept;
  // Nobody has watched the clock: what was due meanwhile is due at `then`.
  void on_woken(TimePoint now, TimePoint then) noexcept {
    if (now >= refresh_at_) refresh_at_ = then;
    if (now >= aged_at()) not_aged_before_ = then;
  }

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
  std::optional<ReplaceReason> waiting_;
  std::optional<ReplaceReason> retry_reason_;
  TimePoint began_;
  std::uint32_t failures_ = 0;
  TimePoint retry_at_ = kEndOfTime;
  std::optional<TimePoint> last_hard_reset_;
  std::optional<TimePoint> last_credentials_;
  TimePoint generation_since_;
  TimePoint refresh_at_ = kEndOfTime;
  TimePoint not_aged_before_;  // a replacement for age was put off until then
  std::uint64_t operations_at_refresh_ = 0;
};

}  // namespace resilience
