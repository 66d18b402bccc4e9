// The database is well and the client is not; replacements of every kind.
#include "support/desk.h"

namespace resilience {
namespace {

using namespace testing_support;
using enum ConnectionState;

TEST(SupervisorFault, TerminatedBackendsRunAgainAtOnce) {
  Desk desk;
  desk.up();
  std::vector<FailedAttempt> cut;
  for (int i = 0; i < 20; ++i) cut.push_back(desk.start());
  for (FailedAttempt& a_try : cut) a_try.ticket = desk.fail(a_try, ErrorClass::kUnknownOutcome).ticket;
  desk.pass(milliseconds{4});
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.states(), std::vector{kRecovering});
  EXPECT_EQ(desk.count<Replace>(), 0U) << "one mishap, however many it hits";
  EXPECT_EQ(desk.count<Disconnected>(), 0U);
  for (std::size_t i = 0; i < cut.size(); ++i) {
    ASSERT_GT(desk.count<Release>(), i);
    desk.succeed(desk.again(cut[i], cut[i].ticket));
  }
  EXPECT_EQ(desk.core.state(), kUp);
}

TEST(SupervisorFault, ThreeFailedConnectsWithTheDatabaseUpReplaceTheClient) {
  Desk desk;
  desk.up();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(desk.count<Replace>(), 0U);
    desk.fail(desk.start(), ErrorClass::kNotSent);
    desk.pass(milliseconds{4});
    desk.probe(ProbeVerdict::kUp);
    desk.pass(milliseconds{1});
  }
  EXPECT_EQ(desk.core.state(), kReplacing);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kEngineFault);
  EXPECT_TRUE(desk.core.gate_closed());
  desk.replaced(true);
  EXPECT_EQ(desk.core.epoch(), Epoch{1});
  EXPECT_EQ(desk.core.stats().hard_resets, 1U);
}

TEST(SupervisorFault, APoisonedClientIsReplacedAtOnce) {
  Desk desk;
  desk.up();
  const Decision decision = desk.fail(desk.start(), ErrorClass::kEngineFault);
  EXPECT_EQ(decision.verdict, DecisionVerdict::kWait);
  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.core.state(), kReplacing);
  desk.replaced(true);
  EXPECT_TRUE(desk.released(decision.ticket));
}

TEST(SupervisorFault, APoisonedClientIsRememberedThroughAnOutage) {
  Desk desk;
  desk.up();
  (void)desk.start();
  desk.fail(desk.start(), ErrorClass::kEngineFault);
  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kDown);
  EXPECT_EQ(desk.count<Replace>(), 0U);
  desk.pass(seconds{1});
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.core.state(), kReplacing);
  EXPECT_EQ(desk.count<Verify>(), 0U) << "it is not asked whether it serves";
}

TEST(SupervisorFault, TheLastAttemptGetsANewClient) {
  Desk desk;
  desk.up();
  FailedAttempt a_try = desk.start();
  a_try.ticket = desk.fail(a_try, ErrorClass::kUnknownOutcome).ticket;
  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kUp);
  ASSERT_TRUE(desk.released(a_try.ticket));
  a_try = desk.again(a_try, a_try.ticket);
  desk.fail(a_try, ErrorClass::kUnknownOutcome);
  EXPECT_EQ(desk.count<Replace>(), 0U);
  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kFinalAttempt);
  desk.forget();
  desk.pass(milliseconds{30});
  desk.replaced(true);
  ASSERT_TRUE(desk.released(a_try.ticket));
  a_try = desk.again(a_try, a_try.ticket);
  const Decision decision = desk.fail(a_try, ErrorClass::kUnknownOutcome);
  EXPECT_EQ(decision.verdict, DecisionVerdict::kGiveUp);
  EXPECT_EQ(decision.reason, GiveUpReason::kAttemptsExhausted);
}

TEST(SupervisorFault, NotWhereTheUserDoesNotWantThat) {
  Config config;
  config.reconnect.hard_reset_on_final_attempt = false;
  Desk desk(config);
  desk.up();
  FailedAttempt a_try = desk.start();
  a_try.ticket = desk.fail(a_try, ErrorClass::kUnknownOutcome).ticket;
  desk.probe(desk.result(ProbeVerdict::kUp, {}));
  a_try = desk.again(a_try, a_try.ticket);
  desk.fail(a_try, ErrorClass::kUnknownOutcome);
  desk.probe(desk.result(ProbeVerdict::kUp, {}));
  EXPECT_EQ(desk.count<Replace>(), 0U);
}

TEST(SupervisorFault, ConsecutiveErrorsReplaceTheClient) {
  Config config;
  config.reconnect.max_attempts = 1;
  Desk desk(config);
  desk.up();
  for (std::uint32_t i = 0; i < config.reconnect.max_consecutive_errors; ++i) {
    EXPECT_EQ(desk.count<Replace>(), 0U) << i;
    desk.fail(desk.start(), ErrorClass::kUnknownOutcome);
    EXPECT_EQ(desk.core.stats().consecutive_errors, i + 1);
    desk.pass(milliseconds{4});
    desk.probe(ProbeVerdict::kUp);
    desk.pass(milliseconds{1});
  }
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kConsecutiveErrors);
}

TEST(SupervisorFault, SuccessesAndTheCallersOwnErrorsAreNoRow) {
  Config config;
  config.reconnect.max_attempts = 1;
  Desk desk(config);
  desk.up();
  for (int i = 0; i < 30; ++i) {
    desk.fail(desk.start(), ErrorClass::kUnknownOutcome);
    desk.pass(milliseconds{4});
    desk.probe(ProbeVerdict::kUp);
    desk.fail(desk.start(), ErrorClass::kQuery);
    desk.succeed(desk.start());
    desk.pass(milliseconds{1});
  }
  EXPECT_EQ(desk.count<Replace>(), 0U);
}

TEST(SupervisorFault, ResetsAreNeverCloserTogetherThanAllowed) {
  Desk desk;
  desk.up();
  std::vector<Duration> resets;
  for (int i = 0; i < 4000; ++i) {
    desk.forget();
    desk.fail(desk.start(), ErrorClass::kEngineFault);
    desk.pass(milliseconds{5});
    if (desk.core.state() == kSuspect) desk.probe(ProbeVerdict::kUp);
    for (const Duration reset : desk.times<Replace>()) {
      resets.push_back(reset);
      desk.replaced(true);
    }
    desk.pass(milliseconds{5});
  }
  ASSERT_GE(resets.size(), 3U);
  for (std::size_t i = 1; i < resets.size(); ++i) {
    EXPECT_GE(resets[i] - resets[i - 1], desk.config.reconnect.min_reset_interval);
  }
}

TEST(SupervisorFault, OtherConnectionsBeneathMendNoEngine) {
  Config config;
  config.reconnect.min_reset_interval = minutes{30};
  Desk desk(config, {.can_replace = true, .has_probe = true, .beneath = "postgres"});
  desk.up();
  const auto fail_once = [&desk](ErrorClass error) {
    desk.forget();
    const FailedAttempt a_try = desk.start();
    const TicketId ticket = desk.fail(a_try, error).ticket;
    desk.pass(milliseconds{5});
    if (desk.core.state() == kSuspect) desk.probe(ProbeVerdict::kUp);
    if (desk.count<Replace>() > 0) desk.replaced(true, "postgres");
    ASSERT_TRUE(desk.released(ticket));
    desk.succeed(desk.again(a_try, ticket));
  };
  fail_once(ErrorClass::kEngineFault);
  ASSERT_EQ(desk.count<Replace>(), 1U);
  fail_once(ErrorClass::kEngineFault);
  ASSERT_EQ(desk.count<Replace>(), 0U) << "too soon";

  for (int i = 0; i < 1000 && desk.count<Replace>() == 0; ++i) {
    desk.succeed(desk.start());
    desk.pass(seconds{1});
  }
  ASSERT_EQ(desk.last<Replace>().reason, ReplaceReason::kRefresh);
  desk.replaced(true, "postgres");
  desk.pass(minutes{30});
  fail_once(ErrorClass::kUnknownOutcome);
  ASSERT_EQ(desk.count<Replace>(), 1U);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kEngineFault);
}

TEST(SupervisorFault, AFactoryThatFailsIsAskedAgainWithBackoffAndTheOldClientServes) {
  Desk desk;
  desk.up();
  const TicketId waiting = desk.fail(desk.start(), ErrorClass::kEngineFault).ticket;
  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kUp);
  ASSERT_EQ(desk.core.state(), kReplacing);
  desk.pass(desk.config.warmup.timeout);  // it hangs, and is given up
  EXPECT_EQ(desk.last<StopMaking>().epoch, desk.making);
  EXPECT_EQ(desk.core.epoch(), Epoch{0});
  EXPECT_EQ(desk.core.state(), kUp);
  EXPECT_TRUE(desk.released(waiting)) << "on the old client";

  std::vector<Duration> waits;
  for (int i = 0; i < 4; ++i) {
    desk.forget();
    const Duration failed_at = desk.elapsed();
    desk.pass(seconds{11});
    ASSERT_EQ(desk.count<Replace>(), 1U);
    EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kEngineFault);
    EXPECT_EQ(desk.core.state(), kUp) << "nobody waits for what has failed before";
    waits.push_back(desk.times<Replace>().at(0) - failed_at);
    desk.replaced(false);
  }
  EXPECT_GE(waits.front(), milliseconds{500});
  EXPECT_GT(waits.back(), waits.front());
  desk.forget();
  desk.pass(seconds{11});
  ASSERT_EQ(desk.count<Replace>(), 1U);
  desk.replaced(true);
  EXPECT_EQ(desk.core.epoch(), desk.making);
  desk.forget();
  desk.pass(minutes{1});
  EXPECT_EQ(desk.count<Replace>(), 0U);
}

TEST(SupervisorFault, AFailedFactoryIsNotAskedAgainWhileTheDatabaseIsAway) {
  Desk desk;
  desk.up();
  desk.fail(desk.start(), ErrorClass::kEngineFault);
  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kUp);
  desk.replaced(false);
  desk.down();
  desk.forget();
  desk.pass(minutes{1});
  EXPECT_EQ(desk.count<Replace>(), 0U);
  desk.probe(ProbeVerdict::kUp);
  desk.pass(seconds{1});
  EXPECT_EQ(desk.count<Replace>(), 1U);
}

TEST(SupervisorFault, AClientThatCannotBeMadeAgainIsToldOnce) {
  Desk desk({}, {false, true});
  desk.up();
  for (int i = 0; i < 10; ++i) {
    const FailedAttempt a_try = desk.start();
    const Decision decision = desk.fail(a_try, ErrorClass::kEngineFault);
    EXPECT_EQ(decision.verdict, DecisionVerdict::kWait);
    desk.pass(milliseconds{4});
    desk.probe(ProbeVerdict::kUp);
    EXPECT_EQ(desk.core.state(), kUp);
    EXPECT_TRUE(desk.released(decision.ticket)) << i;
    desk.succeed(desk.again(a_try, decision.ticket));
  }
  EXPECT_EQ(desk.count<ReplaceImpossible>(), 1U);
  EXPECT_EQ(desk.count<Replace>(), 0U);
  EXPECT_FALSE(desk.core.request_replacement(desk.now, ReplaceReason::kManual));
}

TEST(SupervisorFault, ARefreshDisturbsNobody) {
  Desk desk;
  desk.up();
  desk.pass(minutes{6});
  EXPECT_EQ(desk.count<Replace>(), 0U) << "idle";
  desk.succeed(desk.start());
  const FailedAttempt report = desk.start();
  while (desk.count<Replace>() == 0) {
    desk.succeed(desk.start());
    desk.pass(seconds{1});
  }
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kRefresh);
  EXPECT_EQ(desk.core.state(), kUp);
  EXPECT_FALSE(desk.core.gate_closed());
  desk.forget();
  desk.pass(milliseconds{40});
  desk.replaced(true);
  EXPECT_TRUE(desk.states().empty());
  EXPECT_EQ(desk.core.stats().hard_resets, 0U);
  desk.pass(seconds{3});
  EXPECT_EQ(desk.hangs(report).verdict, DecisionVerdict::kLeave) << "it runs on the old client to its end";
  desk.succeed(report);
}

TEST(SupervisorFault, ARefreshThatASessionForbidsIsPutOff) {
  Desk desk;
  desk.up();
  const auto until_replaced = [&] {
    desk.forget();
    for (int i = 0; i < 1000 && desk.count<Replace>() == 0; ++i) {
      desk.succeed(desk.start());
      desk.pass(seconds{1});
    }
    return desk.last<Replace>();
  };
  const TimePoint began = desk.now;
  EXPECT_TRUE(until_replaced().spares_sessions);
  const Duration interval = desk.now - began;
  desk.made(MakeVerdict::kPutOff);
  EXPECT_EQ(desk.core.state(), kUp);
  EXPECT_EQ(desk.count<ReplaceFailed>(), 0U);
  EXPECT_EQ(desk.count<Replaced>(), 0U);
  const TimePoint put_off = desk.now;
  EXPECT_EQ(until_replaced().reason, ReplaceReason::kRefresh) << "and asked for again";
  EXPECT_GT(desk.now - put_off, interval / 2);
  desk.made(MakeVerdict::kPutOff);
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual));
  desk.drain();
  EXPECT_FALSE(desk.last<Replace>().spares_sessions) << "what mends asks nobody";
}

TEST(SupervisorFault, WhatAwaitsARefreshThatIsPutOffHasItsTurn) {
  Desk desk;
  desk.up();
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kMemory));
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual));
  desk.made(MakeVerdict::kPutOff);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kManual);
}

TEST(SupervisorFault, LateNewsOfTheOldGenerationChangesNothing) {
  Desk desk;
  desk.up();
  const FailedAttempt slow = desk.start();
  const FailedAttempt doomed = desk.start();
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual));
  desk.replaced(true);
  desk.forget();
  desk.succeed(slow);
  const Decision decision = desk.fail(doomed, ErrorClass::kEngineFault);
  EXPECT_EQ(decision.verdict, DecisionVerdict::kRunNow) << "on the new client";
  EXPECT_TRUE(desk.states().empty());
  EXPECT_EQ(desk.count<Replace>(), 0U);
}

TEST(SupervisorFault, AFaultDuringARefreshWaitsItsTurn) {
  Desk desk;
  desk.up();
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kMemory));
  desk.drain();
  const TicketId waiting = desk.fail(desk.start(), ErrorClass::kEngineFault).ticket;
  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.core.state(), kReplacing);
  EXPECT_EQ(desk.count<Replace>(), 1U) << "one at a time";
  desk.replaced(true);
  EXPECT_EQ(desk.core.state(), kReplacing) << "what was begun for less may not be enough";
  EXPECT_FALSE(desk.released(waiting));
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kEngineFault);
  EXPECT_EQ(desk.core.stats().hard_resets, 0U);
  desk.replaced(true);
  EXPECT_TRUE(desk.released(waiting));
  EXPECT_EQ(desk.core.stats().hard_resets, 1U);
}

TEST(SupervisorFault, WhatIsPreventiveWaitsForAHealthyDatabase) {
  Desk desk;
  desk.up();
  desk.down();
  EXPECT_FALSE(desk.core.request_replacement(desk.now, ReplaceReason::kMemory));
  EXPECT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual)) << "the user knows better";
}

TEST(SupervisorFault, AReplacementThatSucceedsEndsAnOutage) {
  Desk desk;
  desk.up();
  const FailedAttempt caught = desk.down();
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual));
  desk.replaced(true);
  EXPECT_EQ(desk.count<Reconnected>(), 1U);
  EXPECT_TRUE(desk.released(caught.ticket));
}

// The guard beneath Prisma has told of it; above Prisma it only remains to be decided what becomes of the operation.
TEST(SupervisorFault, AFailureToldTwiceCountsOnce) {
  Desk desk;
  desk.up();
  FailedAttempt a_try = desk.start();
  a_try.reported_beneath = true;
  EXPECT_EQ(desk.fail(a_try, ErrorClass::kEngineFault).verdict, DecisionVerdict::kRunNow);
  EXPECT_TRUE(desk.states().empty());
  EXPECT_EQ(desk.core.stats().consecutive_errors, 0U);
}

TEST(SupervisorFault, AnAnswerThatNobodyWaitsForIsIgnored) {
  Desk desk;
  desk.up();
  desk.replaced(true);
  EXPECT_EQ(desk.core.epoch(), Epoch{0});
  EXPECT_TRUE(desk.states().empty());
}

// A client that is beyond repair takes many down with it, and their news may come long after another one serves.
TEST(SupervisorFault, WhatFailsOnAClientThatHasBeenReplacedRunsAgainWithoutBudgetOrBackoff) {
  Config config;
  config.reconnect.retry_budget = {0, 1};
  Desk desk(config);
  desk.up();
  std::vector<FailedAttempt> former;
  FailedAttempt sent = desk.start(OperationKind::kRead);
  sent.tries = config.reconnect.max_attempts;
  for (int i = 0; i < 300; ++i) {
    former.push_back(desk.start(OperationKind::kWrite));
    former.back().nothing_sent = true;
    former.back().tries = config.reconnect.max_attempts;
  }
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual, {}));
  desk.replaced(true);
  ASSERT_EQ(desk.core.state(), kUp);
  desk.forget();
  std::size_t at_once = 0;
  for (const FailedAttempt& a_try : former) {
    const Decision decision = desk.fail(a_try, ErrorClass::kNotSent);
    ASSERT_NE(decision.verdict, DecisionVerdict::kGiveUp) << "it stood in a queue where nobody is served any more";
    at_once += decision.verdict == DecisionVerdict::kRunNow ? 1U : 0U;
  }
  EXPECT_EQ(desk.fail(sent, ErrorClass::kNotSent).reason, GiveUpReason::kAttemptsExhausted) << "a run is a run";
  EXPECT_EQ(desk.core.state(), kUp) << "it says nothing about now";
  desk.pass(seconds{2});
  EXPECT_EQ(desk.count<Release>() + at_once, 300U);
}

}  // namespace
}  // namespace resilience
