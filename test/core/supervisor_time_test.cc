// Time that stands still, runs late or jumps; the periodic work.
#include "support/desk.h"

namespace resilience {
namespace {

using namespace testing_support;
using enum ConnectionState;

TEST(SupervisorTime, AStalledLoopIsToldAndTripsNothing) {
  Desk desk;
  desk.up();
  desk.start();
  desk.pass(milliseconds{100});
  desk.now += seconds{10};
  desk.tick();
  ASSERT_EQ(desk.count<LoopStalled>(), 1U);
  EXPECT_GE(desk.last<LoopStalled>().delay, seconds{9});
  EXPECT_EQ(desk.core.state(), kUp);
  desk.tick();
  EXPECT_EQ(desk.count<LoopStalled>(), 1U) << "told once";
  desk.pass(desk.config.probe.suspect_after - milliseconds{1});
  EXPECT_EQ(desk.core.state(), kUp);
  desk.pass(milliseconds{1});
  EXPECT_EQ(desk.core.state(), kSuspect) << "from then on silence counts again";
}

TEST(SupervisorTime, AnyInputNoticesAStall) {
  Desk desk;
  desk.up();
  const FailedAttempt a_try = desk.start();
  desk.now += seconds{10};
  desk.fail(a_try, ErrorClass::kQuery);
  EXPECT_EQ(desk.count<LoopStalled>(), 1U);
  desk.tick();
  EXPECT_EQ(desk.count<LoopStalled>(), 1U);
}

TEST(SupervisorTime, WhatFellDueWhileItCouldNotBeDoneIsNoStall) {
  Config config;
  config.reconnect.max_connection_age = minutes{1};
  Desk desk(config);
  desk.up();
  desk.down();
  for (int i = 0; i < 100; ++i) {
    desk.pass(seconds{1});
    desk.probe(ProbeVerdict::kDown);
  }
  desk.probe(ProbeVerdict::kUp);
  desk.pass(seconds{1});
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kAge);
  EXPECT_EQ(desk.count<LoopStalled>(), 0U);
}

TEST(SupervisorTime, WhereNothingHappensNoTickIsAskedFor) {
  Desk desk;
  desk.up();
  desk.succeed(desk.start());
  desk.forget();
  desk.pass(Supervisor::kFallsAsleep * 2);
  EXPECT_TRUE(desk.core.asleep());
  EXPECT_EQ(desk.core.next_deadline(), kEndOfTime);
  EXPECT_TRUE(desk.log.empty());
  desk.pass(hours{20});
  EXPECT_TRUE(desk.log.empty()) << "no refresh, no health check, no replacement for age";

  // Nobody has watched the clock: what waits in the sockets is read before anything is sent.
  EXPECT_LE(desk.core.stalled_after(), desk.now);
  desk.core.on_woken(desk.now);
  desk.drain();
  EXPECT_EQ(desk.count<ReadSockets>(), 1U);
  EXPECT_EQ(desk.count<LoopStalled>(), 0U);
  EXPECT_LE(desk.core.stalled_after(), desk.now);
  desk.core.on_loop_turned(desk.now);
  EXPECT_GT(desk.core.stalled_after(), desk.now);
  EXPECT_NE(desk.core.next_deadline(), kEndOfTime);
}

TEST(SupervisorTime, WhatFellDueInItsSleepIsDoneAMomentAfterItWakes) {
  Desk desk;
  desk.up();
  desk.pass(minutes{30});
  desk.forget();
  desk.succeed(desk.start());
  desk.pass(Supervisor::kAfterWaking - milliseconds{1});
  EXPECT_EQ(desk.count<Replace>() + desk.count<RunHealthCheck>(), 0U);
  desk.pass(milliseconds{1});
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kRefresh);
  EXPECT_EQ(desk.count<RunHealthCheck>(), 1U);
}

// It sleeps between any two operations.
TEST(SupervisorTime, AClientThatIsUsedNowAndThenIsLookedAfterLikeAnyOther) {
  Desk desk;
  desk.up();
  std::size_t slept = 0;
  for (int i = 0; i < 180; ++i) {
    desk.succeed(desk.start());
    desk.pass(Supervisor::kFallsAsleep * 5 / 2);
    slept += desk.core.asleep() ? 1U : 0U;
    if (desk.count<Replace>() > desk.count<Replaced>()) desk.replaced(true);
  }
  EXPECT_GT(slept, 150U);
  EXPECT_GE(desk.count<RunHealthCheck>(), 13U) << "in 15 minutes";
  EXPECT_GE(desk.count<Replace>(), 2U);
}

TEST(SupervisorTime, WhileAnythingIsUnderWayItStaysAwake) {
  Desk desk;
  desk.up();
  const FailedAttempt slow = desk.start();
  desk.pass(milliseconds{1500});
  desk.probe(ProbeVerdict::kUp);
  EXPECT_FALSE(desk.core.asleep());
  desk.pass(Supervisor::kFallsAsleep * 3);
  EXPECT_FALSE(desk.core.asleep()) << "in flight";
  desk.succeed(slow);
  desk.pass(Supervisor::kFallsAsleep / 2);
  EXPECT_FALSE(desk.core.asleep()) << "it has only just ended";

  Desk away;
  away.up();
  away.down();
  away.pass(minutes{1});
  EXPECT_FALSE(away.core.asleep()) << "somebody looks for the database";
}

TEST(SupervisorTime, AnyNewsWakesIt) {
  Desk desk;
  desk.up();
  desk.pass(minutes{1});
  ASSERT_TRUE(desk.core.asleep());
  desk.probe(ProbeVerdict::kDown);
  EXPECT_FALSE(desk.core.asleep());
  desk.core.on_loop_turned(desk.now);
  const FailedAttempt a_try = desk.start();
  desk.pass(desk.config.probe.suspect_after + milliseconds{1});
  EXPECT_NE(desk.core.state(), kUp) << "a hang is noticed as ever";
  desk.fail(a_try, ErrorClass::kUnknownOutcome);
}

TEST(SupervisorTime, TicksInTimeAreNoStall) {
  Desk desk;
  desk.up();
  desk.pass(hours{30});
  EXPECT_EQ(desk.count<LoopStalled>(), 0U);
}

// In band a look may last longer than the time to the next one, which is then overdue when it answers.
TEST(SupervisorTime, ALookThatTookLongIsNoStall) {
  Desk desk({}, {true, false});
  desk.verified(VerifyVerdict::kOk);
  desk.start();
  desk.pass(desk.config.probe.suspect_after);
  ASSERT_TRUE(desk.last<Verify>().of_database);
  desk.pass(desk.config.probe.timeout);
  desk.verified(VerifyVerdict::kTimedOut);
  ASSERT_EQ(desk.core.state(), kDown);
  desk.now += milliseconds{1};
  desk.admit();
  EXPECT_EQ(desk.count<LoopStalled>(), 0U);
}

// Node fires overdue timers before it reads sockets: the host's time limit is up although the answer is there.
TEST(SupervisorTime, AVerificationThatTimedOutInAStallIsAskedAgain) {
  Desk desk;
  desk.up();
  desk.start();
  desk.down();
  desk.probe(ProbeVerdict::kUp);
  ASSERT_EQ(desk.core.state(), kVerifying);
  desk.forget();
  desk.now += seconds{5};
  const std::uint64_t before = desk.core.stats().hard_resets;
  desk.core.on_tick(desk.now);
  desk.drain();
  EXPECT_EQ(desk.core.state(), kVerifying);
  EXPECT_EQ(desk.core.stats().hard_resets, before);
}

TEST(SupervisorTime, NorDoesTheHostsOwnTimeLimitCountThen) {
  Desk desk;
  desk.up();
  desk.start();
  desk.down();
  desk.probe(ProbeVerdict::kUp);
  const std::uint64_t id = desk.last<Verify>().id;
  desk.forget();
  desk.now += seconds{5};
  desk.verified(id, VerifyVerdict::kTimedOut);
  EXPECT_EQ(desk.core.state(), kVerifying);
  EXPECT_EQ(desk.count<Replace>(), 0U);
  ASSERT_EQ(desk.count<Verify>(), 1U);
  desk.pass(milliseconds{2});
  desk.verified(VerifyVerdict::kOk);
  EXPECT_EQ(desk.core.state(), kUp);
}

TEST(SupervisorTime, AStallAfterARecoveryTakesNothingBack) {
  Desk desk;
  desk.up();
  const FailedAttempt write = desk.start(OperationKind::kWrite);
  desk.down();
  desk.probe(ProbeVerdict::kUp);
  desk.verified(VerifyVerdict::kOk);
  desk.now += seconds{5};
  desk.tick();
  EXPECT_EQ(desk.hangs(write).verdict, DecisionVerdict::kLeave) << "its answer may be in the socket, unread";
  desk.forget();
  desk.pass(milliseconds{500});
  EXPECT_EQ(desk.count<SweepInFlight>(), 1U);
  EXPECT_EQ(desk.hangs(write).verdict, DecisionVerdict::kGiveUp);
}

TEST(SupervisorTime, ASuspicionDoesNotRunOutInAStall) {
  Desk desk;
  desk.up();
  desk.fail(desk.start(), ErrorClass::kNotSent);
  desk.now += seconds{30};
  desk.tick();
  EXPECT_EQ(desk.core.state(), kSuspect);
}

TEST(SupervisorTime, TimeThatGoesBackStandsStill) {
  Desk desk;
  desk.up();
  const FailedAttempt caught = desk.down();
  const TimePoint then = desk.now;
  desk.now -= minutes{10};
  desk.probe(ProbeVerdict::kDown);
  desk.tick();
  EXPECT_GE(desk.core.next_deadline(), then);
  desk.now = then;
  desk.probe(ProbeVerdict::kUp);
  EXPECT_TRUE(desk.released(caught.ticket));
}

TEST(SupervisorTime, AJumpOfAYearIsSurvived) {
  Desk desk;
  desk.up();
  const FailedAttempt caught = desk.down();
  desk.now += hours{24 * 365};
  desk.tick();
  EXPECT_EQ(desk.expired(caught.ticket), GiveUpReason::kDeadline);
  EXPECT_EQ(desk.core.state(), kDown);
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.core.state(), kUp);
  desk.pass(seconds{5});
  EXPECT_EQ(desk.count<Replace>(), 1U);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kAge);
}

TEST(SupervisorTime, TimeNeverEndsForAClientThatLivesForever) {
  Config config;
  config.reconnect.deadline = hours{24 * 365 * 290};
  config.reconnect.max_connection_age = hours{24 * 365 * 290};
  config.probe.suspect_after = hours{24 * 365 * 290};
  Desk desk(config);
  desk.up();
  const FailedAttempt caught = desk.down();
  EXPECT_GT(desk.core.next_deadline(), desk.now);
  desk.pass(hours{2});
  EXPECT_EQ(desk.expired(caught.ticket), std::nullopt);
}

TEST(SupervisorTime, HealthIsCheckedUnlessIdle) {
  Desk desk;
  desk.up();
  desk.live(minutes{3});
  EXPECT_EQ(desk.count<RunHealthCheck>(), 3U);
  desk.pass(hours{1});
  EXPECT_EQ(desk.count<RunHealthCheck>(), 3U);
}

TEST(SupervisorTime, NoHealthCheckWhereItIsTurnedOff) {
  Config config;
  config.health_check.enabled = false;
  Desk desk(config);
  desk.up();
  for (int i = 0; i < 10; ++i) {
    desk.succeed(desk.start());
    desk.pass(minutes{1});
  }
  EXPECT_EQ(desk.count<RunHealthCheck>(), 0U);
}

TEST(SupervisorTime, ClientsAreReplacedForTheirAge) {
  Config config;
  config.refresh.enabled = false;
  Desk desk(config);
  desk.up();
  desk.live(config.reconnect.max_connection_age);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kAge);
  desk.replaced(true);
  desk.forget();
  desk.live(config.reconnect.max_connection_age - minutes{1});
  EXPECT_EQ(desk.count<Replace>(), 0U);
}

TEST(SupervisorTime, IdleAndHealthyItIsLookedAtNowAndThen) {
  Desk desk;
  desk.up();
  int ticks = 0;
  const TimePoint until = desk.now + seconds{10};
  while (desk.now < until) {
    desk.now = desk.core.next_deadline();
    desk.tick();
    ++ticks;
  }
  EXPECT_LE(ticks, 21) << "a quarter of suspectAfterMs apart";
}

// What waits in the sockets is read first: a connection's end, for one.
TEST(SupervisorTime, AfterAStallNothingIsSentBeforeTheLoopHasTurned) {
  Desk desk;
  desk.up();
  EXPECT_GT(desk.core.stalled_after(), desk.now);
  desk.now = desk.core.next_deadline() + seconds{3};
  EXPECT_LT(desk.core.stalled_after(), desk.now) << "whoever comes before the tick sees it, too";
  desk.tick();
  EXPECT_EQ(desk.count<LoopStalled>(), 1U);
  EXPECT_LT(desk.core.stalled_after(), desk.now);
  desk.core.on_loop_turned(desk.now);
  EXPECT_GT(desk.core.stalled_after(), desk.now);
}

TEST(SupervisorTime, ItFallsAsleepAsSoonAsNothingHasHappenedForLongEnough) {
  Desk desk;
  desk.up();
  desk.succeed(desk.start());
  desk.tick();
  const TimePoint last = desk.now;
  desk.pass(Supervisor::kFallsAsleep - milliseconds{1});
  EXPECT_FALSE(desk.core.asleep());
  desk.now = last + Supervisor::kFallsAsleep;
  desk.tick();
  EXPECT_TRUE(desk.core.asleep());
}

TEST(SupervisorTime, AClientThatNobodyHasAskedForSleeps) {
  Desk desk({}, {.has_probe = false}, 1, false);
  desk.pass(Supervisor::kFallsAsleep + seconds{1});
  EXPECT_TRUE(desk.core.asleep());
}

TEST(SupervisorTime, ALoopThatIsLateByNoMoreThanTheToleranceHasNotStalled) {
  for (const Duration late : {Duration{0}, Duration{1}}) {
    Desk desk;
    desk.up();
    desk.now = desk.core.stalled_after() + late;
    desk.tick();
    EXPECT_EQ(desk.count<LoopStalled>(), late > Duration{0} ? 1U : 0U);
  }
}

}  // namespace
}  // namespace resilience
