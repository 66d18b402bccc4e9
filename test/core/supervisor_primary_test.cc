// The primary moves; writes are refused as read-only.
#include "support/desk.h"

#include "core/error_verdict.h"

namespace resilience {
namespace {

using namespace testing_support;
using enum ConnectionState;

class SupervisorPrimary : public testing::Test {
 protected:
  SupervisorPrimary() {
    desk_.probe(found(ServerRole::kPrimary, 5432));
    desk_.verified(VerifyVerdict::kOk);
    desk_.pass(milliseconds{100});
    desk_.forget();
  }

  ProbeResult found(ServerRole role, std::uint16_t port) {
    ProbeResult result = desk_.result(ProbeVerdict::kUp);
    result.role = role;
    result.host = "db";
    result.port = port;
    return result;
  }
  Decision refused(const FailedAttempt& write) { return desk_.fail(write, to_classification(RuleVerdict::kReadOnly)); }
  FailedAttempt write() { return desk_.start(OperationKind::kWrite); }

  Desk desk_;
};

TEST_F(SupervisorPrimary, ARefusalByTheSamePrimaryIsTheCallers) {
  const Decision decision = refused(write());
  EXPECT_EQ(decision.verdict, DecisionVerdict::kWait);
  EXPECT_EQ(decision.outcome, Outcome::kNotApplied);
  EXPECT_EQ(desk_.count<StartLooking>(), 1U);
  EXPECT_FALSE(desk_.core.gate_closed());
  desk_.pass(milliseconds{4});
  desk_.probe(found(ServerRole::kPrimary, 5432));
  EXPECT_EQ(desk_.expired(decision.ticket), GiveUpReason::kNotRetryable);
  EXPECT_EQ(desk_.count<StopLooking>(), 1U);
  EXPECT_EQ(desk_.count<Replace>(), 0U);
  EXPECT_TRUE(desk_.states().empty());
}

// The first write of a process may be faster than the probe's first look.
TEST_F(SupervisorPrimary, WithoutItsFirstAnswerTheProbeIsWaitedFor) {
  Desk desk({}, {true, true, "db:5432"});
  desk.verified(VerifyVerdict::kOk);
  const Decision decision = desk.fail(desk.start(OperationKind::kWrite), to_classification(RuleVerdict::kReadOnly));
  EXPECT_EQ(decision.verdict, DecisionVerdict::kWait);
  desk.pass(milliseconds{4});
  desk.probe(found(ServerRole::kPrimary, 5433));
  EXPECT_EQ(desk.last<Replace>().reason, ReplaceReason::kFailover);
  desk.replaced(true);
  EXPECT_TRUE(desk.released(decision.ticket));
}

TEST_F(SupervisorPrimary, AProbeThatCannotTellIsNotWaitedForTwice) {
  Desk desk({}, {true, true, "db:5432"});
  desk.verified(VerifyVerdict::kOk);
  const auto refuse = [&] {
    return desk.fail(desk.start(OperationKind::kWrite), to_classification(RuleVerdict::kReadOnly));
  };
  const Decision decision = refuse();
  EXPECT_EQ(decision.verdict, DecisionVerdict::kWait);
  desk.probe(ProbeVerdict::kInconclusive);
  desk.pass(desk.config.probe.timeout * Recovery::kSuspicionInTimeouts);
  EXPECT_EQ(desk.expired(decision.ticket), GiveUpReason::kNotRetryable);
  EXPECT_EQ(refuse().verdict, DecisionVerdict::kGiveUp);
}

TEST_F(SupervisorPrimary, AMovedPrimaryIsFollowedAndTheWriteRunsThere) {
  const FailedAttempt first = write();
  const Decision decision = refused(first);
  desk_.pass(milliseconds{4});
  desk_.probe(found(ServerRole::kPrimary, 5433));
  EXPECT_EQ(desk_.last<Replace>().reason, ReplaceReason::kFailover);
  EXPECT_FALSE(desk_.core.gate_closed()) << "reads go on";
  EXPECT_FALSE(desk_.released(decision.ticket));
  const Decision another = refused(write());
  EXPECT_EQ(another.verdict, DecisionVerdict::kWait);
  desk_.pass(milliseconds{30});
  desk_.replaced(true);
  EXPECT_TRUE(desk_.released(decision.ticket));
  EXPECT_TRUE(desk_.released(another.ticket));
  desk_.succeed(desk_.again(first, decision.ticket));
  EXPECT_EQ(desk_.count<Replace>(), 1U);
  EXPECT_EQ(desk_.core.stats().hard_resets, 1U);

  // Later looks find it where it is, and nothing more happens.
  desk_.forget();
  desk_.fail(desk_.start(), ErrorClass::kNotSent);
  desk_.pass(milliseconds{4});
  desk_.probe(found(ServerRole::kPrimary, 5433));
  EXPECT_EQ(desk_.count<Replace>(), 0U);
  EXPECT_EQ(desk_.core.state(), kUp);
}

TEST_F(SupervisorPrimary, AStandbyInPlaceOfThePrimaryIsReplacedButNotAgainAndAgain) {
  FailedAttempt first = write();
  first.ticket = refused(first).ticket;
  desk_.pass(milliseconds{4});
  desk_.probe(found(ServerRole::kStandby, 5432));
  ASSERT_EQ(desk_.count<Replace>(), 1U);
  desk_.replaced(true);
  ASSERT_TRUE(desk_.released(first.ticket));
  const Decision second = refused(desk_.again(first, first.ticket));
  EXPECT_EQ(second.verdict, DecisionVerdict::kWait);
  desk_.pass(milliseconds{4});
  desk_.probe(found(ServerRole::kStandby, 5432));
  EXPECT_EQ(desk_.expired(second.ticket), GiveUpReason::kNotRetryable);
  EXPECT_EQ(desk_.count<Replace>(), 1U);
}

TEST_F(SupervisorPrimary, ARefusalEndsWithTheAttempts) {
  FailedAttempt a_try = write();
  a_try.tries = desk_.config.reconnect.max_attempts;
  EXPECT_EQ(refused(a_try).reason, GiveUpReason::kAttemptsExhausted);
}

TEST_F(SupervisorPrimary, ALateRefusalByTheOldServerRunsOnTheNewClientAtOnce) {
  const FailedAttempt late = write();
  refused(write());
  desk_.pass(milliseconds{4});
  desk_.probe(found(ServerRole::kPrimary, 5433));
  desk_.replaced(true);
  EXPECT_EQ(refused(late).verdict, DecisionVerdict::kRunNow);
}

TEST_F(SupervisorPrimary, WhereNobodyAnswersTheRefusalIsTheCallers) {
  const Decision decision = refused(write());
  desk_.pass(desk_.config.probe.timeout * Recovery::kSuspicionInTimeouts - milliseconds{1});
  EXPECT_EQ(desk_.expired(decision.ticket), std::nullopt);
  desk_.pass(milliseconds{1});
  EXPECT_EQ(desk_.expired(decision.ticket), GiveUpReason::kNotRetryable);
  EXPECT_EQ(desk_.count<StopLooking>(), 1U);
}

TEST_F(SupervisorPrimary, AFailedFailoverIsTriedAgainAndWaitedFor) {
  const Decision decision = refused(write());
  desk_.pass(milliseconds{4});
  desk_.probe(found(ServerRole::kPrimary, 5433));
  desk_.replaced(false);
  EXPECT_FALSE(desk_.released(decision.ticket));
  EXPECT_EQ(desk_.expired(decision.ticket), std::nullopt);
  desk_.forget();
  desk_.probe(found(ServerRole::kPrimary, 5433));
  EXPECT_EQ(desk_.count<Replace>(), 0U) << "not before its backoff";
  desk_.pass(seconds{2});
  ASSERT_EQ(desk_.count<Replace>(), 1U);
  EXPECT_EQ(desk_.last<Replace>().reason, ReplaceReason::kFailover);
  desk_.replaced(true);
  EXPECT_TRUE(desk_.released(decision.ticket));
}

TEST_F(SupervisorPrimary, AMoveDuringARefreshIsFollowedAfterIt) {
  ASSERT_TRUE(desk_.core.request_replacement(desk_.now, ReplaceReason::kMemory));
  const Decision decision = refused(write());
  desk_.core.request_reconnect(desk_.now);
  desk_.probe(found(ServerRole::kPrimary, 5433));
  desk_.replaced(true);
  EXPECT_EQ(desk_.last<Replace>().reason, ReplaceReason::kFailover);
  desk_.replaced(true);
  EXPECT_TRUE(desk_.released(decision.ticket));
}

TEST_F(SupervisorPrimary, AfterAnOutageTheNewPrimaryIsFollowedBeforeAnybodyIsLetGo) {
  (void)desk_.start();
  const FailedAttempt caught = desk_.down();
  desk_.pass(seconds{2});
  desk_.forget();
  desk_.probe(found(ServerRole::kPrimary, 5433));
  EXPECT_EQ(desk_.states(), (std::vector{kVerifying, kReplacing}));
  EXPECT_EQ(desk_.count<Verify>(), 0U);
  EXPECT_EQ(desk_.last<Replace>().reason, ReplaceReason::kFailover);
  EXPECT_FALSE(desk_.released(caught.ticket));
  desk_.replaced(true);
  EXPECT_TRUE(desk_.released(caught.ticket));
}

TEST_F(SupervisorPrimary, AStandbyThatMayNotBeReplacedYetEndsASuspicionAllTheSame) {
  ASSERT_TRUE(desk_.core.request_replacement(desk_.now, ReplaceReason::kManual));
  desk_.replaced(true);
  const Decision decision = refused(write());
  desk_.fail(desk_.start(), ErrorClass::kNotSent);
  ASSERT_EQ(desk_.core.state(), kSuspect);
  desk_.pass(milliseconds{4});
  desk_.forget();
  desk_.probe(found(ServerRole::kStandby, 5432));
  EXPECT_EQ(desk_.core.state(), kUp);
  EXPECT_EQ(desk_.expired(decision.ticket), GiveUpReason::kNotRetryable);
  EXPECT_EQ(desk_.count<Replace>(), 0U);
}

TEST_F(SupervisorPrimary, AMoveDuringARefreshEndsASuspicionAndIsFollowedAfterwards) {
  ASSERT_TRUE(desk_.core.request_replacement(desk_.now, ReplaceReason::kMemory));
  desk_.fail(desk_.start(), ErrorClass::kNotSent);
  ASSERT_EQ(desk_.core.state(), kSuspect);
  desk_.pass(milliseconds{4});
  desk_.probe(found(ServerRole::kPrimary, 5433));
  EXPECT_EQ(desk_.core.state(), kUp);
  desk_.replaced(true);
  EXPECT_EQ(desk_.last<Replace>().reason, ReplaceReason::kFailover);
}

TEST(SupervisorPrimaryInBand, WithoutAProbeARefusalIsTheCallers) {
  Desk desk({}, {true, false});
  desk.verified(VerifyVerdict::kOk);
  const Decision decision = desk.fail(desk.start(OperationKind::kWrite), to_classification(RuleVerdict::kReadOnly));
  EXPECT_EQ(decision.verdict, DecisionVerdict::kGiveUp);
  EXPECT_EQ(decision.reason, GiveUpReason::kNotRetryable);
}

}  // namespace
}  // namespace resilience
