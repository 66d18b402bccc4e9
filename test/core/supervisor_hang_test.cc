// Nothing moves: a frozen server, swallowed packets, slow queries that only look like it.
#include "support/desk.h"

namespace resilience {
namespace {

using namespace testing_support;
using enum ConnectionState;

TEST(SupervisorHang, FrozenServer) {
  Desk desk;
  desk.up();
  const FailedAttempt read = desk.start(OperationKind::kRead);
  const FailedAttempt write = desk.start(OperationKind::kWrite);
  const Duration frozen_at = desk.elapsed();

  desk.pass(desk.config.probe.suspect_after);
  EXPECT_EQ(desk.states(), std::vector{kSuspect});
  EXPECT_EQ(desk.times<StartLooking>(), std::vector{frozen_at + desk.config.probe.suspect_after});
  EXPECT_TRUE(desk.core.gate_closed()) << "a client on which nothing moves gets no more work";
  desk.pass(seconds{1});
  desk.probe(ProbeVerdict::kDown);  // its first attempt has timed out
  EXPECT_EQ(desk.core.state(), kDown);
  const TicketId newcomer = desk.admit().ticket;

  // While the database is away nothing is taken back.
  desk.pass(milliseconds{600});
  ASSERT_GE(desk.count<SweepInFlight>(), 1U);
  EXPECT_EQ(desk.hangs(read).verdict, DecisionVerdict::kLeave);

  // It is back: does our client answer, too?
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.core.state(), kVerifying);
  EXPECT_EQ(desk.count<Release>(), 0U);
  EXPECT_FALSE(desk.last<Verify>().of_database);
  desk.pass(milliseconds{3});
  desk.verified(VerifyVerdict::kOk);
  const Duration back_at = desk.elapsed();
  EXPECT_TRUE(desk.released(newcomer));

  // The two do not end: they are taken back half a second later.
  desk.forget();
  desk.pass(milliseconds{499});
  EXPECT_EQ(desk.hangs(read).verdict, DecisionVerdict::kLeave);
  desk.pass(milliseconds{1});
  EXPECT_EQ(desk.times<SweepInFlight>().back(), back_at + milliseconds{500});
  EXPECT_EQ(desk.hangs(read).verdict, DecisionVerdict::kRunNow);
  const Decision lost = desk.hangs(write);
  EXPECT_EQ(lost.verdict, DecisionVerdict::kGiveUp);
  EXPECT_EQ(lost.reason, GiveUpReason::kUnknownOutcome);
  EXPECT_EQ(lost.outcome, Outcome::kUnknown);
}

TEST(SupervisorHang, WhatTheGuardCanEndIsEndedThere) {
  Desk desk;
  desk.up();
  FailedAttempt operation = desk.start(OperationKind::kWrite);
  operation.swept_by_guard = true;
  const FailedAttempt work = operation;
  desk.down();
  EXPECT_FALSE(desk.core.hangs(desk.now, work, false, {})) << "nothing can end while the database is away";
  desk.probe(ProbeVerdict::kUp);
  desk.verified(VerifyVerdict::kOk);
  desk.pass(milliseconds{499});
  EXPECT_FALSE(desk.core.hangs(desk.now, work, false, {}));
  desk.pass(milliseconds{1});
  EXPECT_EQ(desk.hangs(operation).verdict, DecisionVerdict::kLeave);

  desk.forget();
  EXPECT_FALSE(desk.core.hangs(desk.now, work, false, {.moving = true})) << "it makes progress";
  desk.pass(milliseconds{500});
  EXPECT_EQ(desk.count<SweepInFlight>(), 1U);
  EXPECT_TRUE(desk.core.hangs(desk.now, work, false, {}));
  EXPECT_TRUE(desk.core.hangs(desk.now, work, true, {.moving = true}))
      << "what came before the connection died is no progress";
}

TEST(SupervisorHang, WorkThatBeganAfterTheOutageIsNotLookedAt) {
  Desk desk;
  desk.up();
  desk.down();
  desk.probe(ProbeVerdict::kUp);
  const FailedAttempt work = desk.start(OperationKind::kWrite);
  desk.pass(seconds{3});
  EXPECT_FALSE(desk.core.hangs(desk.now, work, false, {}));
}

TEST(SupervisorHang, AWriteOfWhichNothingWasSentRunsAgain) {
  Desk desk;
  desk.up();
  FailedAttempt write = desk.start(OperationKind::kWrite);
  write.nothing_sent = true;
  desk.down();
  desk.probe(ProbeVerdict::kUp);
  desk.verified(VerifyVerdict::kOk);
  desk.pass(milliseconds{500});
  const Decision decision = desk.hangs(write);
  EXPECT_EQ(decision.verdict, DecisionVerdict::kRunNow);
  EXPECT_EQ(decision.outcome, Outcome::kNotApplied);
}

TEST(SupervisorHang, WhatAnswersInTimeIsLeftAlone) {
  Desk desk;
  desk.up();
  const FailedAttempt read = desk.start();
  desk.down();
  desk.probe(ProbeVerdict::kUp);
  desk.verified(VerifyVerdict::kOk);
  desk.pass(milliseconds{20});
  desk.succeed(read);
  desk.forget();
  desk.pass(seconds{3});
  EXPECT_EQ(desk.count<SweepInFlight>(), 0U);
  EXPECT_EQ(desk.count<Replace>(), 0U);
}

// The pool's own time limit refuses those who queue up behind a frozen server: that is no sign of life.
TEST(SupervisorHang, RefusalsOfAFullPoolDoNotHideAFrozenServer) {
  Desk desk;
  desk.up();
  desk.start();
  for (int i = 0; i < 30 && desk.core.state() == kUp; ++i) {
    const FailedAttempt queued = desk.start();
    desk.pass(milliseconds{100});
    desk.fail(queued, ErrorClass::kSaturated);
  }
  EXPECT_EQ(desk.core.state(), kSuspect);
}

// Old connections stay silent, new ones would work: only a new client helps.
TEST(SupervisorHang, SwallowedPackets) {
  Desk desk;
  desk.up();
  const FailedAttempt read = desk.start();
  FailedAttempt queued = desk.start(OperationKind::kWrite);
  queued.nothing_sent = true;
  const FailedAttempt caught = desk.down();
  desk.pass(seconds{1});
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  const Duration back_at = desk.elapsed();
  const Verify verify = desk.last<Verify>();
  EXPECT_EQ(verify.timeout, desk.config.probe.timeout * Recovery::kPatienceInTimeouts);
  desk.pass(Recovery::kClientGrace);
  EXPECT_EQ(desk.count<StartLooking>(), 1U) << "is it the database that is slow?";
  EXPECT_EQ(desk.core.state(), kVerifying);
  desk.pass(milliseconds{2});
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.core.state(), kReplacing);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kEngineFault);
  EXPECT_EQ(desk.count<Release>(), 0U);

  desk.pass(milliseconds{30});
  desk.replaced(true);
  EXPECT_TRUE(desk.released(caught.ticket));
  EXPECT_EQ(desk.core.epoch(), Epoch{1});
  EXPECT_EQ(desk.core.state(), kUp);
  desk.forget();
  desk.pass(milliseconds{1});
  EXPECT_EQ(desk.count<SweepInFlight>(), 1U);
  EXPECT_TRUE(desk.core.hangs(desk.now, queued, false, {})) << "nobody is served from that queue any more";
  EXPECT_FALSE(desk.core.hangs(desk.now, read, false, {}));
  desk.pass(milliseconds{500});
  EXPECT_EQ(desk.times<SweepInFlight>().back(), back_at + milliseconds{500}) << "since the database has answered";
  EXPECT_EQ(desk.hangs(read).verdict, DecisionVerdict::kRunNow);
  EXPECT_EQ(desk.count<Replace>(), 0U) << "its pool is gone already";
}

// A whole fleet comes back at the same moment: the look that ended the outage came before the rush.
TEST(SupervisorHang, InARushASilentClientIsNotToBlame) {
  Desk desk;
  desk.up();
  desk.start();
  const FailedAttempt caught = desk.down();
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  desk.pass(Recovery::kClientGrace);
  ASSERT_EQ(desk.count<StartLooking>(), 1U);
  desk.pass(milliseconds{300});
  desk.probe(desk.result(ProbeVerdict::kUp, milliseconds{300}));
  desk.pass(milliseconds{1940});  // 2390 of 2400
  EXPECT_EQ(desk.core.state(), kVerifying);
  desk.verified(VerifyVerdict::kOk);
  EXPECT_TRUE(desk.released(caught.ticket));
  EXPECT_EQ(desk.count<Replace>(), 0U);
}

TEST(SupervisorHang, ABusyDatabaseExcusesAClientForATime) {
  Desk desk;
  desk.up();
  desk.start();
  desk.down();
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  desk.pass(Recovery::kClientGrace + milliseconds{300});
  desk.probe(desk.result(ProbeVerdict::kUp, milliseconds{300}));
  desk.pass(milliseconds{1949});
  EXPECT_EQ(desk.core.state(), kVerifying);
  desk.pass(milliseconds{1});
  EXPECT_EQ(desk.core.state(), kReplacing);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kEngineFault);
}

TEST(SupervisorHang, WhereTheProbeIsSilentAsWellTheDatabaseIsAwayAgain) {
  Desk desk;
  desk.up();
  desk.start();
  desk.down();
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  desk.pass(Recovery::kClientGrace + seconds{1});
  desk.probe(ProbeVerdict::kDown);
  EXPECT_EQ(desk.core.state(), kVerifying) << "it may have its hands full";
  desk.pass(seconds{4});
  EXPECT_EQ(desk.core.state(), kDown);
  EXPECT_EQ(desk.count<Replace>(), 0U);
}

TEST(SupervisorHang, WhereTheProbeIsRefusedTheDatabaseIsAwayAgain) {
  Desk desk;
  desk.up();
  desk.start();
  desk.down();
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  desk.pass(Recovery::kClientGrace);
  ProbeResult refused = desk.result(ProbeVerdict::kDown);
  refused.code = "ECONNREFUSED";
  desk.probe(refused);
  EXPECT_EQ(desk.core.state(), kDown);
  EXPECT_EQ(desk.count<Replace>(), 0U);
}

// The pool's queue is long, and outages follow one another before it is worked off.
TEST(SupervisorHang, WhatOnlyStoodInAQueueHasNotUsedUpATry) {
  Desk desk;
  desk.up();
  FailedAttempt queued = desk.start(OperationKind::kWrite);
  queued.nothing_sent = true;
  for (std::uint32_t outage = 0; outage < 2 * desk.config.reconnect.max_attempts; ++outage) {
    desk.down();
    desk.probe(ProbeVerdict::kUp);
    desk.verified(VerifyVerdict::kOk);
    desk.pass(milliseconds{500});
    const Decision decision = desk.fail(queued, ErrorClass::kUnknownOutcome);
    ASSERT_EQ(decision.verdict, DecisionVerdict::kRunNow) << outage;
    queued = desk.again(queued, decision.ticket);
  }
  desk.pass(milliseconds{5});
  EXPECT_EQ(desk.fail(queued, ErrorClass::kNotSent).reason, GiveUpReason::kAttemptsExhausted) << "no outage caught it";
}

// A pooler serves whom it can: nobody is to wait for a place in our pool.
TEST(SupervisorHang, WhatIsTakenOutOfThePoolsQueueInAnOutageHasNotUsedUpATry) {
  Desk desk;
  desk.up();
  FailedAttempt queued = desk.start(OperationKind::kWrite);
  queued.nothing_sent = true;
  for (std::uint32_t outage = 0; outage < 2 * desk.config.reconnect.max_attempts; ++outage) {
    desk.down();
    ProbeResult waits = desk.result(ProbeVerdict::kDown);
    waits.let_in = true;
    desk.probe(waits);
    desk.pass(milliseconds{1});
    ASSERT_TRUE(desk.core.hangs(desk.now, queued, false, {})) << outage;
    const Decision decision = desk.fail(queued, ErrorClass::kNotSent);
    ASSERT_EQ(decision.verdict, DecisionVerdict::kWait) << outage;
    desk.probe(ProbeVerdict::kUp);
    queued = desk.again(queued, decision.ticket);
  }
}

// Beneath Prisma, what is taken back is a connection that breaks: many tries fail at once, long after the database is
// up.
TEST(SupervisorHang, WhatTheGuardHasEndedRunsAgainWithoutBudgetOrBackoff) {
  Config config;
  config.reconnect.retry_budget = {0, 1};
  Desk desk(config);
  desk.up();
  std::vector<FailedAttempt> caught;
  for (int i = 0; i < 300; ++i) {
    caught.push_back(desk.start(OperationKind::kWrite));
    caught.back().nothing_sent = true;
  }
  desk.down();
  desk.probe(ProbeVerdict::kUp);
  desk.verified(VerifyVerdict::kOk);
  desk.pass(milliseconds{500});
  desk.forget();
  std::size_t at_once = 0;
  for (const FailedAttempt& a_try : caught) {
    const Decision decision = desk.fail(a_try, ErrorClass::kUnknownOutcome);
    ASSERT_NE(decision.verdict, DecisionVerdict::kGiveUp);
    at_once += decision.verdict == DecisionVerdict::kRunNow ? 1U : 0U;
  }
  EXPECT_EQ(desk.core.state(), kUp) << "it says nothing about now";
  EXPECT_LE(at_once, std::size_t{SlowStart::kInitialWindow});
  desk.pass(seconds{2});
  EXPECT_EQ(desk.count<Release>() + at_once, 300U);

  // What fails now was not caught by it.
  const Decision later = desk.fail(desk.start(OperationKind::kRead), ErrorClass::kUnknownOutcome);
  EXPECT_EQ(later.verdict, DecisionVerdict::kWait) << "for the probe";
}

// A second black hole soon after the first: the client may not be replaced again so soon.
TEST(SupervisorHang, WithoutAReplacementTheDeadConnectionsAreEndedAllTheSame) {
  Desk desk;
  desk.up();
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual));
  desk.replaced(true);
  desk.pass(seconds{2});
  FailedAttempt work = desk.start(OperationKind::kWrite);
  work.holds_connection = true;
  desk.down();
  desk.pass(seconds{1});
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  const Duration back_at = desk.elapsed();
  desk.pass(Recovery::kClientGrace);
  desk.verified(VerifyVerdict::kTimedOut);
  EXPECT_EQ(desk.count<Replace>(), 0U);
  desk.pass(back_at + milliseconds{500} - desk.elapsed());
  EXPECT_EQ(desk.count<SweepInFlight>(), 1U);
  EXPECT_TRUE(desk.core.hangs(desk.now, work, false, {}));
}

// Nobody is in flight any more when the network is back, but the pool's idle connections have fallen silent.
TEST(SupervisorHang, AfterASilentOutageTheClientIsAskedThoughNothingIsInFlight) {
  Desk desk;
  desk.up();
  const FailedAttempt hung = desk.start();
  desk.pass(seconds{2});
  desk.probe(ProbeVerdict::kDown);
  desk.pass(seconds{16});
  EXPECT_EQ(desk.hangs(hung).reason, GiveUpReason::kDeadline);
  const TicketId waiting = desk.admit().ticket;
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.count<Verify>(), 1U);
  EXPECT_FALSE(desk.released(waiting));
  desk.pass(milliseconds{250});
  desk.verified(VerifyVerdict::kTimedOut);
  desk.replaced(true);
  EXPECT_TRUE(desk.released(waiting));
}

// Thawed, the pool works off a long queue: the verification stands in it like everybody else.
TEST(SupervisorHang, AClientThatWorksOffItsQueueIsNotReplaced) {
  Desk desk;
  desk.up();
  std::vector<FailedAttempt> queue;
  for (int i = 0; i < 200; ++i) queue.push_back(desk.start());
  const FailedAttempt last = desk.start(OperationKind::kWrite);
  const FailedAttempt caught = desk.down();
  desk.pass(seconds{1});
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  for (int i = 0; i < 190; ++i) {
    desk.pass(milliseconds{10});
    desk.succeed(queue[static_cast<std::size_t>(i)]);
    if (desk.elapsed() - desk.times<Verify>().back() >= desk.last<Verify>().timeout) {
      desk.verified(VerifyVerdict::kTimedOut);
    }
    if (desk.count<SweepInFlight>() == 0) continue;
    EXPECT_EQ(desk.hangs(last).verdict, DecisionVerdict::kLeave) << i;
  }
  EXPECT_TRUE(desk.released(caught.ticket));
  EXPECT_EQ(desk.count<Replace>(), 0U);
  EXPECT_GE(desk.count<SweepInFlight>(), 2U) << "the question is not forgotten";
  // The queue is worked off: now a verification is answered, and who has still not ended is stuck.
  desk.pass(milliseconds{500});
  desk.verified(VerifyVerdict::kOk);
  desk.pass(milliseconds{499});
  EXPECT_EQ(desk.hangs(last).verdict, DecisionVerdict::kLeave);
  desk.pass(milliseconds{1});
  EXPECT_EQ(desk.hangs(last).reason, GiveUpReason::kUnknownOutcome);
}

TEST(SupervisorHang, ALoneSlowReportIsLookedIntoEverMoreRarely) {
  Desk desk;
  desk.up();
  const FailedAttempt report = desk.start();
  const Duration begun = desk.elapsed();
  std::vector<Duration> looks;
  for (Duration time{}; time < seconds{60}; time += milliseconds{10}) {
    desk.pass(milliseconds{10});
    if (desk.core.state() != kSuspect) continue;
    looks.push_back(desk.elapsed() - begun);
    desk.pass(milliseconds{5});
    desk.probe(ProbeVerdict::kUp);
    EXPECT_EQ(desk.core.state(), kUp);
    EXPECT_EQ(desk.hangs(report).verdict, DecisionVerdict::kLeave);
  }
  EXPECT_EQ(looks.size(), 8U);
  EXPECT_EQ(looks.front(), desk.config.probe.suspect_after);
  EXPECT_EQ(desk.count<Replace>(), 0U);
  EXPECT_EQ(desk.count<Disconnected>(), 0U);
  desk.succeed(report);
}

// Five lanes of two seconds each, fifty callers, some of them refused by the pool.
TEST(SupervisorHang, AFullPoolParksAndResetsNobody) {
  Desk desk;
  desk.up();
  std::vector<FailedAttempt> lanes;
  for (int i = 0; i < 5; ++i) lanes.push_back(desk.start());
  std::size_t refused = 0;
  for (int round = 0; round < 10; ++round) {
    desk.pass(milliseconds{2005});
    if (desk.core.state() == kSuspect) {
      EXPECT_EQ(round, 0) << "what is usual is not suspected twice";
      desk.probe(ProbeVerdict::kUp);
    }
    EXPECT_EQ(desk.core.state(), kUp);
    EXPECT_FALSE(desk.core.gate_closed());
    for (FailedAttempt& lane : lanes) {
      desk.succeed(lane);
      lane = desk.start();
    }
    for (int i = 0; i < 45; ++i) {
      const Decision decision = desk.fail(desk.start(), ErrorClass::kSaturated);
      EXPECT_NE(decision.verdict, DecisionVerdict::kRunNow) << "at once is too early for a full pool";
      refused += decision.verdict == DecisionVerdict::kGiveUp ? 1U : 0U;
    }
  }
  EXPECT_GT(refused, 0U) << "within the budget";
  EXPECT_EQ(desk.count<Replace>(), 0U);
  EXPECT_EQ(desk.count<Disconnected>(), 0U);
  EXPECT_EQ(desk.core.stats().consecutive_errors, 0U);
}

TEST(SupervisorHang, WithoutAnybodyElseToAskTheGateStaysOpen) {
  Desk desk({}, {false, false});
  desk.verified(VerifyVerdict::kOk);
  desk.start();
  desk.pass(seconds{2});
  EXPECT_EQ(desk.core.state(), kSuspect);
  EXPECT_FALSE(desk.core.gate_closed()) << "the client's silence may be its full pool's";
  desk.pass(seconds{1});
  desk.verified(VerifyVerdict::kTimedOut);
  EXPECT_EQ(desk.core.state(), kUp);
  EXPECT_EQ(desk.count<Disconnected>(), 0U);
}

TEST(SupervisorHang, InBandAClientOfItsOwnTells) {
  Desk desk({}, {true, false});
  desk.verified(VerifyVerdict::kOk);
  desk.start();
  desk.pass(seconds{2});
  EXPECT_TRUE(desk.last<Verify>().of_database);
  desk.pass(seconds{1});
  desk.verified(VerifyVerdict::kTimedOut);
  EXPECT_EQ(desk.core.state(), kDown) << "its pool was empty: this silence is the database's";
  desk.pass(milliseconds{60});
  EXPECT_GE(desk.count<Verify>(), 2U);
  desk.verified(VerifyVerdict::kOk);
  EXPECT_EQ(desk.core.state(), kVerifying);
}

// Its pool keeps to another name, or another road, than the clients that the looks are made with.
TEST(SupervisorHang, AClientThatAloneCannotReachTheDatabaseIsReplaced) {
  Desk desk({}, {true, false});
  desk.verified(VerifyVerdict::kOk);
  desk.start();
  const FailedAttempt answered = desk.start();
  desk.fail(desk.start(), ErrorClass::kNotSent);
  desk.verified(VerifyVerdict::kUnreachable);
  ASSERT_EQ(desk.core.state(), kDown);
  desk.pass(milliseconds{60});
  desk.verified(VerifyVerdict::kOk);
  ASSERT_EQ(desk.core.state(), kVerifying);
  desk.succeed(answered);
  desk.tick();
  ASSERT_EQ(desk.core.state(), kUp) << "somebody was answered; whether the client serves is still to be seen";

  ASSERT_FALSE(desk.last<Verify>().of_database);
  desk.verified(VerifyVerdict::kUnreachable);
  ASSERT_EQ(desk.core.state(), kSuspect);
  desk.verified(VerifyVerdict::kOk);
  ASSERT_EQ(desk.core.state(), kUp);
  desk.forget();
  desk.pass(StuckSweep::kGrace - milliseconds{1});
  EXPECT_EQ(desk.count<Verify>(), 0U) << "it is not asked without a pause";
  desk.pass(milliseconds{1});
  ASSERT_EQ(desk.count<Verify>(), 1U);
  desk.verified(VerifyVerdict::kUnreachable);
  EXPECT_EQ(desk.count<Replace>(), 1U);
}

// The factory fails, and the client that serves is silent: that may be its full pool.
TEST(SupervisorHang, InBandALookThatCouldAskNobodyDecidesNothing) {
  Desk desk({}, {true, false});
  desk.verified(VerifyVerdict::kOk);
  desk.start();
  desk.pass(seconds{2});
  ASSERT_EQ(desk.core.state(), kSuspect);
  desk.pass(milliseconds{10});
  desk.verified(VerifyVerdict::kInconclusive);
  EXPECT_EQ(desk.core.state(), kUp);
  EXPECT_EQ(desk.count<Disconnected>(), 0U);

  desk.fail(desk.start(), ErrorClass::kNotSent);
  desk.verified(VerifyVerdict::kUnreachable);
  ASSERT_EQ(desk.core.state(), kDown);
  desk.pass(milliseconds{60});
  ASSERT_TRUE(desk.last<Verify>().of_database);
  desk.verified(VerifyVerdict::kInconclusive);
  EXPECT_EQ(desk.core.state(), kDown);
}

// Too many connections: the dead ones are still counted. That is a server that answers.
TEST(SupervisorHang, InBandAFullServerIsUp) {
  Desk desk({}, {true, false});
  desk.verified(VerifyVerdict::kOk);
  desk.start();
  desk.pass(seconds{2});
  desk.pass(seconds{1});
  desk.verified(VerifyVerdict::kTimedOut);
  ASSERT_EQ(desk.core.state(), kDown);
  desk.pass(milliseconds{60});
  ASSERT_TRUE(desk.last<Verify>().of_database);
  desk.verified(VerifyVerdict::kOtherFailure);
  EXPECT_EQ(desk.core.state(), kVerifying);
}

TEST(SupervisorHang, ADeadlineEndsWhatHangsOnlyWhileTheDatabaseIsAway) {
  Desk desk;
  desk.up();
  const FailedAttempt report = desk.start();
  desk.pass(seconds{14});
  desk.probe(ProbeVerdict::kUp);
  desk.down();
  desk.pass(milliseconds{500});
  EXPECT_EQ(desk.hangs(report).verdict, DecisionVerdict::kLeave);
  desk.forget();
  desk.pass(seconds{1});
  ASSERT_EQ(desk.count<SweepInFlight>(), 1U) << "at its deadline";
  const Decision decision = desk.hangs(report);
  EXPECT_EQ(decision.verdict, DecisionVerdict::kGiveUp);
  EXPECT_EQ(decision.reason, GiveUpReason::kDeadline);
}

TEST(SupervisorHang, AFalseAlarmAsksWhetherAConnectionIsKnownToBeDead) {
  Desk desk;
  desk.up();
  const FailedAttempt hung = desk.start();
  const FailedAttempt slow = desk.start();
  desk.pass(seconds{2} + milliseconds{3});
  desk.probe(ProbeVerdict::kUp);
  desk.pass(milliseconds{1});
  ASSERT_EQ(desk.count<SweepInFlight>(), 1U);
  EXPECT_EQ(desk.hangs(slow, false).verdict, DecisionVerdict::kLeave);
  EXPECT_EQ(desk.hangs(hung, true).verdict, DecisionVerdict::kRunNow);
}

TEST(SupervisorHang, AProvenDeadConnectionIsNotWaitedFor) {
  Desk desk;
  desk.up();
  const FailedAttempt read = desk.start();
  EXPECT_EQ(desk.hangs(read).verdict, DecisionVerdict::kLeave);
  EXPECT_EQ(desk.hangs(read, true).verdict, DecisionVerdict::kRunNow);
  EXPECT_EQ(desk.count<Replace>(), 0U) << "its driver knows it, too";
}

TEST(SupervisorHang, ThousandsTakenBackGoThroughTheSlowStart) {
  Desk desk;
  desk.up();
  std::vector<FailedAttempt> stuck;
  for (int i = 0; i < 1000; ++i) stuck.push_back(desk.start());
  desk.down();
  desk.probe(ProbeVerdict::kUp);
  desk.verified(VerifyVerdict::kOk);
  desk.pass(milliseconds{500});
  desk.forget();
  std::size_t at_once = 0;
  for (const FailedAttempt& a_try : stuck) {
    at_once += desk.hangs(a_try).verdict == DecisionVerdict::kRunNow ? 1U : 0U;
  }
  EXPECT_LE(at_once, std::size_t{SlowStart::kInitialWindow});
  desk.pass(seconds{2});
  EXPECT_EQ(desk.count<Release>() + at_once, 1000U);
}

// Only who seems stuck, and moves, is looked at once more.
TEST(SupervisorHang, WhoIsFoundWellIsNotAskedForAgain) {
  Desk desk;
  desk.up();
  const FailedAttempt work = desk.start();
  desk.pass(milliseconds{100});
  desk.forget();
  EXPECT_FALSE(desk.work_hangs(work, {.number = 1, .pid = 1, .opened = kStart, .moving = true}));
  desk.pass(StuckSweep::kGrace * 2);
  EXPECT_EQ(desk.count<SweepInFlight>(), 0U);
}

// Its connection sits in the pool still, as dead as the try.
TEST(SupervisorHang, AfterATryWasTakenBackThePoolIsReplacedAndNobodyWaitsForThat) {
  Desk desk;
  desk.up();
  const FailedAttempt read = desk.start();
  desk.down();
  desk.probe(ProbeVerdict::kUp);
  desk.verified(VerifyVerdict::kOk);
  desk.pass(StuckSweep::kGrace);
  ASSERT_EQ(desk.count<Replace>(), 0U);
  EXPECT_EQ(desk.hangs(read).verdict, DecisionVerdict::kRunNow);
  ASSERT_EQ(desk.count<Replace>(), 1U);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kEngineFault);
  EXPECT_EQ(desk.core.state(), kUp);
}

TEST(SupervisorHang, WhileTheDatabaseIsAwayNoPoolIsReplacedForWhatIsTakenBack) {
  Desk desk;
  desk.up();
  FailedAttempt queued = desk.start();
  queued.nothing_sent = true;
  desk.down();
  ProbeResult waits = desk.result(ProbeVerdict::kDown);
  waits.let_in = true;
  desk.probe(waits);
  EXPECT_EQ(desk.hangs(queued).verdict, DecisionVerdict::kWait);
  EXPECT_EQ(desk.count<Replace>(), 0U);
}

TEST(SupervisorHang, WhatHangsIsTakenBackThoughOthersAreStillLetGo) {
  Desk desk;
  desk.up();
  const FailedAttempt read = desk.start();
  desk.down();
  for (int i = 0; i < 1000; ++i) (void)desk.admit();
  desk.probe(ProbeVerdict::kUp);
  desk.verified(VerifyVerdict::kOk);
  desk.pass(StuckSweep::kGrace);
  ASSERT_EQ(desk.core.state(), kRecovering);
  EXPECT_EQ(desk.hangs(read).verdict, DecisionVerdict::kWait) << "behind those who are let go";
}

TEST(SupervisorHang, AClientThatEndsAnOperationAsItIsAskedIsNotSilent) {
  Desk desk;
  desk.up();
  const FailedAttempt answered = desk.start();
  (void)desk.start();
  desk.down();
  desk.probe(ProbeVerdict::kUp);
  ASSERT_EQ(desk.core.state(), kVerifying);
  desk.succeed(answered);
  desk.tick();
  desk.verified(VerifyVerdict::kTimedOut);
  EXPECT_EQ(desk.count<Replace>(), 0U);
}

// Nobody else could be asked until the host gives the question up.
TEST(SupervisorHang, ANewSuspicionForgetsTheQuestionToASilentClient) {
  Desk desk;
  desk.up();
  (void)desk.start();
  desk.down();
  desk.probe(ProbeVerdict::kUp);
  ASSERT_EQ(desk.core.state(), kVerifying);
  desk.pass(milliseconds{1});
  desk.fail(desk.start(), ErrorClass::kNotSent);
  ASSERT_EQ(desk.core.state(), kSuspect);
  desk.forget();
  desk.probe(ProbeVerdict::kInconclusive);
  ASSERT_EQ(desk.count<Verify>(), 1U);
  EXPECT_TRUE(desk.last<Verify>().of_database);
}

TEST(SupervisorHang, WhatHangsWhileAnotherClientIsMadeSaysNothingOfTheDatabase) {
  Desk desk;
  desk.up();
  (void)desk.start();
  desk.fail(desk.start(), ErrorClass::kEngineFault);
  desk.pass(milliseconds{4});
  desk.probe(ProbeVerdict::kUp);
  ASSERT_EQ(desk.core.state(), kReplacing);
  desk.pass(desk.config.probe.suspect_after * 2);
  desk.probe(ProbeVerdict::kDown);
  EXPECT_EQ(desk.core.state(), kReplacing) << "the probe does not decide alone";
}

TEST(SupervisorHang, WhereAnybodyElseCanBeAskedAClientOnWhichNothingMovesGetsNoMoreWork) {
  for (const HostAbilities& abilities : {HostAbilities{false, true}, HostAbilities{true, false}}) {
    Desk desk({}, abilities);
    if (abilities.has_probe) desk.probe(ProbeVerdict::kUp);
    desk.verified(VerifyVerdict::kOk);
    (void)desk.start();
    desk.pass(desk.config.probe.suspect_after);
    ASSERT_EQ(desk.core.state(), kSuspect);
    EXPECT_TRUE(desk.core.gate_closed());
  }
}

TEST(SupervisorHang, AHangConfirmsWhatTheProbeAloneHasSaid) {
  Desk desk;
  desk.up();
  (void)desk.start();
  desk.pass(milliseconds{1});
  desk.probe(ProbeVerdict::kDown);
  ASSERT_EQ(desk.core.state(), kSuspect);
  desk.pass(desk.config.probe.suspect_after);
  EXPECT_EQ(desk.core.state(), kDown);
}

TEST(SupervisorHang, WhatRanForLongBeforeTheTroubleGetsAsLongAgain) {
  Desk desk;
  desk.up();
  const FailedAttempt report = desk.start();
  desk.live(seconds{10});
  desk.down();
  desk.probe(ProbeVerdict::kUp);
  desk.verified(VerifyVerdict::kOk);
  desk.live(seconds{9});
  EXPECT_EQ(desk.hangs(report).verdict, DecisionVerdict::kLeave);
  desk.live(seconds{2});
  EXPECT_NE(desk.hangs(report).verdict, DecisionVerdict::kLeave);
}

TEST(SupervisorHang, OnAFormerClientOnlyWhatWasSentMakesProgress) {
  Desk desk;
  desk.up();
  FailedAttempt queued = desk.start();
  queued.nothing_sent = true;
  const FailedAttempt sent = desk.start();
  desk.down();
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual));
  desk.replaced(true);
  desk.pass(StuckSweep::kGrace);
  EXPECT_TRUE(desk.work_hangs(queued, {.number = 1, .moving = true})) << "nobody is served from that queue any more";
  EXPECT_FALSE(desk.work_hangs(sent, {.number = 2, .moving = true}));
  EXPECT_TRUE(desk.work_hangs(sent, {.number = 2, .moving = false}));
}

}  // namespace
}  // namespace resilience
