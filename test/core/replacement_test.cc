#include "core/replacement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace resilience {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using enum ReplaceReason;
using Begun = Replacement::Begun;

constexpr TimePoint kStart{};

TimePoint at(Duration time) {
  return kStart + time;
}

struct Story {
  explicit Story(bool possible = true, const Config& use = {}, std::uint64_t seed = 1)
      : config(use), replacement(config, possible, seed, kStart) {}

  Begun begin(Duration now, ReplaceReason reason) { return replacement.begin(at(now), reason, effects); }
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

TEST(Replacement, OneAtATimeAndAGraverReasonWaitsItsTurn) {
  Story story;
  EXPECT_EQ(story.begin(seconds{1}, kEngineFault), Begun::kBegun);
  EXPECT_EQ(story.begin(seconds{2}, kConsecutiveErrors), Begun::kMerged);
  EXPECT_EQ(story.begin(seconds{2}, kManual), Begun::kWaits);
  EXPECT_EQ(story.begin(seconds{2}, kEngineFault), Begun::kMerged);
  EXPECT_FALSE(story.replacement.may_begin(at(seconds{60})));
  EXPECT_EQ(story.replacement.finish(at(seconds{3}), true), kEngineFault);
  EXPECT_EQ(story.replacement.finish(at(seconds{4}), true), std::nullopt) << "nobody waits for this answer";
  EXPECT_EQ(story.replacement.take_waiting(), kManual);
  EXPECT_EQ(story.replacement.take_waiting(), std::nullopt);
}

TEST(Replacement, TheGravestOfThoseThatWaitIsNext) {
  for (const auto& [first, second] : {std::pair{kFailover, kEngineFault}, {kEngineFault, kFailover}}) {
    Story story;
    story.begin(seconds{1}, kRefresh);
    EXPECT_EQ(story.begin(seconds{2}, first), Begun::kWaits);
    EXPECT_EQ(story.begin(seconds{2}, second), Begun::kWaits);
    story.replacement.finish(at(seconds{3}), false);
    EXPECT_EQ(story.replacement.take_waiting(), kEngineFault);
  }
}

TEST(Replacement, OfThoseThatAreEquallyGraveTheFirstGivesTheReason) {
  Story story;
  story.begin(seconds{1}, kRefresh);
  EXPECT_EQ(story.begin(seconds{2}, kConsecutiveErrors), Begun::kWaits);
  EXPECT_EQ(story.begin(seconds{2}, kFinalAttempt), Begun::kWaits);
  story.replacement.finish(at(seconds{3}), true);
  EXPECT_EQ(story.replacement.take_waiting(), kConsecutiveErrors);
}

TEST(Replacement, AFactoryHasAsLongAsAWarmUp) {
  EXPECT_EQ(Story().replacement.patience(ReplacePart::kClient), Config{}.warmup.timeout);
  Config impatient;
  impatient.warmup.timeout = milliseconds{50};
  EXPECT_EQ(Story(true, impatient).replacement.patience(ReplacePart::kClient), milliseconds{50});
  EXPECT_EQ(Story(true, impatient).replacement.patience(ReplacePart::kConnections), seconds{5});
}

TEST(Replacement, TheFactoryIsAskedForCredentialsNotMoreOftenThanResetsCome) {
  Story story;
  EXPECT_TRUE(story.replacement.may_ask_for_credentials(at(seconds{1})));
  story.begin(seconds{1}, kCredentials);
  story.replacement.finish(at(seconds{1}), false);
  EXPECT_FALSE(story.replacement.retry_pending()) << "whoever is refused next asks again";
  EXPECT_FALSE(story.replacement.may_ask_for_credentials(at(milliseconds{10999})));
  EXPECT_TRUE(story.replacement.may_ask_for_credentials(at(seconds{11})));
  EXPECT_TRUE(story.replacement.may_begin(at(seconds{1}))) << "it is no reset";
}

TEST(Replacement, WhereNoClientCanBeMadeThatIsSaidOnce) {
  Story story(false);
  EXPECT_EQ(story.begin(seconds{1}, kEngineFault), Begun::kImpossible);
  EXPECT_EQ(story.begin(seconds{2}, kManual), Begun::kImpossible);
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
  const TimePoint retry = story.replacement.next_deadline(ReplaceWhen::kHealthy);
  EXPECT_FALSE(story.replacement.may_reset(retry - milliseconds{1})) << "its backoff is everybody's";
  EXPECT_TRUE(story.replacement.may_reset(retry));
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

TEST(Replacement, WhatIsPutOffIsWantedAgainAfterTheTimeOfARefresh) {
  Story story;
  story.begin(hours{18}, kAge);
  story.replacement.put_off(at(hours{18}));
  EXPECT_FALSE(story.replacement.under_way());
  EXPECT_FALSE(story.replacement.retry_pending());
  EXPECT_EQ(story.due(hours{18} + minutes{4}), std::nullopt);
  EXPECT_EQ(story.due(hours{18} + minutes{6}), kAge);
}

// A process that slept does not replace its client in the very moment in which it is wanted again.
TEST(Replacement, WhatBecameDueWhileNobodyWatchedIsDueAfterwards) {
  for (const Duration slept : {Duration{hours{18}}, Duration{hours{30}}}) {
    Story story;
    story.replacement.on_woken(at(slept), at(slept + seconds{5}));
    EXPECT_EQ(story.due(slept), std::nullopt);
    EXPECT_EQ(story.replacement.next_deadline(ReplaceWhen::kHealthy), at(slept + seconds{5}));
    EXPECT_EQ(story.due(slept + seconds{5}), kAge);
  }
  Story story;
  const TimePoint refresh = story.replacement.next_deadline(ReplaceWhen::kHealthy);
  story.replacement.on_woken(refresh - milliseconds{1}, refresh + minutes{1});
  EXPECT_EQ(story.replacement.next_deadline(ReplaceWhen::kHealthy), refresh) << "it was not due yet";
  story.replacement.on_woken(refresh, refresh + minutes{1});
  EXPECT_EQ(story.replacement.next_deadline(ReplaceWhen::kHealthy), refresh + minutes{1});
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

constexpr std::array kReasons{kInitial,  kRefresh, kAge,    kConsecutiveErrors, kFinalAttempt, kEngineFault,
                              kFailover, kManual,  kMemory, kCredentials,       kReconnect};

TEST(Replacement, WhatIsAHardReset) {
  std::set<ReplaceReason> hard;
  for (const auto reason : kReasons) {
    if (is_hard_reset(reason)) hard.insert(reason);
  }
  EXPECT_EQ(hard, (std::set{kConsecutiveErrors, kFinalAttempt, kEngineFault, kFailover, kManual}));
}

TEST(Replacement, WhatIsReplaced) {
  for (const auto reason : kReasons) {
    EXPECT_EQ(part_of(reason, false), ReplacePart::kClient);
    const bool reconnects = reason == kRefresh || reason == kAge || reason == kReconnect;
    const bool adapters = reason == kFailover || reason == kCredentials;
    EXPECT_EQ(part_of(reason, true), reconnects ? ReplacePart::kConnections
                                     : adapters ? ReplacePart::kAdapters
                                                : ReplacePart::kClient);
  }
}

TEST(Replacement, OnlyARefusalOfOurCredentialsAsksForOthers) {
  Classification failure;
  EXPECT_EQ(make_verdict_of(failure), MakeVerdict::kFailed);
  failure.credentials_suspected = true;
  EXPECT_EQ(make_verdict_of(failure), MakeVerdict::kRefused);
}

}  // namespace
}  // namespace resilience
