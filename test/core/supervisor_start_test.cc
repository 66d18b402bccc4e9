// The beginning (warm-up, a database that is down at first, a probe without a vote) and the end.
#include "support/desk.h"

namespace resilience {
namespace {

using namespace testing_support;
using enum ConnectionState;

TEST(SupervisorStart, TheFirstOperationsWaitForAVerifiedConnection) {
  Desk desk;
  EXPECT_TRUE(desk.core.gate_closed());
  EXPECT_FALSE(desk.core.connected());
  EXPECT_EQ(desk.count<StartLooking>(), 1U) << "the probe introduces itself";
  const TicketId first = desk.admit().ticket;
  desk.pass(milliseconds{80});
  desk.verified(VerifyVerdict::kOk);
  EXPECT_TRUE(desk.released(first));
  EXPECT_EQ(desk.core.state(), kUp);
  EXPECT_TRUE(desk.core.connected());
  EXPECT_EQ(desk.count<Connected>(), 1U);
  EXPECT_EQ(desk.count<Reconnected>(), 0U);
  EXPECT_EQ(desk.core.stats().warmup, milliseconds{80});
}

// Prisma loads its engine with the first query; under Jest, an engine loaded while no test runs stays broken.
TEST(SupervisorStart, AClientThatNobodyHasUsedYetIsLeftAlone) {
  Desk desk({}, {true, true}, 1, false);
  desk.probe(ProbeVerdict::kUp);
  desk.pass(hours{1});
  EXPECT_EQ(desk.count<Verify>(), 0U);
  EXPECT_EQ(desk.core.state(), kConnecting);
  const TicketId first = desk.admit().ticket;
  EXPECT_EQ(desk.count<Verify>(), 1U) << "the first operation begins the warm-up";
  EXPECT_FALSE(desk.released(first));
  desk.pass(milliseconds{80});
  desk.verified(VerifyVerdict::kOk);
  EXPECT_TRUE(desk.released(first));
  EXPECT_EQ(desk.core.stats().warmup, milliseconds{80}) << "counted from the first operation";
}

TEST(SupervisorStart, WhoAsksForTheConnectionBeginsTheWarmUpOnce) {
  Desk desk({}, {true, true}, 1, false);
  desk.pass(hours{1});
  for (int i = 0; i < 3; ++i) desk.core.want_connection(desk.now);
  EXPECT_EQ(desk.core.take_effects().size(), 1U);
  EXPECT_TRUE(desk.core.gate_closed());
  desk.pass(desk.config.warmup.timeout);
  EXPECT_FALSE(desk.core.gate_closed()) << "its time runs from then on, too";
}

TEST(SupervisorStart, AClientThatIsDeliveredBeforeAnybodyWantsItIsLeftAlone) {
  Desk desk({}, {true, true, {}, false}, 1, false);
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kInitial));
  desk.replaced(true);
  desk.pass(seconds{5});
  EXPECT_EQ(desk.count<Verify>(), 0U);
}

TEST(SupervisorStart, TheIntroductionEndsWithItsAnswer) {
  Desk desk;
  desk.verified(VerifyVerdict::kOk);
  EXPECT_EQ(desk.count<StopLooking>(), 0U) << "it has not answered yet";
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.count<StopLooking>(), 1U);
}

TEST(SupervisorStart, AWarmUpThatTakesTooLongLetsThemGoUnverified) {
  Desk desk;
  const TicketId first = desk.admit().ticket;
  desk.pass(desk.config.warmup.timeout);
  EXPECT_TRUE(desk.released(first));
  EXPECT_FALSE(desk.core.gate_closed());
  EXPECT_FALSE(desk.core.connected());
  desk.succeed(desk.start_parked(first, kStart));
  EXPECT_EQ(desk.core.state(), kUp);
  EXPECT_TRUE(desk.core.connected());
}

// Nobody sends traffic to a service that is not ready: it must not need traffic to become ready.
TEST(SupervisorStart, AnIdleClientKeepsAskingUntilItIsConnected) {
  Desk desk;
  desk.pass(desk.config.warmup.timeout);
  desk.verified(VerifyVerdict::kTimedOut);
  EXPECT_EQ(desk.core.state(), kConnecting);
  desk.forget();
  desk.pass(desk.config.probe.interval);
  EXPECT_EQ(desk.count<Verify>(), 1U);
  desk.verified(VerifyVerdict::kOk);
  EXPECT_TRUE(desk.core.connected());
}

TEST(SupervisorStart, AServerThatRefusesIsUp) {
  Desk desk;
  const TicketId first = desk.admit().ticket;
  desk.verified(VerifyVerdict::kOtherFailure);
  EXPECT_TRUE(desk.released(first)) << "it shall see the error itself";
  EXPECT_FALSE(desk.core.connected());
  EXPECT_EQ(desk.count<Disconnected>(), 0U);
}

TEST(SupervisorStart, WithoutWarmUpTheGateIsOpenAtOnce) {
  Config config;
  config.warmup.enabled = false;
  Desk desk(config, {true, true}, 1, false);
  EXPECT_FALSE(desk.core.gate_closed());
  EXPECT_EQ(desk.count<Verify>(), 0U);
  EXPECT_FALSE(desk.core.connected());
  desk.succeed(desk.start());
  desk.pass(seconds{1});
  EXPECT_TRUE(desk.core.connected());
  EXPECT_EQ(desk.core.state(), kUp);
}

TEST(SupervisorStart, WhoAsksForTheConnectionGetsItVerifiedThoughThereIsNoWarmUp) {
  Config config;
  config.warmup.enabled = false;
  Desk desk(config);
  EXPECT_EQ(desk.count<Verify>(), 1U);
  EXPECT_FALSE(desk.core.gate_closed()) << "nobody waits for it but who has asked";
  desk.verified(VerifyVerdict::kOk);
  EXPECT_TRUE(desk.core.connected());
  EXPECT_EQ(desk.count<Connected>(), 1U);
}

const HostAbilities kNoClientYet{true, true, {}, false};

TEST(SupervisorStart, WithoutAClientOperationsWaitThoughThereIsNoWarmUp) {
  Config config;
  config.warmup.enabled = false;
  Desk desk(config, kNoClientYet);
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kInitial));
  EXPECT_TRUE(desk.core.gate_closed());
  const TicketId first = desk.admit().ticket;
  desk.pass(seconds{1});
  EXPECT_FALSE(desk.released(first));
  desk.replaced(true);
  EXPECT_TRUE(desk.released(first));
  EXPECT_FALSE(desk.core.gate_closed());
}

TEST(SupervisorStart, WhoWaitsForAFactoryEndsAtItsDeadline) {
  Desk desk({}, kNoClientYet);
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kInitial));
  const TicketId first = desk.admit().ticket;
  desk.pass(desk.config.warmup.timeout);
  EXPECT_FALSE(desk.released(first)) << "the warm-up is over, and there is still nothing to run on";
  desk.replaced(false);
  desk.pass(desk.config.reconnect.deadline - desk.elapsed());
  EXPECT_EQ(desk.expired(first), GiveUpReason::kDeadline);
  EXPECT_GE(desk.count<Replace>(), 1U) << "and the factory is asked again";
}

TEST(SupervisorStart, AnOutageThatEndsBeforeThereIsAClientLetsNobodyGo) {
  Desk desk({}, kNoClientYet);
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kInitial));
  desk.probe(ProbeVerdict::kUp);
  desk.verified(VerifyVerdict::kUnreachable);
  desk.probe(ProbeVerdict::kDown);
  ASSERT_EQ(desk.core.state(), kDown);
  const TicketId first = desk.admit().ticket;
  desk.pass(seconds{1});
  desk.probe(ProbeVerdict::kUp);
  desk.verified(VerifyVerdict::kTimedOut);
  desk.pass(seconds{1});
  EXPECT_FALSE(desk.released(first));
  desk.replaced(true);
  desk.pass(seconds{1});
  EXPECT_TRUE(desk.released(first));
}

TEST(SupervisorStart, DatabaseDownAtTheStart) {
  Desk desk;
  const TicketId first = desk.admit().ticket;
  desk.verified(VerifyVerdict::kUnreachable);
  EXPECT_EQ(desk.core.state(), kSuspect);
  EXPECT_TRUE(desk.core.gate_closed());
  EXPECT_FALSE(desk.core.connected());
  desk.forget();
  desk.probe(ProbeVerdict::kDown);
  EXPECT_EQ(desk.core.state(), kSuspect) << "a probe that has never succeeded has no vote";
  ASSERT_EQ(desk.count<Verify>(), 1U) << "so somebody else is asked";
  EXPECT_TRUE(desk.last<Verify>().of_database);
  desk.verified(VerifyVerdict::kUnreachable);
  EXPECT_EQ(desk.core.state(), kDown);
  EXPECT_EQ(desk.count<Disconnected>(), 1U);

  desk.pass(seconds{4});
  EXPECT_FALSE(desk.released(first));
  desk.forget();
  desk.probe(ProbeVerdict::kUp);
  EXPECT_EQ(desk.core.state(), kVerifying);
  EXPECT_EQ(desk.last<Verify>().timeout, desk.config.warmup.timeout) << "a first connection may take its time";
  desk.pass(milliseconds{400});
  desk.verified(VerifyVerdict::kOk);
  EXPECT_TRUE(desk.released(first));
  EXPECT_EQ(desk.count<Connected>(), 1U);
  EXPECT_TRUE(desk.core.connected());
}

TEST(SupervisorStart, AFirstClientThatIsSlowIsNotReplaced) {
  Desk desk;
  desk.verified(VerifyVerdict::kUnreachable);
  desk.probe(ProbeVerdict::kDown);
  desk.verified(VerifyVerdict::kUnreachable);
  desk.probe(ProbeVerdict::kUp);
  desk.pass(desk.last<Verify>().timeout);
  desk.verified(VerifyVerdict::kTimedOut);
  EXPECT_EQ(desk.count<Replace>(), 0U);
  EXPECT_EQ(desk.core.state(), kUp);
  EXPECT_FALSE(desk.core.connected());
}

TEST(SupervisorStart, AProbeWithoutAVoteNeverClosesTheGate) {
  Desk desk;
  desk.verified(VerifyVerdict::kOk);
  for (int i = 0; i < 50; ++i) {
    const FailedAttempt a_try = desk.start();
    desk.pass(milliseconds{5});
    desk.fail(a_try, ErrorClass::kQuery);
    desk.probe(ProbeVerdict::kDown);
    EXPECT_FALSE(desk.core.gate_closed());
  }
  // Even where operations fail: two at once, the second after the probe's word.
  const FailedAttempt one = desk.start();
  const FailedAttempt two = desk.start();
  desk.fail(one, ErrorClass::kNotSent);
  desk.probe(ProbeVerdict::kDown);
  desk.fail(two, ErrorClass::kNotSent);
  EXPECT_EQ(desk.core.state(), kSuspect);
  EXPECT_FALSE(desk.core.gate_closed());
  desk.verified(VerifyVerdict::kOk);  // in band
  EXPECT_EQ(desk.core.state(), kUp);
}

TEST(SupervisorStart, AVoteThatASharedProbeHasEarnedEarlierCounts) {
  Desk desk;
  desk.verified(VerifyVerdict::kUnreachable);
  desk.ever_up = true;  // before this client was made
  desk.probe(ProbeVerdict::kDown);
  EXPECT_EQ(desk.core.state(), kDown);
}

TEST(SupervisorStart, WithAVoteTheProbeAloneStillClosesNothing) {
  Desk desk;
  desk.up();
  for (int i = 0; i < 200; ++i) {
    desk.pass(milliseconds{50});
    desk.probe(ProbeVerdict::kDown);
    EXPECT_FALSE(desk.core.gate_closed());
  }
  EXPECT_LE(desk.states().size(), 3U) << "nor does it flap";
}

// A sentinel sees the server go before any operation does.
TEST(SupervisorStart, TheProbeAndAClientTogetherDo) {
  Desk desk;
  desk.up();
  desk.probe(ProbeVerdict::kDown);
  EXPECT_EQ(desk.core.state(), kSuspect);
  ASSERT_TRUE(desk.last<Verify>().of_database);
  desk.verified(VerifyVerdict::kUnreachable);
  EXPECT_EQ(desk.core.state(), kDown);
}

TEST(SupervisorStart, AWrongProbeIsOverruledByOurOwnClient) {
  Desk desk;
  desk.up();
  const FailedAttempt caught = desk.down();
  desk.answers.reset();
  desk.forget();
  for (int i = 0; i < 20 && desk.count<Verify>() == 0; ++i) {
    desk.pass(milliseconds{100});
    desk.probe(ProbeVerdict::kDown);
  }
  ASSERT_EQ(desk.count<Verify>(), 1U);
  EXPECT_FALSE(desk.last<Verify>().of_database);
  desk.verified(VerifyVerdict::kOk);
  EXPECT_TRUE(desk.released(caught.ticket));
  EXPECT_EQ(desk.core.state(), kUp);
}

// The probe's route is cut, and all connections of the client are dead: its own word is worth nothing either.
TEST(SupervisorStart, NowAndThenAFreshClientIsTheWitness) {
  Desk desk;
  desk.up();
  desk.start();
  desk.down();
  desk.answers.reset();
  desk.forget();
  bool fresh = false;
  for (int i = 0; i < 200 && !fresh; ++i) {
    desk.pass(milliseconds{50});
    desk.probe(ProbeVerdict::kDown);
    if (desk.count<Verify>() == 0) continue;
    fresh = desk.last<Verify>().of_database;
    desk.verified(fresh ? VerifyVerdict::kOk : VerifyVerdict::kTimedOut);
    if (!fresh) desk.forget();
  }
  EXPECT_TRUE(fresh);
  EXPECT_EQ(desk.core.state(), kVerifying);
  desk.verified(VerifyVerdict::kTimedOut);
  EXPECT_EQ(desk.core.state(), kReplacing);
}

// In a pooler's queue one more client would take somebody else's place, and keep it when it has gone.
TEST(SupervisorStart, NobodyIsTheWitnessWhileTheProbeStandsInAQueue) {
  const auto witnesses = [](Desk& desk, bool let_in) {
    std::size_t asked = 0;
    desk.answers.reset();
    for (int i = 0; i < 200; ++i) {
      desk.pass(milliseconds{50});
      ProbeResult result = desk.result(ProbeVerdict::kDown);
      result.let_in = let_in;
      desk.probe(result);
      if (desk.count<Verify>() == 0) continue;
      ++asked;
      desk.verified(VerifyVerdict::kTimedOut);
      desk.forget();
    }
    return asked;
  };
  Desk desk;
  desk.up();
  desk.start();
  desk.down();
  desk.forget();
  EXPECT_EQ(witnesses(desk, true), 0U);
  desk.pass(LookQueue::kLongestWait);
  EXPECT_EQ(desk.count<Verify>(), 1U) << "but the probe may be mistaken";
  desk.verified(VerifyVerdict::kTimedOut);
  desk.forget();
  EXPECT_GT(witnesses(desk, false), 10U) << "it stands there no more";
}

TEST(SupervisorStart, AnswersOfOperationsOverruleAWrongProbe) {
  Desk desk;
  desk.up();
  const FailedAttempt slow = desk.start();
  desk.down();
  desk.pass(milliseconds{500});
  desk.succeed(desk.start());  // out of a socket
  desk.tick();
  EXPECT_EQ(desk.core.state(), kDown) << "it may have been answered before the server went";
  desk.pass(milliseconds{800});
  desk.succeed(slow);
  desk.tick();
  EXPECT_NE(desk.core.state(), kDown);
}

TEST(SupervisorStart, AProbeThatSaysNothingKeepsNobodyWaiting) {
  Desk desk({}, {false, true});
  desk.up();
  FailedAttempt a_try = desk.start();
  a_try.ticket = desk.fail(a_try, ErrorClass::kNotSent).ticket;
  desk.forget();
  desk.pass(desk.config.probe.timeout * 2);
  EXPECT_EQ(desk.count<Verify>(), 1U) << "asked in band in the meantime";
  desk.pass(desk.config.probe.timeout * 2);
  EXPECT_TRUE(desk.released(a_try.ticket));
  EXPECT_EQ(desk.core.state(), kUp);
}

TEST(SupervisorStart, ReconnectAsksNow) {
  Desk desk;
  desk.up();
  desk.core.request_reconnect(desk.now);
  desk.drain();
  ASSERT_EQ(desk.count<Verify>(), 1U);
  desk.verified(VerifyVerdict::kOk);
  EXPECT_TRUE(desk.states().empty());

  desk.core.request_reconnect(desk.now);
  desk.drain();
  desk.verified(VerifyVerdict::kUnreachable);
  EXPECT_EQ(desk.core.state(), kSuspect);
  desk.probe(ProbeVerdict::kDown);
  EXPECT_EQ(desk.core.state(), kDown);
  desk.forget();
  desk.core.request_reconnect(desk.now);
  desk.drain();
  EXPECT_EQ(desk.count<StartLooking>(), 1U) << "at once, wherever its schedule is";
}

// An asynchronous factory: there is no client yet.
TEST(SupervisorStart, TheFirstClientIsNotTakenForConnected) {
  Desk desk({}, {.has_probe = true, .has_client = false});
  const TicketId first = desk.admit().ticket;
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kInitial);
  desk.pass(milliseconds{20});
  desk.replaced(true);
  EXPECT_EQ(desk.core.epoch(), Epoch{0});
  EXPECT_EQ(desk.core.state(), kConnecting);
  EXPECT_FALSE(desk.core.connected());
  desk.verified(VerifyVerdict::kOk);
  EXPECT_TRUE(desk.released(first));
  EXPECT_EQ(desk.core.stats().hard_resets, 0U);
}

TEST(SupervisorStart, AFirstClientThatCannotBeMadeIsTriedAgainWhateverTheStateIs) {
  Desk desk({}, {.has_probe = true, .has_client = false});
  desk.replaced(false);
  desk.verified(VerifyVerdict::kUnreachable);
  desk.ever_up = true;
  desk.probe(ProbeVerdict::kDown);
  ASSERT_EQ(desk.core.state(), kDown);
  desk.forget();
  desk.pass(seconds{2});
  ASSERT_EQ(desk.count<Replace>(), 1U);
  desk.replaced(true);
  EXPECT_EQ(desk.core.epoch(), Epoch{1});
}

TEST(SupervisorStart, WhoeverWaitsForTheConnectionKeepsTheClientAwake) {
  Desk desk({}, {.has_probe = false});
  desk.verified(VerifyVerdict::kOtherFailure);
  desk.forget();
  desk.pass(desk.config.probe.interval);
  EXPECT_FALSE(desk.core.asleep());
  EXPECT_EQ(desk.count<Verify>(), 1U) << "it is asked again";
}

TEST(SupervisorStop, EndsWhatWaitsAndTakesNothingMore) {
  Desk desk;
  desk.up();
  const FailedAttempt running = desk.start();
  const FailedAttempt caught = desk.down();
  const TicketId parked = desk.admit().ticket;
  desk.core.stop(desk.now, seconds{5});
  desk.drain();
  EXPECT_EQ(desk.expired(caught.ticket), GiveUpReason::kShutdown);
  EXPECT_EQ(desk.expired(parked), GiveUpReason::kShutdown);
  EXPECT_EQ(desk.count<StopLooking>(), 1U);
  EXPECT_EQ(desk.admit().reason, GiveUpReason::kShutdown);
  EXPECT_TRUE(desk.core.gate_closed());
  EXPECT_LE(desk.core.next_deadline(), desk.now + seconds{5}) << "the end of the drain";

  desk.forget();
  EXPECT_EQ(desk.hangs(running).verdict, DecisionVerdict::kLeave) << "it may drain";
  EXPECT_EQ(desk.fail(running, ErrorClass::kNotSent).reason, GiveUpReason::kShutdown);
  desk.probe(ProbeVerdict::kUp);
  desk.tick();
  desk.core.stop(desk.now, seconds{5});
  desk.core.request_reconnect(desk.now);
  EXPECT_FALSE(desk.core.request_replacement(desk.now, ReplaceReason::kManual));
  desk.drain();
  EXPECT_EQ(desk.count<CloseGeneration>(), 1U);
  EXPECT_EQ(desk.count<Ended>(), 1U);
  EXPECT_EQ(desk.log.size(), 2U) << "nothing reconnects silently";
  EXPECT_EQ(desk.core.next_deadline(), kEndOfTime);
}

TEST(SupervisorStop, AClientThatIsStillBeingMadeIsClosedWhenItArrives) {
  Desk desk;
  desk.up();
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual));
  desk.drain();
  desk.core.stop(desk.now, seconds{5});
  desk.drain();
  EXPECT_EQ(desk.count<StopMaking>(), 1U);
  EXPECT_EQ(desk.count<Ended>(), 1U) << "nobody waits for it";
  desk.forget();
  desk.replaced(true);
  EXPECT_EQ(desk.last<CloseGeneration>().epoch, desk.making);
  EXPECT_EQ(desk.core.epoch(), Epoch{0});
  EXPECT_EQ(desk.core.state(), kStopped);
}

}  // namespace
}  // namespace resilience
