#include "core/replacement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace resilience {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using enum ReplaceReason;

constexpr TimePoint kStart{};

TimePoint at(Duration time) {
  return kStart + time;
}

struct Story {
  explicit Story(bool possible = true, const Config& use = {}, std::uint64_t seed = 1)
      : config(use), replacement(config, possible, seed, kStart) {}

  bool begin(Duration now, ReplaceReason reason) {
    return replacement.begin(at(now), reason, is_forced(reason), effects);
  }
  std::optional<ReplaceReason> due(Duration now, ReplaceWhen when = ReplaceWhen::kHealthy) {
    return replacement.due(at(now), when, operations);
  }
  template <typename Kind>
  [[nodiscard]] long count() const {
    return std::count_if(effects.begin(), effects.end(),
                         [](const Effect& effect) { return std::holds_alternative<Kind>(effect); });
  }

  Config config;
  Effects effects;
  Replacement replacement;
  std::uint64_t operations = 1;  // not idle
};

TEST(Replacement, OneAtATime) {
  Story story;
  EXPECT_TRUE(story.begin(seconds{1}, kRefresh));
  EXPECT_TRUE(story.begin(seconds{2}, kManual));
  EXPECT_EQ(story.count<Replace>(), 1);
  EXPECT_FALSE(story.replacement.may_begin(at(seconds{60})));
  EXPECT_EQ(story.replacement.finish(at(seconds{3}), true), kManual) << "it counts for the graver reason";
  EXPECT_EQ(story.replacement.finish(at(seconds{4}), true), std::nullopt) << "nobody waits for this answer";
}

TEST(Replacement, AFactoryHasAsLongAsAWarmUp) {
  Story story;
  story.begin(seconds{1}, kEngineFault);
  const auto& replace = std::get<Replace>(story.effects.at(0));
  EXPECT_EQ(replace.timeout, story.config.warmup.timeout);
  EXPECT_TRUE(replace.forced);
  Config impatient;
  impatient.warmup.timeout = milliseconds{50};
  Story another(true, impatient);
  another.begin(seconds{1}, kEngineFault);
  EXPECT_EQ(std::get<Replace>(another.effects.at(0)).timeout, seconds{5});
}

TEST(Replacement, WhereNoClientCanBeMadeThatIsSaidOnce) {
  Story story(false);
  EXPECT_FALSE(story.begin(seconds{1}, kEngineFault));
  EXPECT_FALSE(story.begin(seconds{2}, kManual));
  EXPECT_EQ(story.count<ReplaceImpossible>(), 1);
  EXPECT_FALSE(story.replacement.may_begin(at(seconds{3})));
  EXPECT_EQ(story.due(hours{100}), std::nullopt);
  EXPECT_EQ(story.replacement.next_deadline(ReplaceWhen::kHealthy), kEndOfTime);
}

TEST(Replacement, AutomaticResetsAreNeverCloserTogether) {
  Story story;
  EXPECT_TRUE(story.replacement.may_begin(at(seconds{1})));
  story.begin(seconds{1}, kManual);
  story.replacement.finish(at(seconds{1}), true);
  EXPECT_FALSE(story.replacement.may_begin(at(milliseconds{10999})));
  EXPECT_TRUE(story.replacement.may_begin(at(seconds{11})));
}

TEST(Replacement, ARefreshDoesNotPostponeAReset) {
  Story story;
  story.begin(seconds{1}, kRefresh);
  story.replacement.finish(at(seconds{1}), true);
  EXPECT_TRUE(story.replacement.may_begin(at(seconds{1})));
}

TEST(Replacement, AFailedOneIsTriedAgainWithBackoff) {
  Story story;
  Duration now = seconds{1};
  story.begin(now, kEngineFault);
  Duration last_wait{};
  for (int failure = 1; failure <= 5; ++failure) {
    story.replacement.finish(at(now), false);
    EXPECT_TRUE(story.replacement.retry_pending());
    EXPECT_FALSE(story.replacement.may_begin(at(now + milliseconds{1})));
    const Duration wait = story.replacement.next_deadline(ReplaceWhen::kRetries) - at(now);
    const Duration bound = std::min<Duration>(seconds{1} * (1 << (failure - 1)), seconds{10});
    EXPECT_GE(wait, bound / 2) << failure;
    EXPECT_LE(wait, bound) << failure;
    EXPECT_EQ(story.due(now + wait - milliseconds{1}), std::nullopt);
    now += wait;
    EXPECT_EQ(story.due(now, ReplaceWhen::kNever), std::nullopt) << "the database is away";
    ASSERT_EQ(story.due(now, ReplaceWhen::kRetries), kEngineFault);
    story.begin(now, kEngineFault);
    last_wait = wait;
  }
  EXPECT_GE(last_wait, seconds{5});
  EXPECT_EQ(story.replacement.finish(at(now), true), kEngineFault);
  EXPECT_FALSE(story.replacement.retry_pending());
}

TEST(Replacement, WithoutAnyBackoffAFactoryIsStillNotAskedInALoop) {
  Config config;
  config.reconnect.initial_delay = config.reconnect.max_delay = Duration::zero();
  Story story(true, config);
  story.begin(seconds{1}, kEngineFault);
  story.replacement.finish(at(seconds{1}), false);
  EXPECT_GE(story.replacement.next_deadline(ReplaceWhen::kHealthy), at(milliseconds{1100}));
}

TEST(Replacement, WhatAUserAskedForIsNotTriedAgain) {
  Story story;
  story.begin(seconds{1}, kManual);
  EXPECT_EQ(story.replacement.finish(at(seconds{2}), false), kManual);
  EXPECT_FALSE(story.replacement.retry_pending());
}

TEST(Replacement, AFailedRefreshWaitsForAHealthyDatabaseAndItsBackoff) {
  Story story;
  story.begin(minutes{5}, kRefresh);
  story.replacement.finish(at(minutes{5}), false);
  EXPECT_EQ(story.due(minutes{6}, ReplaceWhen::kRetries), std::nullopt);
  EXPECT_EQ(story.due(minutes{5}), std::nullopt);
  EXPECT_EQ(story.due(minutes{6}), kRefresh);
}

TEST(Replacement, AFailedReplacementForAgeDoesNotBeginAgainAtOnce) {
  Story story;
  EXPECT_EQ(story.due(hours{18}, ReplaceWhen::kRetries), std::nullopt);
  ASSERT_EQ(story.due(hours{18}), kAge);
  story.begin(hours{18}, kAge);
  story.replacement.finish(at(hours{18}), false);
  EXPECT_EQ(story.due(hours{18}), std::nullopt);
  EXPECT_GT(story.replacement.next_deadline(ReplaceWhen::kHealthy), at(hours{18}));
}

TEST(Replacement, AgeCountsFromTheLastReplacement) {
  Story story;
  story.begin(hours{10}, kManual);
  story.replacement.finish(at(hours{10}), true);
  EXPECT_NE(story.due(hours{18}), kAge);
  EXPECT_EQ(story.due(hours{28}), kAge);
}

TEST(Replacement, RefreshesAreJittered) {
  std::set<TimePoint> times;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Story story(true, {}, seed);
    const TimePoint due = story.replacement.next_deadline(ReplaceWhen::kHealthy);
    EXPECT_GE(due, at(seconds{270}));
    EXPECT_LE(due, at(seconds{330}));
    times.insert(due);
  }
  EXPECT_GT(times.size(), 95U);
}

TEST(Replacement, AnIdleClientIsNotRefreshed) {
  Story story;
  const Duration first = story.replacement.next_deadline(ReplaceWhen::kHealthy) - kStart;
  ASSERT_EQ(story.due(first), kRefresh);
  story.begin(first, kRefresh);
  story.replacement.finish(at(first), true);
  for (int i = 0; i < 5; ++i) {
    const Duration next = story.replacement.next_deadline(ReplaceWhen::kHealthy) - kStart;
    EXPECT_EQ(story.due(next), std::nullopt) << "nothing was started since";
  }
  ++story.operations;
  EXPECT_EQ(story.due(story.replacement.next_deadline(ReplaceWhen::kHealthy) - kStart), kRefresh);
}

TEST(Replacement, ReasonsThatForce) {
  std::set<ReplaceReason> forced;
  for (const auto reason :
       {kInitial, kRefresh, kAge, kConsecutiveErrors, kFinalAttempt, kEngineFault, kFailover, kManual, kMemory}) {
    if (is_forced(reason)) forced.insert(reason);
    EXPECT_EQ(is_forced(reason), is_hard_reset(reason));
  }
  EXPECT_EQ(forced, (std::set{kConsecutiveErrors, kFinalAttempt, kEngineFault, kFailover, kManual}));
}

}  // namespace
}  // namespace resilience
