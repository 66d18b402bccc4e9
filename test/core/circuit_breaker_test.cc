#include "core/circuit_breaker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/rng.h"

namespace resilience {
namespace {

using std::chrono::seconds;

constexpr TimePoint at(int second) {
  return TimePoint{} + seconds{second};
}

CircuitBreakerConfig config_with(std::uint32_t failures, std::uint32_t window, std::uint32_t successes = 2) {
  CircuitBreakerConfig config;
  config.enabled = true;
  config.failure_threshold = failures;
  config.max_sample_size = window;
  config.half_open_success_threshold = successes;
  config.reset_timeout = seconds{30};
  return config;
}

void call(CircuitBreaker& breaker, TimePoint now, CallResult result) {
  const CircuitPermit permit = breaker.try_acquire(now);
  ASSERT_TRUE(permit.granted());
  breaker.on_result(now, permit, result);
}

CircuitBreaker opened_at(TimePoint now, std::uint32_t successes = 2) {
  CircuitBreaker breaker(config_with(1, 1, successes));
  call(breaker, now, CallResult::kFailure);
  return breaker;
}

TEST(CircuitBreaker, OpensAtTheThresholdAndRefuses) {
  CircuitBreaker breaker(config_with(3, 10));
  call(breaker, at(0), CallResult::kFailure);
  call(breaker, at(0), CallResult::kSuccess);
  call(breaker, at(0), CallResult::kFailure);
  EXPECT_EQ(breaker.state(at(0)), CircuitState::kClosed);
  EXPECT_EQ(breaker.failures(), 2U);
  call(breaker, at(1), CallResult::kFailure);
  EXPECT_EQ(breaker.state(at(1)), CircuitState::kOpen);
  EXPECT_FALSE(breaker.try_acquire(at(1)).granted());
  EXPECT_EQ(breaker.retry_after(at(1)), seconds{30});
  EXPECT_EQ(breaker.retry_after(at(21)), seconds{10});
  EXPECT_FALSE(breaker.try_acquire(at(30)).granted());
}

TEST(CircuitBreaker, FailuresLeaveTheWindowWithTheCallsThatFollow) {
  CircuitBreaker breaker(config_with(3, 4));
  for (int round = 0; round < 100; ++round) {
    call(breaker, at(round), CallResult::kFailure);
    call(breaker, at(round), CallResult::kFailure);
    call(breaker, at(round), CallResult::kSuccess);
    call(breaker, at(round), CallResult::kSuccess);
    ASSERT_EQ(breaker.state(at(round)), CircuitState::kClosed) << round;
  }
  EXPECT_EQ(breaker.failures(), 2U);
  call(breaker, at(100), CallResult::kSuccess);
  call(breaker, at(100), CallResult::kSuccess);
  EXPECT_EQ(breaker.failures(), 0U);
}

TEST(CircuitBreaker, WhatSaysNothingOfTheInfrastructureCountsAsNothing) {
  CircuitBreaker breaker(config_with(2, 2));
  call(breaker, at(0), CallResult::kFailure);
  for (int i = 0; i < 10; ++i) call(breaker, at(0), CallResult::kNeither);
  EXPECT_EQ(breaker.failures(), 1U);
}

TEST(CircuitBreaker, HalfOpensByTimeAloneAndAsksForAsManyCallsAsItWantsSuccesses) {
  CircuitBreaker breaker = opened_at(at(0), 3);
  EXPECT_EQ(breaker.state(at(29)), CircuitState::kOpen);
  EXPECT_EQ(breaker.state(at(30)), CircuitState::kHalfOpen);
  EXPECT_EQ(breaker.retry_after(at(30)), Duration::zero());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(breaker.try_acquire(at(30)).granted());
  EXPECT_FALSE(breaker.try_acquire(at(30)).granted());
}

TEST(CircuitBreaker, ASuccessOnTrialLeavesFewerToAskFor) {
  CircuitBreaker breaker = opened_at(at(0), 3);
  call(breaker, at(30), CallResult::kSuccess);
  EXPECT_TRUE(breaker.try_acquire(at(30)).granted());
  EXPECT_TRUE(breaker.try_acquire(at(30)).granted());
  EXPECT_FALSE(breaker.try_acquire(at(30)).granted());
}

TEST(CircuitBreaker, ClosesAfterEnoughSuccessesWithACleanRecord) {
  CircuitBreaker breaker = opened_at(at(0));
  call(breaker, at(30), CallResult::kSuccess);
  EXPECT_EQ(breaker.state(at(30)), CircuitState::kHalfOpen);
  call(breaker, at(31), CallResult::kSuccess);
  EXPECT_EQ(breaker.state(at(31)), CircuitState::kClosed);
  EXPECT_EQ(breaker.failures(), 0U);
}

TEST(CircuitBreaker, OneFailureOnTrialOpensAgainForTheWholeTime) {
  CircuitBreaker breaker = opened_at(at(0));
  call(breaker, at(30), CallResult::kSuccess);
  call(breaker, at(40), CallResult::kFailure);
  EXPECT_EQ(breaker.state(at(40)), CircuitState::kOpen);
  EXPECT_EQ(breaker.state(at(69)), CircuitState::kOpen);
  EXPECT_EQ(breaker.state(at(70)), CircuitState::kHalfOpen);
}

TEST(CircuitBreaker, ACallTakenBackFreesItsTrialAndProvesNothing) {
  CircuitBreaker breaker = opened_at(at(0), 1);
  const CircuitPermit permit = breaker.try_acquire(at(30));
  ASSERT_TRUE(permit.granted());
  ASSERT_FALSE(breaker.try_acquire(at(30)).granted());
  breaker.on_result(at(31), permit, CallResult::kNeither);
  EXPECT_EQ(breaker.state(at(31)), CircuitState::kHalfOpen);
  EXPECT_TRUE(breaker.try_acquire(at(31)).granted());
}

TEST(CircuitBreaker, TrialsThatNeverSettleExpireAndTheirLateResultsAreIgnored) {
  CircuitBreaker breaker = opened_at(at(0), 1);
  const CircuitPermit lost = breaker.try_acquire(at(30));
  ASSERT_TRUE(lost.granted());
  EXPECT_FALSE(breaker.try_acquire(at(59)).granted());
  const CircuitPermit second = breaker.try_acquire(at(60));
  ASSERT_TRUE(second.granted());
  breaker.on_result(at(61), lost, CallResult::kFailure);
  EXPECT_EQ(breaker.state(at(61)), CircuitState::kHalfOpen);
  breaker.on_result(at(62), second, CallResult::kSuccess);
  EXPECT_EQ(breaker.state(at(62)), CircuitState::kClosed);
}

TEST(CircuitBreaker, ResultsOfAnEarlierStateChangeNothing) {
  CircuitBreaker breaker(config_with(1, 1, 1));
  const CircuitPermit early = breaker.try_acquire(at(0));
  const CircuitPermit failing = breaker.try_acquire(at(0));
  breaker.on_result(at(1), failing, CallResult::kFailure);
  ASSERT_EQ(breaker.state(at(1)), CircuitState::kOpen);
  breaker.on_result(at(2), early, CallResult::kFailure);
  EXPECT_EQ(breaker.retry_after(at(2)), seconds{29});  // did not open anew
  ASSERT_EQ(breaker.state(at(31)), CircuitState::kHalfOpen);
  breaker.on_result(at(32), early, CallResult::kFailure);
  EXPECT_EQ(breaker.state(at(32)), CircuitState::kHalfOpen);
  breaker.on_result(at(32), early, CallResult::kSuccess);
  EXPECT_EQ(breaker.state(at(32)), CircuitState::kHalfOpen);
  call(breaker, at(33), CallResult::kSuccess);
  ASSERT_EQ(breaker.state(at(33)), CircuitState::kClosed);
  breaker.on_result(at(34), early, CallResult::kFailure);
  EXPECT_EQ(breaker.state(at(34)), CircuitState::kClosed);
}

TEST(CircuitBreaker, APermitCountsOnceOnTrial) {
  CircuitBreaker breaker = opened_at(at(0), 2);
  const CircuitPermit permit = breaker.try_acquire(at(30));
  breaker.on_result(at(31), permit, CallResult::kSuccess);
  breaker.on_result(at(31), permit, CallResult::kSuccess);
  EXPECT_EQ(breaker.state(at(31)), CircuitState::kHalfOpen);
}

TEST(CircuitBreaker, SwitchedOffItNeverRefuses) {
  CircuitBreakerConfig config = config_with(1, 1);
  config.enabled = false;
  CircuitBreaker breaker(config);
  for (int i = 0; i < 100; ++i) call(breaker, at(i), CallResult::kFailure);
  EXPECT_EQ(breaker.state(at(100)), CircuitState::kClosed);
}

TEST(CircuitBreaker, ByHandItOpensAndCloses) {
  CircuitBreaker breaker(config_with(5, 100));
  breaker.trip(at(0));
  EXPECT_FALSE(breaker.try_acquire(at(1)).granted());
  breaker.reset();
  EXPECT_TRUE(breaker.try_acquire(at(1)).granted());
}

TEST(CircuitBreaker, RandomTrafficKeepsItsInvariants) {
  constexpr std::uint32_t kWanted = 3;
  CircuitBreaker breaker(config_with(4, 9, kWanted));
  Rng rng(17);
  TimePoint now{};
  std::vector<CircuitPermit> held;
  int seen[3] = {0, 0, 0};
  for (int i = 0; i < 300000; ++i) {
    now += std::chrono::milliseconds{rng.next() % 400};
    const CircuitState before = breaker.state(now);
    ++seen[static_cast<int>(before)];
    if (rng.next() % 2 == 0) {
      const CircuitPermit permit = breaker.try_acquire(now);
      ASSERT_TRUE(before != CircuitState::kOpen || !permit.granted());
      ASSERT_TRUE(before != CircuitState::kClosed || permit.granted());
      ASSERT_EQ(breaker.state(now), before);
      if (permit.granted()) held.push_back(permit);
    } else if (!held.empty()) {
      const std::size_t pick = rng.next() % held.size();
      const CircuitPermit permit = held[pick];
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(pick));
      if (rng.next() % 50 != 0) breaker.on_result(now, permit, static_cast<CallResult>(rng.next() % 3));
    }
    ASSERT_LT(breaker.failures(), 4U);
    ASSERT_LE(breaker.retry_after(now), seconds{30});
  }
  EXPECT_TRUE(std::all_of(std::begin(seen), std::end(seen), [](int count) { return count > 1000; }));
}

}  // namespace
}  // namespace resilience
