// The database goes away and comes back.
#include "support/desk.h"

namespace resilience {
namespace {

using namespace testing_support;
using enum ConnectionState;

std::vector<TicketId> tickets_of(const std::vector<Release>& releases) {
  std::vector<TicketId> tickets;
  for (const Release& release : releases) tickets.push_back(release.ticket);
  return tickets;
}

// The look's own time is the first sign of how many others wait for the same server.
TEST(SupervisorOutage, ADatabaseThatAnswersSlowlyIsLeftAloneWithOneOperationFirst) {
  const auto released_after = [](Duration answer) {
    Desk desk;
    desk.up();
    FailedAttempt caught = desk.start();
    (void)desk.fail(caught, ErrorClass::kUnknownOutcome);
    desk.probe(ProbeVerdict::kDown);
    desk.answers = VerifyVerdict::kUnreachable;
    for (int i = 0; i < 10; ++i) (void)desk.admit();
    desk.pass(seconds{1});
    desk.forget();
    desk.probe(desk.result(ProbeVerdict::kUp, answer));
    return desk.count<Release>();
  };
  EXPECT_EQ(released_after(milliseconds{20}), SlowStart::kInitialWindow);
  EXPECT_EQ(released_after(Recovery::kSlowAnswer - milliseconds{1}), SlowStart::kInitialWindow);
  EXPECT_EQ(released_after(Recovery::kSlowAnswer), 1U);
}

// The guard holds a statement back while the operation that it is a part of counts as in flight above.
TEST(SupervisorOutage, WhatWaitsBeneathCountsOnce) {
  Desk desk;
  desk.up();
  FailedAttempt above = desk.start();
  (void)desk.start();
  desk.down();
  const std::uint64_t in_flight = desk.core.stats().in_flight;
  const Admission admission = desk.core.admit_beneath(desk.now);
  ASSERT_EQ(admission.verdict, AdmissionVerdict::kParked);
  EXPECT_EQ(desk.core.stats().in_flight, in_flight - 1);

  FailedAttempt failed = above;
  failed.operation.beneath = true;
  const Decision decision = desk.core.on_failed(desk.now, failed, override_with(ErrorClass::kNotSent));
  ASSERT_EQ(decision.verdict, DecisionVerdict::kWait);
  EXPECT_EQ(desk.core.stats().in_flight, in_flight - 2);
  desk.cancel(decision.ticket);
  EXPECT_EQ(desk.core.stats().in_flight, in_flight - 1);

  desk.probe(ProbeVerdict::kUp);
  desk.verified(VerifyVerdict::kOk);
  desk.pass(seconds{1});
  ASSERT_TRUE(desk.released(admission.ticket));
  EXPECT_EQ(desk.core.stats().in_flight, desk.counters.in_flight()) << "it runs";
}

// A pool that sleeps between its own tries would let everybody wait for it, and the question to the client first.
TEST(SupervisorOutage, PoolsThatOpenLateAreRenewedAtTheGreeting) {
  Desk desk({}, {.has_probe = true, .beneath = "mysql"});
  desk.up();
  const FailedAttempt queued = desk.start();
  desk.down();
  const Admission waiting = desk.admit();
  desk.pass(seconds{3});
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.count<Verify>(), 0U);
  ASSERT_EQ(desk.count<Replace>(), 1U);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kReconnect);
  EXPECT_EQ(desk.last<Replace>().part, ReplacePart::kConnections);
  EXPECT_FALSE(desk.released(waiting.ticket));
  desk.pass(milliseconds{20});
  desk.replaced(true, "mysql");
  EXPECT_TRUE(desk.released(waiting.ticket));
  EXPECT_EQ(desk.core.stats().hard_resets, 0U);
  FailedAttempt in_old_queue = queued;
  in_old_queue.nothing_sent = true;
  EXPECT_TRUE(desk.work_hangs(in_old_queue, {})) << "nobody will serve it there";
}

TEST(SupervisorOutage, OtherPoolsAreNot) {
  for (const std::string beneath : {"", "postgres", "sqlite"}) {
    Desk desk({}, {.has_probe = true, .beneath = beneath});
    desk.up();
    (void)desk.start();
    desk.down();
    desk.pass(seconds{3});
    desk.forget();
    desk.probe(ProbeVerdict::kUp);
    EXPECT_EQ(desk.count<Replace>(), 0U) << beneath;
  }
}

// They wake by themselves.
TEST(SupervisorOutage, APoolThatCannotBeRenewedIsWaitedFor) {
  for (const MakeVerdict verdict : {MakeVerdict::kFailed, MakeVerdict::kPutOff}) {
    Desk desk({}, {.has_probe = true, .beneath = "mysql"});
    desk.up();
    desk.down();
    const Admission waiting = desk.admit();
    desk.pass(seconds{3});
    desk.probe(ProbeVerdict::kUp);
    ASSERT_EQ(desk.core.state(), kReplacing);
    desk.forget();
    desk.made(verdict);
    EXPECT_NE(desk.core.state(), kReplacing);
    EXPECT_TRUE(desk.released(waiting.ticket));
    desk.pass(seconds{30});
    EXPECT_EQ(desk.count<Replace>(), 0U);
  }
}

TEST(SupervisorOutage, StoppedForThreeSecondsUnderLoad) {
  Desk desk;
  desk.up();
  std::vector<FailedAttempt> caught;
  for (int i = 0; i < 5; ++i) caught.push_back(desk.start());
  desk.pass(milliseconds{10});

  // All five lose their connections; whoever may run again waits.
  for (FailedAttempt& a_try : caught) {
    const Decision decision = desk.fail(a_try, ErrorClass::kUnknownOutcome);
    ASSERT_EQ(decision.verdict, DecisionVerdict::kWait);
    a_try.ticket = decision.ticket;
  }
  EXPECT_EQ(desk.states(), std::vector{kSuspect});
  EXPECT_FALSE(desk.core.gate_closed()) << "so far it may be their connections alone";
  EXPECT_EQ(desk.count<StartLooking>(), 1U) << "single flight";

  desk.probe(ProbeVerdict::kDown);
  desk.answers = VerifyVerdict::kUnreachable;
  EXPECT_TRUE(desk.core.gate_closed());
  EXPECT_FALSE(desk.core.connected());
  std::vector<TicketId> parked;
  for (int ms = 0; ms < 3000; ms += 50) {
    desk.pass(milliseconds{50});
    const Admission admission = desk.admit();
    ASSERT_EQ(admission.verdict, AdmissionVerdict::kParked);
    parked.push_back(admission.ticket);
    desk.probe(ProbeVerdict::kDown);
  }
  EXPECT_EQ(desk.count<Release>(), 0U);
  EXPECT_EQ(desk.count<Expire>(), 0U);
  EXPECT_EQ(desk.count<Disconnected>(), 1U);
  EXPECT_EQ(desk.count<Replace>(), 0U) << "no reset while the database is away";
  EXPECT_EQ(desk.count<StopLooking>(), 0U);
  EXPECT_EQ(desk.core.stats().parked, caught.size() + parked.size());

  // The first sign of life lets the first ones go at once: those that ran before, then in the order of their coming.
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.states(), (std::vector{kVerifying, kRecovering}));
  EXPECT_EQ(desk.count<Verify>(), 0U) << "nothing was left in flight: there is nothing to verify";
  const auto first = tickets_of(desk.all<Release>());
  ASSERT_EQ(first.size(), SlowStart::kInitialWindow);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i], caught[i].ticket);

  // Each success makes room for two.
  std::size_t running = first.size();
  std::size_t answered = 0;
  std::vector<std::size_t> rounds;
  while (running > answered) {
    const auto releases = desk.all<Release>();
    rounds.push_back(releases.size() - answered);
    std::vector<FailedAttempt> round;
    for (std::size_t i = answered; i < releases.size(); ++i) {
      round.push_back(desk.start_parked(releases[i].ticket, desk.now));
    }
    answered = releases.size();
    desk.pass(milliseconds{3});
    for (const FailedAttempt& a_try : round) desk.succeed(a_try);
    running = desk.count<Release>();
  }
  EXPECT_EQ(answered, caught.size() + parked.size());
  EXPECT_EQ(rounds, (std::vector<std::size_t>{4, 8, 16, 32, 5}));
  EXPECT_EQ(desk.core.state(), kUp);
  EXPECT_FALSE(desk.core.gate_closed());
  EXPECT_EQ(desk.count<Reconnected>(), 1U);
  EXPECT_EQ(desk.core.stats().reconnects, 1U);
  EXPECT_EQ(desk.core.stats().hard_resets, 0U);
}

TEST(SupervisorOutage, TimeParkedUsesUpNoAttempt) {
  Config config;
  config.reconnect.max_attempts = 2;
  config.reconnect.deadline = minutes{5};
  Desk desk(config);
  desk.up();
  const FailedAttempt caught = desk.down();
  desk.pass(minutes{1});
  desk.probe(ProbeVerdict::kUp);
  ASSERT_TRUE(desk.released(caught.ticket));
  desk.succeed(desk.again(caught, caught.ticket));
  EXPECT_EQ(desk.core.state(), kUp);
  EXPECT_EQ(desk.core.stats().parked, 0U);
}

TEST(SupervisorOutage, WhoWaitsEndsAtItsDeadline) {
  Desk desk;
  desk.up();
  const FailedAttempt caught = desk.down();
  const Duration first_started = caught.first_started - kStart;
  desk.pass(seconds{5});
  const TicketId late = desk.admit().ticket;
  desk.pass(seconds{60});
  EXPECT_EQ(desk.expired(caught.ticket), GiveUpReason::kDeadline);
  EXPECT_EQ(desk.expired(late), GiveUpReason::kDeadline);
  EXPECT_EQ(desk.times<Expire>().at(0), first_started + desk.config.reconnect.deadline);
  EXPECT_EQ(desk.count<ReconnectFailed>(), 1U) << "told once in an outage";
  EXPECT_EQ(desk.core.state(), kDown);
}

TEST(SupervisorOutage, NobodyIsReleasedPastItsDeadlineThoughTheTickIsLate) {
  Desk desk;
  desk.up();
  const FailedAttempt caught = desk.down();
  desk.now += seconds{20};  // no tick came
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.expired(caught.ticket), GiveUpReason::kDeadline);
  EXPECT_EQ(desk.count<Release>(), 0U);
}

TEST(SupervisorOutage, ASecondOutageDuringTheRecoveryParksEverybodyAgain) {
  Desk desk;
  desk.up();
  desk.down();
  std::vector<TicketId> parked;
  for (int i = 0; i < 20; ++i) parked.push_back(desk.admit().ticket);
  desk.probe(ProbeVerdict::kUp);
  const auto released = desk.all<Release>();
  ASSERT_EQ(released.size(), SlowStart::kInitialWindow);
  const FailedAttempt again = desk.start_parked(released[0].ticket, desk.now);
  desk.pass(milliseconds{5});
  desk.forget();
  EXPECT_EQ(desk.fail(again, ErrorClass::kNotSent).verdict, DecisionVerdict::kWait);
  EXPECT_EQ(desk.states(), std::vector{kSuspect});
  EXPECT_TRUE(desk.core.gate_closed()) << "those who come now must not overtake those who wait";
  desk.pass(milliseconds{5});
  desk.probe(ProbeVerdict::kDown);
  EXPECT_EQ(desk.core.state(), kDown);
  desk.pass(seconds{1});
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  EXPECT_GE(desk.count<Release>(), 1U);
  EXPECT_EQ(desk.all<Release>().front().ticket, again.ticket) << "who has run before goes first";
}

TEST(SupervisorOutage, ReleasesOfWhichNothingIsHeardKeepNobodyWaiting) {
  Desk desk;
  desk.up();
  desk.down();
  for (int i = 0; i < 999; ++i) desk.admit();
  desk.probe(ProbeVerdict::kUp);
  desk.pass(seconds{2});
  EXPECT_EQ(desk.count<Release>(), 1000U);
  EXPECT_EQ(desk.core.state(), kUp);
}

TEST(SupervisorOutage, AFullPoolSlowsTheReleaseDown) {
  Desk desk;
  desk.up();
  desk.down();
  for (int i = 0; i < 100; ++i) desk.admit();
  desk.probe(ProbeVerdict::kUp);
  for (const Release& release : desk.all<Release>()) {
    const FailedAttempt full = desk.start_parked(release.ticket, desk.now);
    EXPECT_EQ(desk.fail(full, ErrorClass::kSaturated).verdict, DecisionVerdict::kWait);
  }
  EXPECT_EQ(desk.core.state(), kRecovering) << "saturation is no fault";
  desk.forget();
  desk.pass(milliseconds{300});
  EXPECT_LE(desk.count<Release>(), 2U) << "the window was halved";
}

TEST(SupervisorOutage, CancelledReleasesGiveTheirPlaceBack) {
  Desk desk;
  desk.up();
  desk.down();
  std::vector<TicketId> parked;
  for (int i = 0; i < 50; ++i) parked.push_back(desk.admit().ticket);
  desk.probe(ProbeVerdict::kUp);
  for (std::size_t i = 0; i < desk.all<Release>().size() && i < 40; ++i) desk.cancel(desk.all<Release>()[i].ticket);
  EXPECT_EQ(desk.count<Release>(), 40U + SlowStart::kInitialWindow);
}

TEST(SupervisorOutage, NewcomersDoNotOvertake) {
  Desk desk;
  desk.up();
  desk.down();
  for (int i = 0; i < 10; ++i) desk.admit();
  desk.probe(ProbeVerdict::kUp);
  ASSERT_EQ(desk.core.state(), kRecovering);
  const Admission newcomer = desk.admit();
  EXPECT_EQ(newcomer.verdict, AdmissionVerdict::kParked);
  EXPECT_FALSE(desk.released(newcomer.ticket));
}

TEST(SupervisorOutage, OneMoreThanMayWaitIsRefusedAtOnce) {
  Config config;
  config.reconnect.max_parked = 3;
  Desk desk(config);
  desk.up();
  const FailedAttempt hot = desk.start();
  desk.down();
  desk.admit();
  desk.admit();
  const Admission refused = desk.admit();
  EXPECT_EQ(refused.verdict, AdmissionVerdict::kRejected);
  EXPECT_EQ(refused.reason, GiveUpReason::kQueueFull);
  const Decision decision = desk.fail(hot, ErrorClass::kNotSent);
  EXPECT_EQ(decision.verdict, DecisionVerdict::kGiveUp);
  EXPECT_EQ(decision.reason, GiveUpReason::kQueueFull);
}

TEST(SupervisorOutage, LateNewsOfTheOutageIsNoNewOne) {
  Desk desk;
  desk.up();
  std::vector<FailedAttempt> caught;
  for (int i = 0; i < 30; ++i) caught.push_back(desk.start());
  desk.down();
  desk.pass(seconds{1});
  desk.probe(ProbeVerdict::kUp);
  desk.verified(VerifyVerdict::kOk);
  desk.forget();
  for (const FailedAttempt& late : caught) {
    desk.pass(milliseconds{1});
    EXPECT_NE(desk.fail(late, ErrorClass::kUnknownOutcome).verdict, DecisionVerdict::kGiveUp);
  }
  for (const ConnectionState state : desk.states()) EXPECT_EQ(state, kUp);
  EXPECT_EQ(desk.count<Replace>(), 0U);
}

TEST(SupervisorOutage, AnAnswerToAQuestionAskedBeforeTheTroubleDoesNotCount) {
  Desk desk;
  desk.up();
  const FailedAttempt caught = desk.start();
  desk.pass(milliseconds{50});
  desk.fail(caught, ErrorClass::kNotSent);
  desk.forget();
  desk.pass(milliseconds{1});
  desk.probe(desk.result(ProbeVerdict::kUp, milliseconds{30}));
  EXPECT_EQ(desk.core.state(), kSuspect);
  EXPECT_EQ(desk.count<StartLooking>(), 1U) << "asked again, at once";
  EXPECT_EQ(desk.count<StopLooking>(), 0U);
  desk.pass(milliseconds{3});
  desk.probe(ProbeVerdict::kDown);
  EXPECT_EQ(desk.core.state(), kDown);
}

// A pool that opens late is renewed at the greeting, but not in place of what is graver.
TEST(SupervisorOutage, ARetryOfAGraverReplacementIsNotForgottenForAReconnect) {
  Desk desk({}, {.has_probe = true, .beneath = "mysql"});
  desk.up();
  desk.fail(desk.start(), ErrorClass::kEngineFault);
  desk.pass(milliseconds{5});
  desk.probe(ProbeVerdict::kUp);
  ASSERT_EQ(desk.last<Replace>().reason, ReplaceReason::kEngineFault);
  desk.replaced(false);
  const FailedAttempt late = desk.start();
  desk.pass(milliseconds{1});
  desk.fail(late, ErrorClass::kNotSent);
  for (int i = 0; i < 2; ++i) desk.probe(ProbeVerdict::kDown);
  desk.pass(milliseconds{10});
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  if (desk.count<Verify>() > 0) desk.verified(VerifyVerdict::kOk);
  desk.live(seconds{120});
  ASSERT_GT(desk.count<Replace>(), 0U);
  EXPECT_EQ(desk.all<Replace>().front().reason, ReplaceReason::kEngineFault);
}

TEST(SupervisorOutage, AClientBeyondRepairIsNotForgottenForAReconnect) {
  Desk desk({}, {.has_probe = true, .beneath = "mysql"});
  desk.up();
  desk.fail(desk.start(), ErrorClass::kEngineFault);
  desk.pass(milliseconds{5});
  desk.probe(ProbeVerdict::kUp);
  desk.replaced(true, "mysql");
  desk.pass(milliseconds{300});
  // Too soon for another hard reset.
  desk.fail(desk.start(), ErrorClass::kEngineFault);
  desk.pass(milliseconds{5});
  for (int i = 0; i < 2; ++i) desk.probe(ProbeVerdict::kDown);
  desk.pass(milliseconds{20});
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  if (desk.count<Verify>() > 0) desk.verified(VerifyVerdict::kOk);
  desk.live(seconds{60});
  desk.fail(desk.start(), ErrorClass::kNotSent);
  desk.pass(milliseconds{5});
  desk.probe(ProbeVerdict::kUp);
  desk.live(seconds{20});
  ASSERT_GT(desk.count<Replace>(), 0U);
  EXPECT_EQ(desk.all<Replace>().front().reason, ReplaceReason::kEngineFault);
}

TEST(SupervisorOutage, AWriteOfUnknownOutcomeEndsWithItsError) {
  Desk desk;
  desk.up();
  const FailedAttempt write = desk.start(OperationKind::kWrite);
  const FailedAttempt not_sent = desk.start(OperationKind::kWrite);
  const Decision unknown = desk.fail(write, ErrorClass::kUnknownOutcome);
  EXPECT_EQ(unknown.verdict, DecisionVerdict::kGiveUp);
  EXPECT_EQ(unknown.reason, GiveUpReason::kUnknownOutcome);
  EXPECT_EQ(unknown.outcome, Outcome::kUnknown);
  const Decision harmless = desk.fail(not_sent, ErrorClass::kNotSent);
  EXPECT_EQ(harmless.verdict, DecisionVerdict::kWait);
  EXPECT_EQ(harmless.outcome, Outcome::kNotApplied);
}

// On a busy machine the client's new connection takes long, and the standing one of the probe answers at once.
TEST(SupervisorOutage, TheAnswerOfAStandingConnectionDoesNotBlameAClientThatStillOpensOne) {
  Desk desk;
  desk.up();
  (void)desk.start();  // may hang on a dead connection, so that the client is asked
  desk.down();
  desk.pass(seconds{3});
  desk.probe(desk.result(ProbeVerdict::kUp, milliseconds{20}));
  ASSERT_EQ(desk.core.state(), kVerifying);
  desk.pass(Recovery::kClientGrace);
  ProbeResult standing = desk.result(ProbeVerdict::kUp, milliseconds{1});
  standing.trigger = ProbeTrigger::kSentinel;
  desk.pass(milliseconds{2});
  desk.probe(standing);
  desk.pass(milliseconds{500});
  EXPECT_EQ(desk.count<Replace>(), 0U);
  desk.verified(VerifyVerdict::kOk);
  EXPECT_EQ(desk.core.state(), kUp);
  EXPECT_EQ(desk.core.stats().hard_resets, 0U);
}

TEST(SupervisorOutage, ReconnectingIsToldWithEachLook) {
  Desk desk;
  desk.up();
  desk.down();
  desk.forget();
  for (int i = 0; i < 3; ++i) desk.probe(ProbeVerdict::kDown);
  std::vector<std::uint32_t> attempts;
  for (const Reconnecting& effect : desk.all<Reconnecting>()) attempts.push_back(effect.attempt);
  EXPECT_EQ(attempts, (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_EQ(desk.core.stats().reconnect_attempts, 3U);
}

TEST(SupervisorOutage, TheLengthOfTheOutageIsTold) {
  Desk desk;
  desk.up();
  desk.down();
  const Duration since = desk.elapsed();
  desk.pass(seconds{3});
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.last<Reconnected>().outage, desk.elapsed() - since);
}

// It is broken by its own word, and was replaced a moment ago: it is asked, as it would be without the guard.
TEST(SupervisorOutage, APoolThatIsNotRenewedIsAskedWhetherItServes) {
  Desk desk({}, {.has_probe = true, .beneath = "mysql"});
  desk.up();
  desk.fold();
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual, std::nullopt));
  desk.drain();
  desk.replaced(true, "mysql");
  (void)desk.start();
  desk.pass(milliseconds{10});
  (void)desk.fail(desk.start(), ErrorClass::kEngineFault);
  desk.probe(ProbeVerdict::kDown);
  ASSERT_EQ(desk.core.state(), kDown);
  desk.answers = VerifyVerdict::kUnreachable;
  desk.pass(seconds{3});
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.core.state(), kVerifying);
  EXPECT_EQ(desk.count<Replace>(), 0U);
  EXPECT_EQ(desk.count<Verify>(), 1U);
}

// Whose answer never came while the connection was verified may still hang: the client is asked for a proof at once,
// though others are still let go.
TEST(SupervisorOutage, AProofIsAskedForWhileOthersAreStillLetGo) {
  Desk desk({}, {.can_replace = false, .has_probe = true});
  desk.up();
  (void)desk.start();
  desk.down();
  for (int i = 0; i < 50; ++i) (void)desk.admit();
  desk.pass(seconds{3});
  desk.probe(ProbeVerdict::kUp);
  ASSERT_EQ(desk.core.state(), kVerifying);
  desk.verified(VerifyVerdict::kTimedOut);
  ASSERT_EQ(desk.core.state(), kRecovering);
  desk.forget();
  desk.pass(milliseconds{1});
  ASSERT_EQ(desk.core.state(), kRecovering);
  EXPECT_EQ(desk.count<Verify>(), 1U);
  desk.verified(VerifyVerdict::kTimedOut);
  desk.forget();
  desk.pass(seconds{1});
  EXPECT_EQ(desk.count<Verify>(), 0U) << "there is no better client";
}

// How long its looks take is how far away it is: that says nothing of others who wait for it.
TEST(SupervisorOutage, ADatabaseThatIsFarAwayIsNotTakenForABusyOne) {
  const auto released_after = [](Duration usual) {
    Desk desk;
    desk.up();
    desk.probe(desk.result(ProbeVerdict::kUp, usual));
    (void)desk.fail(desk.start(), ErrorClass::kUnknownOutcome);
    desk.probe(ProbeVerdict::kDown);
    desk.answers = VerifyVerdict::kUnreachable;
    for (int i = 0; i < 10; ++i) (void)desk.admit();
    desk.pass(seconds{3});
    desk.forget();
    desk.probe(desk.result(ProbeVerdict::kUp, Recovery::kSlowAnswer * 2));
    return desk.count<Release>();
  };
  EXPECT_EQ(released_after(Recovery::kSlowAnswer), SlowStart::kInitialWindow);
  EXPECT_EQ(released_after(milliseconds{2}), SlowStart::kHesitantWindow);
}

TEST(SupervisorOutage, WithoutAProbeEachAnswerOfAClientIsAnAttempt) {
  Desk desk({}, {.has_probe = false});
  desk.pass(milliseconds{5});
  desk.verified(VerifyVerdict::kOk);
  (void)desk.fail(desk.start(), ErrorClass::kUnknownOutcome);
  desk.verified(VerifyVerdict::kUnreachable);
  ASSERT_EQ(desk.core.state(), kDown);
  const std::uint64_t before = desk.core.stats().reconnect_attempts;
  for (int i = 0; i < 3; ++i) {
    desk.forget();
    while (desk.count<Verify>() == 0 || !desk.last<Verify>().of_database) desk.pass(milliseconds{10});
    desk.verified(VerifyVerdict::kUnreachable);
    EXPECT_EQ(desk.count<Reconnecting>(), 1U);
  }
  EXPECT_EQ(desk.core.stats().reconnect_attempts, before + 3);
}

// It may have been pointed at the wrong server: a client is asked as well.
TEST(SupervisorOutage, AProbeThatKnowsNothingAnyMoreIsNotReliedOn) {
  Desk desk;
  desk.up();
  desk.down();
  desk.forget();
  desk.probe(ProbeVerdict::kInconclusive);
  ASSERT_EQ(desk.count<Verify>(), 1U);
  EXPECT_TRUE(desk.last<Verify>().of_database);
}

// Answers that were on their way when it went away say nothing of now.
TEST(SupervisorOutage, ASuccessLongAfterItWentAwayIsASignOfLife) {
  const auto state_after = [](Duration later) {
    Desk desk;
    desk.up();
    const FailedAttempt running = desk.start();
    desk.down();
    desk.pass(later);
    desk.succeed(running);
    desk.tick();
    return desk.core.state();
  };
  EXPECT_EQ(state_after(Recovery::kLateAnswers - milliseconds{1}), kDown);
  EXPECT_NE(state_after(Recovery::kLateAnswers), kDown);
}

TEST(SupervisorOutage, WhatTheProbeHadSeenFirstIsBelievedWithTheFirstFailure) {
  Desk desk;
  desk.up();
  const FailedAttempt running = desk.start();
  desk.probe(ProbeVerdict::kDown);
  ASSERT_EQ(desk.core.state(), kSuspect) << "the probe does not decide alone";
  (void)desk.fail(running, ErrorClass::kNotSent);
  EXPECT_EQ(desk.core.state(), kDown);
}

TEST(SupervisorOutage, AnAnswerToAQuestionAskedWithTheTroubleCounts) {
  Desk desk;
  desk.up();
  desk.fail(desk.start(), ErrorClass::kNotSent);
  ASSERT_EQ(desk.core.state(), kSuspect);
  desk.pass(milliseconds{30});
  desk.probe(desk.result(ProbeVerdict::kUp, milliseconds{30}));
  EXPECT_EQ(desk.core.state(), kUp);
}

// What it was asked before says nothing of trouble that came after.
TEST(SupervisorOutage, AClientThatWasAskedBeforeASuspicionDecidesNothing) {
  Desk desk;
  desk.up();
  desk.core.request_reconnect(desk.now);
  desk.drain();
  ASSERT_FALSE(desk.last<Verify>().of_database);
  desk.pass(milliseconds{1});
  desk.probe(ProbeVerdict::kDown);
  ASSERT_EQ(desk.core.state(), kSuspect);
  desk.verified(VerifyVerdict::kUnreachable);
  desk.probe(ProbeVerdict::kDown);
  EXPECT_EQ(desk.core.state(), kSuspect) << "the probe still speaks alone";
  desk.pass(milliseconds{1});
  EXPECT_TRUE(desk.last<Verify>().of_database) << "a client is asked anew";
}

TEST(SupervisorOutage, AClientHasSeveralTimesAsLongAsTheLookThatFoundTheDatabase) {
  Desk desk;
  desk.up();
  (void)desk.start();
  desk.down();
  desk.pass(seconds{1});
  desk.forget();
  desk.probe(desk.result(ProbeVerdict::kUp, milliseconds{100}));
  ASSERT_EQ(desk.core.state(), kVerifying);
  desk.pass(milliseconds{100} * Recovery::kGraceInLooks - milliseconds{1});
  EXPECT_EQ(desk.count<StartLooking>(), 0U);
  desk.pass(milliseconds{1});
  EXPECT_EQ(desk.count<StartLooking>(), 1U) << "is it the database that is slow?";
}

TEST(SupervisorOutage, AnOutageCanOnlyShowThatADatabaseIsNearer) {
  Desk desk;
  desk.up();
  desk.probe(desk.result(ProbeVerdict::kUp, milliseconds{200}));
  (void)desk.start();
  desk.down();
  desk.pass(seconds{1});
  desk.forget();
  desk.probe(desk.result(ProbeVerdict::kUp, milliseconds{2}));
  ASSERT_EQ(desk.core.state(), kVerifying);
  desk.pass(Recovery::kClientGrace);
  EXPECT_EQ(desk.count<StartLooking>(), 1U);
}

TEST(SupervisorOutage, AClientThatAnswersSlowlyIsASignOfABusyDatabase) {
  const auto released_after = [](Duration answer) {
    Desk desk;
    desk.up();
    (void)desk.start();
    desk.down();
    for (int i = 0; i < 10; ++i) (void)desk.admit();
    desk.pass(seconds{1});
    desk.forget();
    desk.probe(ProbeVerdict::kUp);
    desk.pass(answer);
    desk.verified(VerifyVerdict::kOk);
    return desk.count<Release>();
  };
  EXPECT_EQ(released_after(Recovery::kSlowAnswer - milliseconds{1}), SlowStart::kInitialWindow);
  EXPECT_EQ(released_after(Recovery::kSlowAnswer), SlowStart::kHesitantWindow);
}

TEST(SupervisorOutage, WhatBeginsWithTheEndOfAnOutageWasNotCaughtByIt) {
  Desk desk;
  desk.up();
  const FailedAttempt caught = desk.down();
  desk.pass(seconds{1});
  desk.probe(ProbeVerdict::kUp);
  ASSERT_TRUE(desk.released(caught.ticket));
  FailedAttempt again = desk.again(caught, caught.ticket);
  again.nothing_sent = true;
  again.tries = desk.config.reconnect.max_attempts;
  EXPECT_EQ(desk.fail(again, ErrorClass::kNotSent).reason, GiveUpReason::kAttemptsExhausted);
}

TEST(SupervisorOutage, WithoutAFactoryTheClientInUseIsTheOnlyWitness) {
  Desk desk({}, {.can_replace = false, .has_probe = true});
  desk.up();
  desk.down();
  desk.forget();
  desk.pass(Recovery::kWitnessInterval * Recovery::kFreshWitness * 2);
  ASSERT_GE(desk.count<Verify>(), std::size_t{Recovery::kFreshWitness});
  for (const Verify& verify : desk.all<Verify>()) EXPECT_FALSE(verify.of_database);
}

// Of two that are equally grave, the one that everybody waits for comes first.
TEST(SupervisorOutage, APoolIsRenewedThoughAFailedRefreshIsStillToBeTriedAgain) {
  Desk desk({}, {.has_probe = true, .beneath = "mysql"});
  desk.up();
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kMemory));
  desk.replaced(false);
  desk.down();
  desk.pass(seconds{1});
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  ASSERT_EQ(desk.count<Replace>(), 1U);
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kReconnect);
}

TEST(SupervisorOutage, WhatBeginsWithTheAnswerHangsOnNoDeadConnection) {
  Desk desk;
  desk.up();
  desk.down();
  desk.pass(seconds{1});
  (void)desk.start();
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.count<Verify>(), 0U);
}

}  // namespace
}  // namespace resilience
