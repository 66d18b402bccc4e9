// Retries while the database is believed up: budget, backoff, deadline.
#include "support/desk.h"

#include "core/error_verdict.h"

namespace resilience {
namespace {

using namespace testing_support;

Classification conflict() {
  return to_classification(RuleVerdict::kRolledBackConflict);
}

TEST(SupervisorRetry, AConflictRunsAgainAtOnceThenWithBackoff) {
  Desk desk;
  desk.up();
  FailedAttempt a_try = desk.start(OperationKind::kWrite);
  const Decision first = desk.fail(a_try, conflict());
  EXPECT_EQ(first.verdict, DecisionVerdict::kRunNow);
  ASSERT_TRUE(first.ticket.valid());
  a_try = desk.again(a_try, first.ticket);
  const Decision second = desk.fail(a_try, conflict());
  EXPECT_EQ(second.verdict, DecisionVerdict::kWait);
  EXPECT_EQ(second.ticket, first.ticket) << "the same operation, the same ticket";
  desk.pass(desk.config.reconnect.initial_delay);
  ASSERT_TRUE(desk.released(second.ticket));
  a_try = desk.again(a_try, second.ticket);
  const Decision third = desk.fail(a_try, conflict());
  EXPECT_EQ(third.reason, GiveUpReason::kAttemptsExhausted);
  EXPECT_TRUE(desk.states().empty()) << "says nothing about the connection";
  EXPECT_EQ(desk.core.stats().retries, 2U);
}

TEST(SupervisorRetry, TheBudgetKeepsRetriesAShareOfTheTraffic) {
  Config config;
  config.reconnect.retry_budget = {0.2, 10};
  Desk desk(config);
  desk.up();
  int retried = 0;
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    const Decision decision = desk.fail(desk.start(), conflict());
    if (decision.verdict == DecisionVerdict::kGiveUp) {
      EXPECT_EQ(decision.reason, GiveUpReason::kBudget);
      ++refused;
    } else {
      ++retried;
    }
  }
  EXPECT_GE(retried, 100 + 200 - 10);
  EXPECT_LE(retried, 100 + 200 + 10);
  EXPECT_GT(refused, 0);
}

// A BEGIN outlasts maxWait: Prisma gives the transaction up, and its connection is still inside of it.
TEST(SupervisorRetry, NothingRunsAgainWhileItsLastTryIsUnderWay) {
  for (const ErrorClass failure : {ErrorClass::kSaturated, ErrorClass::kNotSent, ErrorClass::kRolledBack}) {
    Desk desk;
    desk.up();
    FailedAttempt a_try = desk.start(OperationKind::kWrite);
    a_try.under_way = true;
    const Decision decision = desk.fail(a_try, failure);
    ASSERT_EQ(decision.verdict, DecisionVerdict::kWait);
    desk.pass(seconds{5});
    EXPECT_FALSE(desk.released(decision.ticket)) << "no backoff ends it";
    desk.probe(ProbeVerdict::kUp);
    desk.ended_beneath(decision.ticket);
    desk.pass(seconds{1});
    ASSERT_TRUE(desk.released(decision.ticket));
    desk.succeed(desk.again(a_try, decision.ticket));
  }
}

TEST(SupervisorRetry, WhatNeverEndsBeneathIsWaitedForUntilTheDeadline) {
  Desk desk;
  desk.up();
  FailedAttempt a_try = desk.start(OperationKind::kWrite);
  a_try.under_way = true;
  const Decision decision = desk.fail(a_try, ErrorClass::kSaturated);
  ASSERT_EQ(decision.verdict, DecisionVerdict::kWait);
  desk.pass(desk.config.reconnect.deadline);
  EXPECT_EQ(desk.expired(decision.ticket), GiveUpReason::kDeadline);
  desk.ended_beneath(decision.ticket);
  EXPECT_FALSE(desk.released(decision.ticket)) << "late news";
}

TEST(SupervisorRetry, WhatMayNotRunAgainEndsAtOnceThoughItIsUnderWay) {
  Desk desk;
  desk.up();
  FailedAttempt a_try = desk.start(OperationKind::kWrite);
  a_try.under_way = true;
  EXPECT_EQ(desk.fail(a_try, ErrorClass::kQuery).reason, GiveUpReason::kNotRetryable);
  FailedAttempt cancelled = desk.start(OperationKind::kWrite);
  cancelled.under_way = true;
  const Decision decision = desk.fail(cancelled, ErrorClass::kSaturated);
  desk.cancel(decision.ticket);
  desk.ended_beneath(decision.ticket);
  EXPECT_FALSE(desk.released(decision.ticket));
}

TEST(SupervisorRetry, AskingWhatBecameOfACommitIsNoRetry) {
  Config config;
  config.reconnect.retry_budget = {0, 1};  // ten in the bucket
  Desk desk(config);
  desk.up();
  // More than the budget has, oftener than attempts are allowed, and of failures that would not be retried.
  for (int i = 0; i < 30; ++i) {
    FailedAttempt a_commit = desk.start(OperationKind::kWrite);
    const Decision decision = desk.ask(a_commit, i % 2 == 0 ? conflict() : override_with(ErrorClass::kQuery));
    EXPECT_EQ(decision.verdict, DecisionVerdict::kRunNow) << i;
  }
  FailedAttempt often = desk.start(OperationKind::kWrite);
  often.tries = 50;
  const Decision later = desk.ask(often, conflict());
  EXPECT_EQ(later.verdict, DecisionVerdict::kWait) << "not in a tight loop";
  desk.pass(desk.config.reconnect.deadline);
  EXPECT_TRUE(desk.released(later.ticket));
}

TEST(SupervisorRetry, AskingWaitsForTheDatabaseAndEndsWithTheDeadline) {
  Config config;
  config.reconnect.retry_budget = {0, 1};
  Desk desk(config);
  desk.up();
  std::vector<TicketId> waiting;
  for (int i = 0; i < 30; ++i) {
    FailedAttempt a_commit = desk.start(OperationKind::kWrite);
    waiting.push_back(desk.ask(a_commit, override_with(ErrorClass::kUnknownOutcome)).ticket);
  }
  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kUp);
  desk.pass(seconds{2});
  for (const TicketId ticket : waiting) EXPECT_TRUE(desk.released(ticket));

  FailedAttempt late = desk.start(OperationKind::kWrite);
  desk.pass(desk.config.reconnect.deadline);
  EXPECT_EQ(desk.ask(late, override_with(ErrorClass::kUnknownOutcome)).reason, GiveUpReason::kDeadline);
}

// A write was in doubt for longer than the pauses between two questions had become, and its outcome stayed unknown with
// the database well and seconds to go.
TEST(SupervisorRetry, AskingIsNotGivenUpWhileThereIsTime) {
  Config config;
  config.reconnect.jitter = JitterKind::kNone;
  Desk desk(config);
  desk.up();
  FailedAttempt a_commit = desk.start(OperationKind::kWrite);
  const TimePoint deadline = desk.now + config.reconnect.deadline;
  desk.pass(config.reconnect.deadline - seconds{4});
  a_commit.tries = 8;
  Decision decision = desk.ask(a_commit, conflict());
  std::size_t asked = 1;
  for (; decision.verdict == DecisionVerdict::kWait; ++asked) {
    const TimePoint since = desk.now;
    while (desk.all<Release>().size() < asked) desk.pass(milliseconds{1});
    EXPECT_GE(desk.now - since, milliseconds{50}) << "not in a tight loop";
    a_commit = desk.again(a_commit, decision.ticket);
    decision = desk.ask(a_commit, conflict());
  }
  EXPECT_EQ(decision.reason, GiveUpReason::kDeadline);
  EXPECT_GE(asked, 3U);
  EXPECT_LE(deadline - desk.now, milliseconds{100});
}

TEST(SupervisorRetry, BeneathPrismaWorkIsHeldOnlyWhileTheDatabaseIsKnownToBeDown) {
  Desk desk;
  desk.up();
  EXPECT_EQ(desk.core.admit_beneath(desk.now).verdict, AdmissionVerdict::kRun);

  static_cast<void>(desk.fail(desk.start(), ErrorClass::kUnknownOutcome));
  ASSERT_NE(desk.core.state(), ConnectionState::kUp);
  ASSERT_NE(desk.core.state(), ConnectionState::kDown);
  EXPECT_FALSE(desk.core.holds_beneath()) << "one failure closes nothing beneath";
  EXPECT_EQ(desk.core.admit_beneath(desk.now).verdict, AdmissionVerdict::kRun);

  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kDown);
  ASSERT_TRUE(desk.core.holds_beneath());
  const Admission held = desk.core.admit_beneath(desk.now);
  ASSERT_EQ(held.verdict, AdmissionVerdict::kParked);

  desk.probe(ProbeVerdict::kUp);
  desk.pass(seconds{2});
  EXPECT_FALSE(desk.core.holds_beneath());
  EXPECT_TRUE(desk.released(held.ticket));

  desk.core.stop(desk.now, seconds{1});
  EXPECT_EQ(desk.core.admit_beneath(desk.now).verdict, AdmissionVerdict::kRun) << "it ends as Prisma ends it";
}

TEST(SupervisorRetry, OperationsThatFailedWhileTheDatabaseWasUpPayWhenTheyAreLetGo) {
  Config config;
  config.reconnect.retry_budget = {0, 1};  // ten in the bucket
  Desk desk(config);
  desk.up();
  std::vector<FailedAttempt> cut;
  for (int i = 0; i < 30; ++i) cut.push_back(desk.start());
  for (FailedAttempt& a_try : cut) a_try.ticket = desk.fail(a_try, ErrorClass::kUnknownOutcome).ticket;
  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kUp);
  desk.pass(seconds{2});
  std::size_t expired = 0;
  for (const FailedAttempt& a_try : cut) expired += desk.expired(a_try.ticket) == GiveUpReason::kBudget ? 1U : 0U;
  EXPECT_EQ(expired, 20U);
  EXPECT_EQ(desk.count<Release>(), 10U);
}

TEST(SupervisorRetry, AnOutageCostsNoBudget) {
  Config config;
  config.reconnect.retry_budget = {0, 0};
  Desk desk(config);
  desk.up();
  const FailedAttempt caught = desk.down();
  desk.probe(ProbeVerdict::kUp);
  EXPECT_TRUE(desk.released(caught.ticket));
}

TEST(SupervisorRetry, NoWaitBeginsThatLastsBeyondTheDeadline) {
  const auto verdict_with = [](Duration deadline) {
    Config config;
    config.reconnect.jitter = JitterKind::kNone;
    config.reconnect.deadline = deadline;
    Desk desk(config);
    desk.up();
    FailedAttempt a_try = desk.start();
    a_try = desk.again(a_try, desk.fail(a_try, conflict()).ticket);
    return desk.fail(a_try, conflict()).verdict;
  };
  const Duration wait = Config{}.reconnect.initial_delay;
  EXPECT_EQ(verdict_with(wait), DecisionVerdict::kGiveUp);
  EXPECT_EQ(verdict_with(wait + milliseconds{1}), DecisionVerdict::kWait);
}

TEST(SupervisorRetry, NorOneForWhichItHadToWaitForTheProbe) {
  const auto ended_with = [](Duration deadline) {
    Config config;
    config.reconnect.jitter = JitterKind::kNone;
    config.reconnect.hard_reset_on_final_attempt = false;
    config.reconnect.deadline = deadline;
    Desk desk(config);
    desk.up();
    FailedAttempt a_try = desk.start();
    a_try.tries = 2;
    a_try.ticket = desk.fail(a_try, ErrorClass::kUnknownOutcome).ticket;
    desk.pass(milliseconds{4});
    desk.probe(ProbeVerdict::kUp);
    EXPECT_FALSE(desk.released(a_try.ticket));
    return desk.expired(a_try.ticket);
  };
  const Duration wait = Config{}.reconnect.initial_delay + milliseconds{4};
  EXPECT_EQ(ended_with(wait), GiveUpReason::kDeadline);
  EXPECT_EQ(ended_with(wait + milliseconds{1}), std::nullopt);
}

TEST(SupervisorRetry, NothingRunsAgainThatFailsAtItsVeryDeadline) {
  Desk desk;
  desk.up();
  const FailedAttempt a_try = desk.start();
  desk.live(desk.config.reconnect.deadline);
  EXPECT_EQ(desk.fail(a_try, conflict()).reason, GiveUpReason::kDeadline);
}

TEST(SupervisorRetry, WhoRunsAgainAtOnceNeedsNoPlaceAmongThoseThatWait) {
  Config config;
  config.reconnect.max_parked = 0;
  Desk desk(config);
  desk.up();
  EXPECT_EQ(desk.fail(desk.start(), conflict()).verdict, DecisionVerdict::kRunNow);
}

// Whoever has run before goes first, and the budget is asked in the very answer.
TEST(SupervisorRetry, AFailureThatFindsRoomAndNoBudgetIsRefusedAtOnce) {
  Config config;
  config.reconnect.retry_budget = {0, 0};
  Desk desk(config);
  desk.up();
  const FailedAttempt late = desk.start();
  desk.pass(desk.config.probe.suspect_after);
  ASSERT_TRUE(desk.core.gate_closed());
  for (int i = 0; i < 20; ++i) (void)desk.admit();
  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kUp);
  ASSERT_EQ(desk.core.state(), ConnectionState::kRecovering) << "it was a false alarm";
  desk.now += SlowStart::kRound;
  desk.forget();
  const Decision decision = desk.fail(late, ErrorClass::kNotSent);
  EXPECT_EQ(decision.verdict, DecisionVerdict::kGiveUp);
  EXPECT_EQ(decision.reason, GiveUpReason::kBudget);
  EXPECT_EQ(desk.count<Expire>(), 0U) << "nobody waits for it";
}

TEST(SupervisorRetry, NoRunBeginsBeyondTheDeadline) {
  Desk desk;
  desk.up();
  const FailedAttempt slow = desk.start();
  for (int i = 0; i < 20; ++i) {
    desk.pass(seconds{1});
    desk.succeed(desk.start());
  }
  EXPECT_EQ(desk.fail(slow, ErrorClass::kNotSent).reason, GiveUpReason::kDeadline);
}

TEST(SupervisorRetry, WhoWaitsOutABackoffWhenTheDatabaseGoesWaitsForTheDatabase) {
  Config config;
  config.reconnect.jitter = JitterKind::kNone;
  Desk desk(config);
  desk.up();
  FailedAttempt a_try = desk.start();
  a_try = desk.again(a_try, desk.fail(a_try, conflict()).ticket);
  const TicketId delayed = desk.fail(a_try, conflict()).ticket;
  desk.down();
  desk.pass(seconds{3});
  EXPECT_FALSE(desk.released(delayed)) << "its run would be lost";
  desk.probe(ProbeVerdict::kUp);
  EXPECT_TRUE(desk.released(delayed));
}

TEST(SupervisorRetry, ARefusalThatIsTheCallersOwnIsNeverRetried) {
  Desk desk;
  desk.up();
  for (const auto error_class : {ErrorClass::kQuery, ErrorClass::kCancelled, ErrorClass::kFatalConfiguration}) {
    const Decision decision = desk.fail(desk.start(), error_class);
    EXPECT_EQ(decision.verdict, DecisionVerdict::kGiveUp);
    EXPECT_EQ(decision.reason, GiveUpReason::kNotRetryable);
  }
  EXPECT_TRUE(desk.states().empty());
}

TEST(SupervisorRetry, CancellingAWaitIsTheEndOfIt) {
  Desk desk;
  desk.up();
  const FailedAttempt caught = desk.down();
  desk.cancel(caught.ticket);
  desk.probe(ProbeVerdict::kUp);
  desk.pass(seconds{20});
  EXPECT_FALSE(desk.released(caught.ticket));
  EXPECT_EQ(desk.expired(caught.ticket), std::nullopt);
}

TEST(SupervisorRetry, BeginWaitsForTheFirstStatementOnlyWhileAllIsWell) {
  constexpr TransactionStart kArray{"postgres", false, false, false, true};
  Desk desk;
  EXPECT_FALSE(desk.core.begins_late(kArray)) << "nobody knows whether there is a database";
  desk.up();
  EXPECT_TRUE(desk.core.begins_late(kArray));
  EXPECT_FALSE(desk.core.begins_late({"postgres", false, true, false, true}));
  static_cast<void>(desk.fail(desk.start(OperationKind::kWrite), override_with(ErrorClass::kNotSent)));
  EXPECT_FALSE(desk.core.begins_late(kArray)) << "suspect";
}

TEST(SupervisorRetry, NothingIsAskedThatHasNoTimeForAnAnswer) {
  const auto verdict_with = [](Duration left) {
    Config config;
    config.reconnect.jitter = JitterKind::kNone;
    Desk desk(config);
    desk.up();
    FailedAttempt a_commit = desk.start(OperationKind::kWrite);
    desk.pass(config.reconnect.deadline - left);
    a_commit.tries = 8;
    return desk.ask(a_commit, conflict()).verdict;
  };
  EXPECT_EQ(verdict_with(milliseconds{100}), DecisionVerdict::kWait) << "half of it is the pause";
  EXPECT_EQ(verdict_with(milliseconds{98}), DecisionVerdict::kGiveUp);
}

// The host may hear late of a try that it had given up for the next one, which waits.
TEST(SupervisorRetry, LateNewsOfAnOperationThatWaitsGetsATicketOfItsOwn) {
  Desk desk;
  desk.up();
  FailedAttempt late = desk.start();
  const FailedAttempt waiting = desk.down();
  late.ticket = waiting.ticket;
  const Decision decision = desk.fail(late, ErrorClass::kNotSent);
  ASSERT_EQ(decision.verdict, DecisionVerdict::kWait);
  EXPECT_NE(decision.ticket, waiting.ticket);
  desk.probe(ProbeVerdict::kUp);
  desk.pass(seconds{1});
  EXPECT_TRUE(desk.released(waiting.ticket));
  EXPECT_TRUE(desk.released(decision.ticket));
}

TEST(SupervisorRetry, LateNewsThatIsTheEndOfATryEndsNothingThatWaits) {
  Desk desk;
  desk.up();
  FailedAttempt late = desk.start();
  const FailedAttempt waiting = desk.down();
  late.ticket = waiting.ticket;
  EXPECT_EQ(desk.fail(late, ErrorClass::kQuery).verdict, DecisionVerdict::kGiveUp);
  desk.probe(ProbeVerdict::kUp);
  EXPECT_TRUE(desk.released(waiting.ticket));
}

}  // namespace
}  // namespace resilience
