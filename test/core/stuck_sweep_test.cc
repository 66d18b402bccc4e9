#include "core/stuck_sweep.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Fate = StuckSweep::Fate;

constexpr TimePoint kStart{};

TimePoint at(Duration time) {
  return kStart + time;
}

// Frozen from 10 s to 13 s: a try that began at 9.9 s was caught.
class StuckSweepTest : public testing::Test {
 protected:
  Fate judge(Duration now, Duration try_started = milliseconds{9900}, bool dead = false, Duration own_limit = {}) {
    FailedAttempt hanging;
    hanging.try_started = at(try_started);
    hanging.epoch = Epoch{1};
    return stuck_sweep_.judge(at(now), hanging, dead, own_limit, at(try_started) + seconds{15}, outage_);
  }

  StuckSweep stuck_sweep_;
  OutageFacts outage_{true,  false, Epoch{1}, at(seconds{10}), at(seconds{13}), at(seconds{13}), at(seconds{13}),
                      false, {},    {}};
};

TEST_F(StuckSweepTest, ACaughtTryIsTakenBackAfterTheGrace) {
  EXPECT_EQ(judge(milliseconds{13499}), Fate::kLeave);
  EXPECT_EQ(stuck_sweep_.next_sweep(), at(milliseconds{13500}));
  EXPECT_EQ(judge(milliseconds{13500}), Fate::kStuck);
}

TEST_F(StuckSweepTest, OneThatBeganAfterTheOutageIsLeftAlone) {
  EXPECT_EQ(judge(seconds{100}, seconds{13}), Fate::kLeave);
  EXPECT_EQ(stuck_sweep_.next_sweep(), kEndOfTime);
}

TEST_F(StuckSweepTest, OneThatRanForLongBeforeGetsAsLongAgain) {
  EXPECT_EQ(judge(seconds{15}, seconds{4}), Fate::kLeave);
  EXPECT_EQ(stuck_sweep_.next_sweep(), at(seconds{19}));
  EXPECT_EQ(judge(seconds{19}, seconds{4}), Fate::kStuck);
}

TEST_F(StuckSweepTest, OneWithATimeLimitOfItsOwnIsLeftToIt) {
  EXPECT_EQ(judge(seconds{17}, milliseconds{9900}, false, seconds{5}), Fate::kLeave);
  EXPECT_EQ(judge(seconds{18}, milliseconds{9900}, false, seconds{5}), Fate::kStuck);
}

TEST_F(StuckSweepTest, AConnectionProvenDeadNeedsNoGrace) {
  EXPECT_EQ(judge(milliseconds{13001}, milliseconds{9900}, true), Fate::kStuck);
  EXPECT_EQ(judge(seconds{20}, seconds{19}, true), Fate::kStuck) << "even where no outage caught it";
}

TEST_F(StuckSweepTest, WhileTheClientIsNotKnownToServeATryMayStandInItsQueue) {
  outage_.proven_at.reset();
  EXPECT_EQ(judge(seconds{20}), Fate::kLeave);
  EXPECT_EQ(stuck_sweep_.next_sweep(), at(milliseconds{20500}));
  outage_.proven_at = at(seconds{21});
  EXPECT_EQ(judge(milliseconds{21499}), Fate::kLeave);
  EXPECT_EQ(judge(milliseconds{21500}), Fate::kStuck);
}

TEST_F(StuckSweepTest, AnOlderGenerationsQueueIsWaitedForByNobody) {
  outage_.epoch = Epoch{2};
  outage_.proven_at.reset();
  EXPECT_EQ(judge(milliseconds{13500}), Fate::kStuck);
}

TEST_F(StuckSweepTest, OneThatHoldsAConnectionStandsInNoQueue) {
  outage_.proven_at.reset();
  FailedAttempt hanging;
  hanging.try_started = at(milliseconds{9900});
  hanging.epoch = Epoch{1};
  hanging.holds_connection = true;
  const auto fate = [&](Duration now) { return stuck_sweep_.judge(at(now), hanging, false, {}, kEndOfTime, outage_); };
  EXPECT_EQ(fate(milliseconds{13499}), Fate::kLeave);
  EXPECT_EQ(fate(milliseconds{13500}), Fate::kStuck);
}

TEST_F(StuckSweepTest, TheGraceRunsWhileANewClientIsMade) {
  outage_.epoch = Epoch{2};
  outage_.answered_at = at(milliseconds{12700});
  EXPECT_EQ(judge(milliseconds{13199}), Fate::kLeave);
  EXPECT_EQ(judge(milliseconds{13200}), Fate::kStuck);
}

TEST_F(StuckSweepTest, WhatQueuesAtAReplacedClientIsTakenBackAtOnce) {
  FailedAttempt queued;
  queued.try_started = at(milliseconds{9900});
  queued.epoch = Epoch{1};
  queued.nothing_sent = true;
  const auto fate = [&](Duration now) { return stuck_sweep_.judge(at(now), queued, false, {}, kEndOfTime, outage_); };
  EXPECT_EQ(fate(seconds{13}), Fate::kLeave) << "its client serves";
  outage_.epoch = Epoch{2};
  EXPECT_EQ(fate(seconds{13}), Fate::kStuck);
  queued.try_started = at(seconds{13});
  EXPECT_EQ(fate(seconds{14}), Fate::kLeave) << "a replacement without an outage drains";
}

TEST_F(StuckSweepTest, OnAClientThatIsSilentTheDeadlineIsTheEnd) {
  outage_.proven_at.reset();
  outage_.silent = true;
  EXPECT_EQ(judge(milliseconds{24899}), Fate::kLeave);
  EXPECT_EQ(judge(milliseconds{24900}), Fate::kOutOfTime);
}

TEST_F(StuckSweepTest, OnASilentClientTheDeadlineIsTheEndOfWhatBeganLaterToo) {
  outage_.silent = true;
  EXPECT_EQ(judge(seconds{20}, seconds{14}), Fate::kLeave);
  EXPECT_EQ(stuck_sweep_.next_sweep(), at(seconds{29}));
  EXPECT_EQ(judge(seconds{29}, seconds{14}), Fate::kOutOfTime);

  outage_.epoch = Epoch{2};
  EXPECT_EQ(judge(seconds{40}, seconds{14}), Fate::kLeave) << "on a client that was replaced it is left to its drain";
}

TEST_F(StuckSweepTest, ASilentClientIsGivenUpWithAllItRuns) {
  outage_.epoch = Epoch{2};
  outage_.silent_epoch = Epoch{1};
  outage_.silent_until = at(seconds{30});
  EXPECT_EQ(judge(milliseconds{30499}, seconds{20}), Fate::kLeave) << "it began after the outage";
  EXPECT_EQ(stuck_sweep_.next_sweep(), at(milliseconds{30500}));
  EXPECT_EQ(judge(milliseconds{30500}, seconds{20}), Fate::kStuck);
}

TEST_F(StuckSweepTest, WhileTheDatabaseIsAwayTheDeadlineIsTheEnd) {
  outage_.over = false;
  outage_.lasting = true;
  EXPECT_EQ(judge(milliseconds{24899}), Fate::kLeave);
  EXPECT_EQ(stuck_sweep_.next_sweep(), at(milliseconds{24900}));
  EXPECT_EQ(judge(milliseconds{24900}), Fate::kOutOfTime);
  EXPECT_EQ(judge(seconds{12}, milliseconds{9900}, true), Fate::kLeave) << "it could not run anywhere else";
}

TEST_F(StuckSweepTest, WhereAPoolerServesWhomItCanWhatHangsGivesItsPlaceBack) {
  outage_.over = false;
  outage_.lasting = true;
  outage_.queued_since = at(seconds{11});
  const auto judge_held = [this](Duration now, OperationKind kind, Duration try_started = milliseconds{9900}) {
    FailedAttempt hanging;
    hanging.operation.kind = kind;
    hanging.try_started = at(try_started);
    hanging.epoch = Epoch{1};
    hanging.holds_connection = true;
    return stuck_sweep_.judge(at(now), hanging, false, {}, kEndOfTime, outage_);
  };
  EXPECT_EQ(judge_held(milliseconds{11999}, OperationKind::kRead), Fate::kLeave);
  EXPECT_EQ(stuck_sweep_.next_sweep(), at(seconds{12}));
  EXPECT_EQ(judge_held(seconds{12}, OperationKind::kRead), Fate::kStuck) << "it runs again and loses nothing";
  EXPECT_EQ(judge_held(milliseconds{15999}, OperationKind::kWrite), Fate::kLeave);
  EXPECT_EQ(judge_held(seconds{16}, OperationKind::kWrite), Fate::kStuck) << "or nobody would ever be served";
  EXPECT_EQ(judge_held(seconds{20}, OperationKind::kRead, seconds{11}), Fate::kLeave)
      << "it stands in the queue itself";
  EXPECT_EQ(judge(seconds{20}), Fate::kLeave) << "it waits for a connection, and has none to give back";
}

TEST_F(StuckSweepTest, WhereAPoolerServesWhomItCanNobodyWaitsForAPlaceInOurPool) {
  FailedAttempt waiting;
  waiting.try_started = at(milliseconds{9900});
  waiting.epoch = Epoch{1};
  waiting.nothing_sent = true;
  outage_.over = false;
  outage_.lasting = true;
  const auto fate = [&] { return stuck_sweep_.judge(at(seconds{11}), waiting, false, {}, kEndOfTime, outage_); };
  EXPECT_EQ(fate(), Fate::kLeave);
  outage_.queued_since = at(seconds{11});
  EXPECT_EQ(fate(), Fate::kStuck) << "the pool would open a connection for it as soon as another one ends";
  waiting.holds_connection = true;
  EXPECT_EQ(fate(), Fate::kLeave) << "its own is being opened";
}

TEST_F(StuckSweepTest, UnderANewSuspicionNothingIsDecided) {
  outage_.over = false;
  EXPECT_EQ(judge(seconds{14}), Fate::kLeave);
  EXPECT_EQ(stuck_sweep_.next_sweep(), at(milliseconds{14500}));
}

TEST_F(StuckSweepTest, AStalledLoopGivesEverybodyTheGraceAgain) {
  stuck_sweep_.sweep_by(at(milliseconds{13500}));
  stuck_sweep_.on_loop_stalled(at(seconds{20}));
  EXPECT_FALSE(stuck_sweep_.sweep_due(at(seconds{20})));
  EXPECT_EQ(judge(milliseconds{20499}), Fate::kLeave);
  EXPECT_EQ(judge(milliseconds{20500}), Fate::kStuck);
}

TEST_F(StuckSweepTest, ASweepIsAskedForOnce) {
  stuck_sweep_.sweep_by(at(seconds{2}));
  stuck_sweep_.sweep_by(at(seconds{3}));
  EXPECT_FALSE(stuck_sweep_.sweep_due(at(seconds{1})));
  EXPECT_TRUE(stuck_sweep_.sweep_due(at(seconds{2})));
  EXPECT_FALSE(stuck_sweep_.sweep_due(at(seconds{4})));
}

}  // namespace
}  // namespace resilience
