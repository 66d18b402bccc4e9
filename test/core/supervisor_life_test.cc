// What becomes of those who are in flight on a client that was replaced, or shut down: in every state of the
// connection.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "support/desk.h"

namespace resilience {
namespace {

using namespace testing_support;
using enum ConnectionState;

void reset_by_hand(Desk& desk, std::optional<Duration> drain = std::nullopt) {
  desk.fold();
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual, drain));
  desk.drain();
  desk.replaced(true);
}

void stop(Desk& desk, Duration drain) {
  desk.fold();
  desk.core.stop(desk.now, drain);
  desk.drain();
}

// Brings a desk that is up, with its second client, into a state.
struct Way {
  ConnectionState state;
  std::function<void(Desk&)> go;
};

const Way kWays[] = {
    {kUp, [](Desk&) {}},
    {kSuspect, [](Desk& desk) { (void)desk.fail(desk.start(), ErrorClass::kNotSent); }},
    {kDown, [](Desk& desk) { desk.down(); }},
    {kVerifying,
     [](Desk& desk) {
       desk.start();
       desk.down();
       desk.pass(milliseconds{100});
       desk.probe(ProbeVerdict::kUp);
     }},
    {kRecovering,
     [](Desk& desk) {
       desk.down();
       for (int i = 0; i < 50; ++i) (void)desk.admit();
       desk.pass(milliseconds{100});
       desk.probe(ProbeVerdict::kUp);
       if (desk.core.state() == kVerifying) desk.verified(VerifyVerdict::kOk);
     }},
    {kReplacing,
     [](Desk& desk) {
       (void)desk.fail(desk.start(), ErrorClass::kEngineFault);
       desk.pass(milliseconds{4});
       desk.probe(ProbeVerdict::kUp);
     }},
    {kStopped, [](Desk& desk) { stop(desk, seconds{60}); }},
};

// A suspicion that the hanging ones have aroused is dispelled.
void calm(Desk& desk) {
  while (desk.core.state() != kUp) {
    desk.pass(milliseconds{5});
    desk.probe(ProbeVerdict::kUp);
  }
}

class InEveryState : public testing::TestWithParam<Way> {};

TEST_P(InEveryState, WhatHangsOnAClientThatWasGivenUpEnds) {
  Config config;
  config.reconnect.min_reset_interval = Duration::zero();
  Desk desk(config);
  desk.up();
  const FailedAttempt hanging = desk.start();
  const TimePoint until = desk.now + seconds{5};
  reset_by_hand(desk);
  desk.pass(seconds{4});
  EXPECT_EQ(desk.hangs(hanging).verdict, DecisionVerdict::kLeave) << "its time is not over";
  calm(desk);
  desk.pass(until - milliseconds{200} - desk.now);
  calm(desk);
  GetParam().go(desk);
  ASSERT_EQ(desk.core.state(), GetParam().state);
  ASSERT_LT(desk.now, until);
  desk.forget();
  desk.pass(until - desk.now);
  ASSERT_EQ(desk.core.state(), GetParam().state) << "or another state's sweep would be seen";
  // Where the server can be asked what it does for them, it is asked first.
  if (GetParam().state == kUp || GetParam().state == kRecovering) desk.pass(milliseconds{500});
  EXPECT_GE(desk.count<SweepInFlight>(), 1U);
  EXPECT_TRUE(desk.work_hangs(hanging, {})) << "beneath Prisma, too";
  EXPECT_NE(desk.hangs(hanging).verdict, DecisionVerdict::kLeave);
}

TEST_P(InEveryState, AShutdownEndsAllThatRuns) {
  Desk desk;
  desk.up();
  const FailedAttempt hanging = desk.start(OperationKind::kWrite);
  GetParam().go(desk);
  ASSERT_EQ(desk.core.state(), GetParam().state);
  stop(desk, milliseconds{200});
  if (GetParam().state == kStopped) return;
  desk.forget();
  desk.pass(milliseconds{200});
  EXPECT_GE(desk.count<SweepInFlight>(), 1U);
  const Decision decision = desk.hangs(hanging);
  EXPECT_EQ(decision.verdict, DecisionVerdict::kGiveUp);
  EXPECT_EQ(decision.reason, GiveUpReason::kShutdown);
  EXPECT_EQ(decision.outcome, Outcome::kUnknown);
}

INSTANTIATE_TEST_SUITE_P(SupervisorLife, InEveryState, testing::ValuesIn(kWays),
                         [](const auto& way) { return std::string(to_string(way.param.state)); });

TEST(SupervisorLife, AutomaticResetsCutNobody) {
  Desk desk;
  desk.up();
  const FailedAttempt report = desk.start();
  for (int i = 0; i < 3; ++i) {
    FailedAttempt failed = desk.start();
    failed.new_connection = true;
    (void)desk.fail(failed, ErrorClass::kNotSent);
    desk.pass(milliseconds{4});
    desk.probe(ProbeVerdict::kUp);
    desk.pass(milliseconds{100});
  }
  ASSERT_EQ(desk.last<Replace>().reason, ReplaceReason::kEngineFault);
  desk.replaced(true);
  desk.pass(minutes{1});
  EXPECT_EQ(desk.hangs(report).verdict, DecisionVerdict::kLeave);
  desk.succeed(report);
  EXPECT_EQ(desk.count<CutGeneration>(), 0U);
}

TEST(SupervisorLife, AClientThatIsBeyondRepairByItsOwnWordIsGivenUp) {
  Desk desk;
  desk.up();
  const FailedAttempt lost = desk.start();
  (void)desk.fail(desk.start(), ErrorClass::kEngineFault);
  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kUp);
  desk.replaced(true);
  desk.pass(seconds{5} + milliseconds{500});
  EXPECT_NE(desk.hangs(lost).verdict, DecisionVerdict::kLeave);
}

// With the guard: the server's process behind pid 7 works for us, the one behind 8 idles.
ServerActivity two_processes(Duration age) {
  ServerActivity activity;
  activity.known = true;
  activity.server_started_us = 1;
  for (const std::uint32_t pid : {7U, 8U}) {
    Backend backend;
    backend.pid = pid;
    backend.state = pid == 7 ? BackendState::kActive : BackendState::kIdle;
    backend.age = age;
    backend.in_state = age;
    backend.state_since_us = 5;
    activity.backends.push_back(backend);
  }
  return activity;
}

TEST(SupervisorLife, WhatTheServerWorksForGoesOnAfterAResetByHandAndWhatHangsEnds) {
  Desk desk;
  desk.up();
  const UsedConnection working{1, false, 7, desk.now, false};
  const UsedConnection idling{2, false, 8, desk.now, false};
  FailedAttempt first = desk.start();
  FailedAttempt second = desk.start();
  first.holds_connection = second.holds_connection = true;
  reset_by_hand(desk);
  const TimePoint began = desk.now;
  desk.pass(seconds{5});
  // The server is asked once more, now that the time to drain is over.
  EXPECT_EQ(desk.times<LookAtConnections>().back(), desk.elapsed());
  desk.pass(milliseconds{1});
  desk.activity(two_processes(desk.now - began));
  desk.pass(milliseconds{100});
  EXPECT_GE(desk.count<SweepInFlight>(), 1U);
  EXPECT_FALSE(desk.work_hangs(first, working));
  EXPECT_TRUE(desk.work_hangs(second, idling));
  first.swept_by_guard = true;
  EXPECT_EQ(desk.hangs(first).verdict, DecisionVerdict::kLeave);
  desk.forget();
  desk.pass(seconds{2});
  EXPECT_GE(desk.count<SweepInFlight>(), 1U) << "it is looked at again";
  desk.succeed(first);
}

TEST(SupervisorLife, AResetByHandWithADrainTimeCutsEverything) {
  Desk desk;
  desk.up();
  FailedAttempt guarded = desk.start();
  guarded.holds_connection = true;
  reset_by_hand(desk, seconds{1});
  desk.pass(seconds{1});
  EXPECT_EQ(desk.last<CutGeneration>().epoch, Epoch{0});
  EXPECT_TRUE(desk.work_hangs(guarded, {1, false, 7, desk.now, true})) << "although something moves";
  guarded.swept_by_guard = true;
  EXPECT_EQ(desk.hangs(guarded).verdict, DecisionVerdict::kLeave) << "it fails from beneath";
  desk.forget();
  desk.pass(GenerationLife::kGrace);
  EXPECT_EQ(desk.count<SweepInFlight>(), 1U);
  EXPECT_NE(desk.hangs(guarded).verdict, DecisionVerdict::kLeave) << "or it is ended above";
}

TEST(SupervisorLife, AResetByHandDuringARefreshWaitsItsTurnWithItsDrainTime) {
  Desk desk;
  desk.up();
  FailedAttempt hanging = desk.start();
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kMemory));
  desk.drain();
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual, milliseconds{300}));
  desk.drain();
  EXPECT_EQ(desk.count<Replace>(), 1U);
  desk.replaced(true);
  EXPECT_EQ(desk.last<Replaced>().reason, ReplaceReason::kMemory);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kManual);
  desk.replaced(true);
  EXPECT_EQ(desk.last<Replaced>().reason, ReplaceReason::kManual);
  EXPECT_EQ(desk.core.epoch(), Epoch{2});
  desk.pass(milliseconds{300});
  EXPECT_EQ(desk.last<CutGeneration>().epoch, Epoch{0}) << "whoever began earlier has had more time already";
  EXPECT_NE(desk.hangs(hanging).verdict, DecisionVerdict::kLeave);
}

// ---- credentials

Classification refused() {
  Classification failure = override_with(ErrorClass::kFatalConfiguration);
  failure.credentials_suspected = true;
  return failure;
}

TEST(SupervisorLife, WhoIsRefusedForItsPasswordWaitsForTheFactory) {
  Desk desk;
  desk.up();
  const FailedAttempt working = desk.start();
  const TicketId first = desk.fail(desk.start(), refused()).ticket;
  ASSERT_TRUE(first.valid());
  const TicketId second = desk.fail(desk.start(), refused()).ticket;
  EXPECT_EQ(desk.count<Replace>(), 1U);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kCredentials);
  EXPECT_EQ(desk.core.state(), kUp) << "nobody else is concerned";
  EXPECT_FALSE(desk.core.gate_closed());
  desk.replaced(true);
  EXPECT_TRUE(desk.released(first));
  EXPECT_TRUE(desk.released(second));
  EXPECT_EQ(desk.core.stats().hard_resets, 0U);
  desk.pass(minutes{1});
  EXPECT_EQ(desk.hangs(working).verdict, DecisionVerdict::kLeave) << "connections that were let in go on";
  desk.succeed(working);
}

TEST(SupervisorLife, AFactoryThatKnowsNoBetterIsAskedAgainOnlyAfterMinResetInterval) {
  Desk desk;
  desk.up();
  const TicketId waiting = desk.fail(desk.start(), refused()).ticket;
  desk.made(MakeVerdict::kRefused);
  EXPECT_EQ(desk.expired(waiting), GiveUpReason::kNotRetryable);
  EXPECT_EQ(desk.core.state(), kUp);
  desk.forget();
  EXPECT_EQ(desk.fail(desk.start(), refused()).verdict, DecisionVerdict::kGiveUp);
  EXPECT_EQ(desk.count<Replace>(), 0U);
  desk.pass(desk.config.reconnect.min_reset_interval);
  EXPECT_EQ(desk.fail(desk.start(), refused()).verdict, DecisionVerdict::kWait);
  EXPECT_EQ(desk.count<Replace>(), 1U);
}

TEST(SupervisorLife, ARefreshThatIsRefusedAsksTheFactory) {
  Desk desk({}, {.has_probe = true, .beneath = "postgres"});
  desk.up();
  desk.pass(minutes{4});
  while (desk.count<Replace>() == 0) {
    desk.succeed(desk.start());
    desk.pass(seconds{5});
    ASSERT_LT(desk.elapsed(), minutes{10});
  }
  EXPECT_EQ(desk.last<Replace>().part, ReplacePart::kConnections);
  desk.made(MakeVerdict::kRefused);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kCredentials);
  EXPECT_EQ(desk.last<Replace>().part, ReplacePart::kAdapters);
  desk.replaced(true, "postgres");
  EXPECT_EQ(desk.core.epoch(), desk.making);
}

TEST(SupervisorLife, WithoutAFactoryThatIsSaidAndTheFailureIsTheCallers) {
  Desk desk({}, {.can_replace = false, .has_probe = true});
  desk.up();
  EXPECT_EQ(desk.fail(desk.start(), refused()).verdict, DecisionVerdict::kGiveUp);
  EXPECT_EQ(desk.last<ReplaceImpossible>().reason, ReplaceReason::kCredentials);
}

TEST(SupervisorLife, WhileAGraverReplacementIsToBeTriedAgainARefusalIsTheCallers) {
  Desk desk;
  desk.up();
  desk.fail(desk.start(), ErrorClass::kEngineFault);
  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kUp);
  desk.replaced(false);
  desk.forget();
  EXPECT_EQ(desk.fail(desk.start(), refused()).reason, GiveUpReason::kNotRetryable);
  EXPECT_EQ(desk.count<Replace>(), 0U) << "the factory is asked soon, for more";
}

TEST(SupervisorLife, WhoeverWaitsForTheFactoryTakesOneOfThePlaces) {
  Config config;
  config.reconnect.max_parked = 1;
  Desk desk(config);
  desk.up();
  EXPECT_EQ(desk.fail(desk.start(), refused()).verdict, DecisionVerdict::kWait);
  EXPECT_EQ(desk.fail(desk.start(), refused()).reason, GiveUpReason::kQueueFull);
}

// A factory may take nearly all of its time; the query that follows is given as much.
TEST(SupervisorLife, WhatWasDeliveredInTimeHasAsLongAgainForItsQuery) {
  const auto replaced_in = [](bool delivered) {
    Desk desk;
    desk.up();
    desk.fold();
    EXPECT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual, std::nullopt));
    desk.drain();
    desk.pass(desk.config.warmup.timeout - milliseconds{1});
    if (delivered) desk.core.on_delivered(desk.now, desk.making);
    desk.pass(desk.config.warmup.timeout - milliseconds{1});
    desk.replaced(true);
    return desk.count<Replaced>() == 1 && desk.count<ReplaceFailed>() == 0;
  };
  EXPECT_TRUE(replaced_in(true));
  EXPECT_FALSE(replaced_in(false));
}

// The server does not tell: then whoever had time enough is looked at without it, and soon.
TEST(SupervisorLife, WhereTheServerDoesNotTellWhatItDoesNobodyWaitsForThat) {
  Desk desk;
  desk.up();
  const FailedAttempt hanging = desk.start();
  reset_by_hand(desk);
  desk.pass(seconds{5});
  ASSERT_EQ(desk.times<LookAtConnections>().back(), desk.elapsed());
  const std::size_t before = desk.count<SweepInFlight>();
  desk.activity(ServerActivity{});
  desk.pass(SilentConnections::kReading);
  EXPECT_EQ(desk.count<SweepInFlight>(), before + 1);
  EXPECT_TRUE(desk.work_hangs(hanging, {}));
}

TEST(SupervisorLife, WhoeverMakesProgressOnAClientThatWasGivenUpIsLookedAtAgain) {
  Desk desk;
  desk.up();
  const FailedAttempt moving = desk.start();
  reset_by_hand(desk);
  desk.pass(GenerationLife::kDrain + milliseconds{500});
  ASSERT_GE(desk.count<SweepInFlight>(), 1U);
  desk.forget();
  EXPECT_FALSE(desk.work_hangs(moving, {.number = 1, .moving = true}));
  desk.pass(milliseconds{999});
  EXPECT_EQ(desk.count<SweepInFlight>(), 0U);
  desk.pass(milliseconds{1});
  EXPECT_EQ(desk.count<SweepInFlight>(), 1U);
}

TEST(SupervisorLife, OfTwoDrainTimesOfAResetTheShorterCounts) {
  for (const auto& [first, second] :
       {std::pair{milliseconds{200}, milliseconds{9000}}, {milliseconds{9000}, milliseconds{200}}}) {
    Desk desk;
    desk.up();
    (void)desk.start();
    for (const Duration drain : {first, second}) {
      desk.fold();
      ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual, drain));
      desk.drain();
    }
    desk.replaced(true);
    desk.pass(milliseconds{199});
    EXPECT_EQ(desk.count<CutGeneration>(), 0U);
    desk.pass(milliseconds{1});
    EXPECT_EQ(desk.count<CutGeneration>(), 1U);
  }
}

}  // namespace
}  // namespace resilience
