#include "core/evidence.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{};
constexpr ReconnectConfig kConfig{};

TimePoint at(int s) {
  return kStart + seconds{s};
}

class EvidenceTest : public testing::Test {
 protected:
  // A try that began at `started` failed. True where it says something.
  bool fail(int started, ErrorClass error_class = ErrorClass::kUnknownOutcome, std::uint32_t tries = 1,
            bool may_run_again = true) {
    FailedAttempt failed;
    failed.try_started = at(started);
    failed.tries = tries;
    failed.epoch = Epoch{epoch_};
    return evidence_.on_failure(kConfig, failed, override_with(error_class), Epoch{}, may_run_again);
  }
  [[nodiscard]] std::optional<ReplaceReason> fault() const { return evidence_.client_fault(kConfig); }

  Evidence evidence_;
  std::uint64_t epoch_ = 0;
};

TEST_F(EvidenceTest, AFailureAgreesWithTheProbeUntilTheDatabaseAnswers) {
  EXPECT_FALSE(evidence_.agrees());
  EXPECT_TRUE(fail(1));
  EXPECT_TRUE(evidence_.agrees());
  evidence_.on_database_up(at(2));
  EXPECT_FALSE(evidence_.agrees());
}

TEST_F(EvidenceTest, ATryBegunBeforeTheDatabaseAnsweredSaysNothing) {
  evidence_.on_database_up(at(2));
  EXPECT_FALSE(fail(1));
  EXPECT_FALSE(evidence_.agrees());
  EXPECT_TRUE(fail(2));
}

TEST_F(EvidenceTest, AnOlderGenerationSaysNothing) {
  epoch_ = 1;  // the current one is 0
  EXPECT_FALSE(fail(1, ErrorClass::kEngineFault));
  EXPECT_FALSE(evidence_.agrees());
  EXPECT_EQ(fault(), std::nullopt);
  EXPECT_EQ(evidence_.consecutive_errors(), 1U);  // the statistics count it all the same
}

// Twenty connections cut at once are one mishap, not twenty.
TEST_F(EvidenceTest, OneMishapThatHitsManyCountsOne) {
  for (int i = 0; i < 20; ++i) fail(1);
  evidence_.on_database_up(at(2));
  EXPECT_EQ(fault(), std::nullopt);
  EXPECT_EQ(evidence_.consecutive_errors(), 20U);
}

TEST_F(EvidenceTest, FailuresAfterTheDatabaseAnsweredCountEach) {
  fail(1);
  evidence_.on_database_up(at(2));
  for (std::uint32_t i = 1; i + 1 < kConfig.max_consecutive_errors; ++i) fail(3);
  EXPECT_EQ(fault(), std::nullopt);
  fail(3);
  EXPECT_EQ(fault(), ReplaceReason::kConsecutiveErrors);
}

TEST_F(EvidenceTest, ErrorsOneAfterTheOtherAddUp) {
  for (std::uint32_t i = 0; i < kConfig.max_consecutive_errors; ++i) {
    EXPECT_EQ(fault(), std::nullopt);
    fail(static_cast<int>(i));
    if (i + 1 < kConfig.max_consecutive_errors) evidence_.on_database_up(at(static_cast<int>(i)));
  }
  EXPECT_EQ(fault(), ReplaceReason::kConsecutiveErrors);
}

TEST_F(EvidenceTest, ThreeFailedConnectsBlameTheClient) {
  fail(1, ErrorClass::kNotSent);
  evidence_.on_database_up(at(2));
  fail(3, ErrorClass::kNotSent);
  EXPECT_EQ(fault(), std::nullopt);
  fail(3, ErrorClass::kNotSent);
  EXPECT_EQ(fault(), ReplaceReason::kEngineFault);
}

TEST_F(EvidenceTest, ASuccessEndsTheRow) {
  for (int i = 0; i < 5; ++i) {
    fail(3, ErrorClass::kNotSent);
    evidence_.on_database_up(at(1));
    fail(3, ErrorClass::kNotSent);
    evidence_.on_success();
  }
  EXPECT_EQ(fault(), std::nullopt);
  EXPECT_EQ(evidence_.consecutive_errors(), 0U);
}

TEST_F(EvidenceTest, AnOutageExplainsTheRow) {
  fail(1, ErrorClass::kNotSent);
  evidence_.on_database_up(at(1));
  for (int i = 0; i < 50; ++i) fail(2, ErrorClass::kNotSent);
  evidence_.on_outage();
  EXPECT_EQ(fault(), std::nullopt);
  EXPECT_EQ(evidence_.consecutive_errors(), 51U);
}

TEST_F(EvidenceTest, APoisonedClientStaysPoisonedUntilReplaced) {
  fail(1, ErrorClass::kEngineFault);
  evidence_.on_outage();
  evidence_.on_success();
  EXPECT_TRUE(evidence_.poisoned());
  EXPECT_EQ(fault(), ReplaceReason::kEngineFault);
  for (const ReplacePart part : {ReplacePart::kConnections, ReplacePart::kAdapters}) {
    evidence_.on_replaced(part);
    EXPECT_EQ(fault(), ReplaceReason::kEngineFault) << "what is beneath it was replaced";
  }
  evidence_.on_replaced(ReplacePart::kClient);
  EXPECT_EQ(fault(), std::nullopt);
}

TEST_F(EvidenceTest, TheTryBeforeTheLastWantsANewClient) {
  fail(1, ErrorClass::kUnknownOutcome, kConfig.max_attempts - 2);
  EXPECT_EQ(fault(), std::nullopt);
  fail(1, ErrorClass::kUnknownOutcome, kConfig.max_attempts - 1, false);
  EXPECT_EQ(fault(), std::nullopt) << "it is not run again";
  fail(1, ErrorClass::kUnknownOutcome, kConfig.max_attempts - 1);
  EXPECT_EQ(fault(), ReplaceReason::kFinalAttempt);
  evidence_.on_database_up(at(2));
  EXPECT_EQ(fault(), std::nullopt) << "asked once";
}

TEST_F(EvidenceTest, AnAnswerBeforeAnythingFailedConfirmsNothing) {
  evidence_.on_database_up(at(1));
  for (int i = 0; i < 20; ++i) fail(2);
  EXPECT_EQ(fault(), std::nullopt) << "one mishap that hits many";
}

}  // namespace
}  // namespace resilience
