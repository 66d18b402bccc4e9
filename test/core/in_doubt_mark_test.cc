#include "core/in_doubt_mark.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>

#include "core/mark_sweep.h"

namespace resilience {
namespace {

using namespace std::chrono_literals;

TEST(DecideMark, TheRowDecides) {
  EXPECT_EQ(decide_mark(1s, 0s, MarkAnswer::kThere),
            (MarkDecision{.verdict = TransactionFate::kCommitted, .reason = InDoubtReason::kMarker}));
  EXPECT_EQ(decide_mark(1s, 0s, MarkAnswer::kRefused),
            (MarkDecision{.verdict = TransactionFate::kNotCommitted, .reason = InDoubtReason::kMarker}));
  EXPECT_FALSE(decide_mark(1s, 0s, MarkAnswer::kThere).ask_again());
  EXPECT_FALSE(decide_mark(1s, 0s, MarkAnswer::kRefused).ask_again());
}

TEST(DecideMark, AGhostIsWaitedForAndThenEnded) {
  for (Duration held = 0ms; held < 2 * kGhostPatience; held += 50ms) {
    const MarkDecision decision = decide_mark(1s, held, MarkAnswer::kHeld);
    EXPECT_EQ(decision.verdict, TransactionFate::kInProgress);
    EXPECT_TRUE(decision.ask_again());
    EXPECT_EQ(decision.end_ghost, held >= kGhostPatience);
  }
}

TEST(DecideMark, AStandbyKnowsNothingYet) {
  const MarkDecision decision = decide_mark(1s, 0s, MarkAnswer::kReadOnly);
  EXPECT_EQ(decision.verdict, TransactionFate::kUnknown);
  EXPECT_TRUE(decision.ask_again());
}

TEST(DecideMark, AnswersHoldFromTheFirstMomentToTheLast) {
  for (const Duration ago : {Duration(0s), Duration(kMarkDecides)}) {
    EXPECT_EQ(decide_mark(ago, 0s, MarkAnswer::kThere).verdict, TransactionFate::kCommitted);
    EXPECT_EQ(decide_mark(ago, 0s, MarkAnswer::kRefused).verdict, TransactionFate::kNotCommitted);
  }
}

TEST(DecideMark, AMarkThatWasCommittedByItselfTellsNothing) {
  EXPECT_EQ(decide_mark(1s, 0s, MarkAnswer::kAlone),
            (MarkDecision{.verdict = TransactionFate::kUnknown, .reason = InDoubtReason::kAlone}));
  EXPECT_FALSE(decide_mark(1s, 0s, MarkAnswer::kAlone).ask_again());
}

TEST(DecideMark, NothingIsDecidedAboutAWriteWhoseRowMayHaveBeenSwept) {
  for (const MarkAnswer answer :
       {MarkAnswer::kThere, MarkAnswer::kRefused, MarkAnswer::kHeld, MarkAnswer::kReadOnly, MarkAnswer::kAlone}) {
    for (const Duration ago : {Duration(kMarkDecides + 1ns), Duration(kMarkKept), Duration(-1ns)}) {
      const MarkDecision decision = decide_mark(ago, 0s, answer);
      EXPECT_EQ(decision.verdict, TransactionFate::kUnknown);
      EXPECT_EQ(decision.reason, InDoubtReason::kForgotten);
      EXPECT_FALSE(decision.ask_again());
      EXPECT_FALSE(decision.end_ghost);
    }
  }
}

// One write, its ghost, and askers whose answers get lost, in virtual time. The table has one key.
class History {
 public:
  explicit History(std::mt19937& random) : random_(random) {}

  // The ghost's transaction: inserts the row where it can, and holds the key until it commits or rolls back.
  void ghost_inserts() {
    if (row_ == Row::kNone && ghost_ == Ghost::kOnItsWay) {
      row_ = Row::kHeldByGhost;
      ghost_ = Ghost::kHolds;
    } else if (ghost_ == Ghost::kOnItsWay) {
      ghost_ = Ghost::kGone;  // fails on the key
    }
  }
  void ghost_ends(bool commits) {
    if (ghost_ != Ghost::kHolds) return;
    row_ = commits ? Row::kWriters : Row::kNone;
    committed_ = commits;
    ghost_ = Ghost::kGone;
  }
  // What is not committed is gone; the request may still be on its way to the next server.
  void recovers() {
    if (ghost_ == Ghost::kHolds) {
      row_ = Row::kNone;
      ghost_ = random_() % 2 == 0 ? Ghost::kGone : Ghost::kOnItsWay;
    }
  }
  MarkAnswer asks() {
    switch (row_) {
      case Row::kNone: row_ = Row::kRefusal; return MarkAnswer::kRefused;
      case Row::kRefusal: return MarkAnswer::kRefused;
      case Row::kWriters: return MarkAnswer::kThere;
      case Row::kHeldByGhost: return MarkAnswer::kHeld;
    }
    return MarkAnswer::kHeld;
  }
  [[nodiscard]] bool committed() const { return committed_; }

 private:
  enum class Row : std::uint8_t { kNone, kHeldByGhost, kWriters, kRefusal };
  enum class Ghost : std::uint8_t { kOnItsWay, kHolds, kGone };
  std::mt19937& random_;
  Row row_ = Row::kNone;
  Ghost ghost_ = Ghost::kOnItsWay;
  bool committed_ = false;
};

TEST(DecideMark, WhatWasDecidedStaysTrueWhateverTheGhostAndTheServerDo) {
  std::mt19937 random(11);
  int decided = 0;
  for (int round = 0; round < 20'000; ++round) {
    History history(random);
    std::optional<TransactionFate> verdict;
    Duration now{};
    std::optional<Duration> held_since;
    for (int step = 0; step < 30; ++step) {
      now += std::chrono::milliseconds(random() % 200);
      switch (random() % 6) {
        case 0: history.ghost_inserts(); break;
        case 1: history.ghost_ends(random() % 2 == 0); break;
        case 2: history.recovers(); break;
        default: {
          const MarkAnswer answer = history.asks();
          if (random() % 3 == 0) break;  // its reply is lost
          if (answer == MarkAnswer::kHeld && !held_since) held_since = now;
          const MarkDecision decision = decide_mark(now, held_since ? now - *held_since : Duration{}, answer);
          if (decision.end_ghost) history.ghost_ends(false);
          if (decision.ask_again()) break;
          EXPECT_EQ(verdict.value_or(decision.verdict), decision.verdict);
          verdict = decision.verdict;
        }
      }
    }
    history.ghost_inserts();
    history.ghost_ends(true);
    if (!verdict) continue;
    ++decided;
    EXPECT_EQ(history.committed(), *verdict == TransactionFate::kCommitted);
  }
  EXPECT_GT(decided, 15'000);
}

TEST(MarkSweep, GoesInBoundedBatches) {
  const TimePoint start{};
  EXPECT_EQ(plan_sweep(start + 10ms, {.settled = 3, .last_sweep = start}).settled, 0U);
  EXPECT_EQ(plan_sweep(start + 10ms, {.settled = kSweepBatch + 3, .last_sweep = start}).settled, kSweepBatch);
  EXPECT_EQ(plan_sweep(start + 10ms, {.settled = kSweepBatch, .last_sweep = start}).settled, kSweepBatch);
  EXPECT_EQ(plan_sweep(start + kSweepPause, {.settled = 3, .last_sweep = start}).settled, 3U);
  EXPECT_EQ(plan_sweep(start + kSweepPause, {.settled = 0, .last_sweep = start}).settled, 0U);
}

TEST(MarkSweep, LooksForOldRowsNowAndThenAndGoesOnWhereItFoundMany) {
  const TimePoint start{};
  const TimePoint now = start + kSweepPause;
  EXPECT_FALSE(plan_sweep(now, {.last_sweep = start, .last_by_age = start}).by_age);
  EXPECT_TRUE(plan_sweep(now, {.last_sweep = start, .last_by_age = start, .age_batch_full = true}).by_age);
  EXPECT_TRUE(plan_sweep(start + kSweepByAgePause, {.last_sweep = start, .last_by_age = start}).by_age);
}

}  // namespace
}  // namespace resilience
