// What the supervisor tells of its past: the numbers behind metrics and health.
#include <gtest/gtest.h>

#include "support/desk.h"

namespace resilience {
namespace {

using namespace testing_support;

TEST(SupervisorStats, CountOperationsThatBeganAndThatFailed) {
  Desk desk;
  desk.up();
  desk.succeed(desk.start());
  desk.succeed(desk.start());
  (void)desk.start();
  (void)desk.fail(desk.start(), ErrorClass::kQuery);
  const SupervisorStats stats = desk.core.stats();
  EXPECT_EQ(stats.operations, 4U);
  EXPECT_EQ(stats.errors, 1U);
  EXPECT_EQ(stats.in_flight, 1U);
  EXPECT_EQ(stats.retries, 0U);
  EXPECT_EQ(stats.reconnects, 0U);
}

TEST(SupervisorStats, CountARetryForEachThatRunsAgainAndNoneForThoseThatNeverRan) {
  Desk desk;
  desk.up();
  const FailedAttempt caught = desk.down();
  const Admission parked = desk.admit();
  EXPECT_EQ(desk.core.stats().parked, 2U);
  EXPECT_EQ(desk.core.stats().retries, 0U) << "it waits";
  desk.probe(ProbeVerdict::kUp);
  desk.pass(seconds{1});
  ASSERT_TRUE(desk.released(caught.ticket));
  ASSERT_TRUE(desk.released(parked.ticket));
  EXPECT_EQ(desk.core.stats().retries, 1U);
  EXPECT_EQ(desk.core.stats().parked, 0U);
  EXPECT_EQ(desk.core.stats().reconnects, 1U);
}

TEST(SupervisorStats, TellSinceWhenTheClientServes) {
  Desk desk;
  desk.up();
  EXPECT_EQ(desk.core.stats().generation_since, kStart);
  desk.pass(minutes{1});
  desk.fold();
  ASSERT_TRUE(desk.core.request_replacement(desk.now, ReplaceReason::kManual, std::nullopt));
  desk.drain();
  desk.pass(milliseconds{30});
  desk.replaced(true);
  EXPECT_EQ(desk.core.stats().generation_since, desk.now);
}

}  // namespace
}  // namespace resilience
