// What became of a write that carries a mark: a row of the marker table, written in the same transaction under a token
// that nobody else uses.
//
// Whoever asks inserts the row itself, as a refusal. Where the writer's row is there already, the write was committed.
// Where the refusal wins, the write was not committed and never can be: a ghost of it that wakes up later fails on the
// unique key. So an answer is final, and recoveries of the server, however many, change nothing. While a ghost holds
// the key, its transaction is in progress: it is waited for, and ended when it takes too long.
//
// Pure: a function of its arguments.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/in_doubt.h"
#include "core/types.h"

namespace resilience {

// What the asker's own insert was answered with.
enum class MarkAnswer : std::uint8_t {
  kThere = 0,     // the writer's row is there
  kRefused = 1,   // a refusal is there: of this question, or of an earlier one whose answer was lost
  kHeld = 2,      // somebody holds the key, and has neither committed nor rolled back
  kReadOnly = 3,  // the server takes no writes: it is a standby
  kAlone = 4,     // the writer's row says that it was committed by itself: it tells nothing of the statement
};

struct MarkDecision {
  TransactionFate verdict = TransactionFate::kUnknown;
  InDoubtReason reason = InDoubtReason::kUnreadable;
  // End the backend that holds the key, then ask again.
  bool end_ghost = false;

  [[nodiscard]] constexpr bool ask_again() const noexcept {
    return verdict == TransactionFate::kInProgress || reason == InDoubtReason::kStandby;
  }
  bool operator==(const MarkDecision&) const = default;
};

// A row whose writer does not sweep it, because it died, is swept by others once it is older than kMarkKept. A question
// about an older write could take the row's absence for a write that never was; so nothing is decided about a write
// that is older than kMarkDecides. What is between the two is for clocks that do not agree.
inline constexpr Duration kMarkDecides = std::chrono::hours(12);
inline constexpr Duration kMarkKept = std::chrono::hours(24);

// A ghost may commit on its own for this long, from the first time it was seen.
inline constexpr Duration kGhostPatience = std::chrono::milliseconds(400);
// One question waits this long for the key.
inline constexpr Duration kMarkLockWait = std::chrono::milliseconds(150);

// `written_ago`: since the write was sent. `held_for`: since the key was first seen held in this series of questions; 0
// for the first time.
[[nodiscard]] MarkDecision decide_mark(Duration written_ago, Duration held_for, MarkAnswer answer) noexcept;

}  // namespace resilience
