#include "core/look_control.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/error_facts.h"

namespace resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart{};

TimePoint at(Duration time) {
  return kStart + time;
}

struct Story {
  explicit Story(bool has_probe) : looking(config, has_probe, 1, effects) {}

  template <typename Kind>
  [[nodiscard]] long count() const {
    return std::count_if(effects.begin(), effects.end(),
                         [](const Effect& effect) { return std::holds_alternative<Kind>(effect); });
  }
  [[nodiscard]] Verify last_verify() const {
    for (auto it = effects.rbegin(); it != effects.rend(); ++it) {
      if (const auto* verify = std::get_if<Verify>(&*it)) return *verify;
    }
    return {};
  }

  ProbeConfig config;
  Effects effects;
  LookControl looking;
};

TEST(LookControl, WithAProbeTheProbeIsAsked) {
  Story story(true);
  story.looking.begin(kStart);
  story.looking.begin(kStart);
  EXPECT_EQ(story.count<StartLooking>(), 1);
  EXPECT_EQ(story.count<Verify>(), 0);
  EXPECT_EQ(story.looking.next_deadline(), kEndOfTime);
  story.looking.begin_anew(kStart);
  EXPECT_EQ(story.count<StartLooking>(), 2);
  story.looking.end();
  EXPECT_EQ(story.count<StopLooking>(), 1);
  story.looking.end();
  EXPECT_EQ(story.count<StopLooking>(), 1);
}

TEST(LookControl, WithoutOneTheDatabaseIsAskedThroughAClient) {
  Story story(false);
  story.looking.begin(kStart);
  EXPECT_EQ(story.count<StartLooking>(), 0);
  ASSERT_EQ(story.count<Verify>(), 1);
  EXPECT_TRUE(story.last_verify().of_database);
  EXPECT_EQ(story.last_verify().timeout, story.config.timeout);
}

TEST(LookControl, InBandOneQuestionFollowsTheOtherByTheProbesSchedule) {
  Story story(false);
  story.looking.begin(kStart);
  TimePoint now = kStart;
  for (long asked = 1; asked <= 10; ++asked) {
    EXPECT_EQ(story.count<Verify>(), asked);
    story.looking.tick(now + seconds{10});  // not before there is an answer
    EXPECT_EQ(story.count<Verify>(), asked);
    ASSERT_TRUE(story.looking.settle(story.last_verify().id));
    story.looking.on_in_band_answer(now, VerifyVerdict::kUnreachable);
    EXPECT_LE(story.looking.next_deadline(), now + story.config.down_interval);
    now = std::max(now, story.looking.next_deadline());
    story.looking.tick(now);
  }
  story.looking.end();
  EXPECT_FALSE(story.looking.in_band());
  EXPECT_EQ(story.count<StopLooking>(), 0);
}

TEST(LookControl, ALaterVerificationMakesAnEarlierAnswerVoid) {
  Story story(true);
  story.looking.verify(kStart, seconds{1}, false);
  const std::uint64_t first = story.last_verify().id;
  story.looking.verify(kStart, seconds{1}, true);
  EXPECT_FALSE(story.looking.settle(first));
  const auto settled = story.looking.settle(story.last_verify().id);
  ASSERT_TRUE(settled);
  EXPECT_TRUE(settled->of_database);
  EXPECT_FALSE(story.looking.settle(story.last_verify().id)) << "answered twice";
}

TEST(LookControl, AHostThatNeverAnswersIsNotWaitedFor) {
  Story story(true);
  story.looking.verify(kStart, seconds{1}, false);
  EXPECT_EQ(story.looking.overdue(at(milliseconds{1999})), std::nullopt);
  EXPECT_EQ(story.looking.next_deadline(), at(seconds{2}));
  EXPECT_EQ(story.looking.overdue(at(seconds{2})), story.last_verify().id);
}

TEST(LookControl, AStalledLoopIsNobodysTimeout) {
  Story story(true);
  story.looking.verify(kStart, seconds{1}, false);
  story.looking.on_loop_stalled(at(seconds{30}));
  EXPECT_EQ(story.looking.overdue(at(seconds{30})), std::nullopt);
  EXPECT_EQ(story.looking.next_deadline(), at(seconds{31}));
  EXPECT_TRUE(story.looking.settle(story.last_verify().id)->disturbed);
}

TEST(LookControl, BesideAProbeThatCannotTellClientsAreAskedAsWell) {
  Story story(true);
  story.looking.begin(kStart);
  story.looking.begin_in_band(kStart);
  story.looking.begin_in_band(kStart);
  EXPECT_EQ(story.count<Verify>(), 1);
  story.looking.end();
  EXPECT_EQ(story.count<StopLooking>(), 1);
  EXPECT_FALSE(story.looking.active());
}

TEST(LookControl, WhatAFailedVerificationSays) {
  EXPECT_EQ(verdict_of(override_with(ErrorClass::kNotSent)), VerifyVerdict::kUnreachable);
  EXPECT_EQ(verdict_of(override_with(ErrorClass::kUnknownOutcome)), VerifyVerdict::kUnreachable);
  EXPECT_EQ(verdict_of(override_with(ErrorClass::kSaturated)), VerifyVerdict::kTimedOut);
  EXPECT_EQ(verdict_of(override_with(ErrorClass::kFatalConfiguration)), VerifyVerdict::kOtherFailure);
  EXPECT_EQ(verdict_of(override_with(ErrorClass::kQuery)), VerifyVerdict::kOtherFailure);
}

TEST(LookControl, AFullServerHasAnsweredAFullPoolHasNot) {
  struct Row {
    ErrorFacts facts;
    VerifyVerdict verdict;
  };
  std::vector<Row> rows(6);
  rows[0].facts.original_code = "53300";
  rows[0].verdict = VerifyVerdict::kOtherFailure;
  rows[1].facts.kind = "TooManyConnections";
  rows[1].verdict = VerifyVerdict::kOtherFailure;
  rows[2].facts.code = "P2037";
  rows[2].verdict = VerifyVerdict::kOtherFailure;
  rows[3].facts.original_code = "1040";
  rows[3].facts.driver = "mariadb";
  rows[3].verdict = VerifyVerdict::kOtherFailure;
  rows[4].facts.code = "P2024";
  rows[4].verdict = VerifyVerdict::kTimedOut;
  rows[5].facts.message = "timeout exceeded when trying to connect";
  rows[5].facts.probe = ProbeView::kUp;
  rows[5].verdict = VerifyVerdict::kTimedOut;
  for (const Row& row : rows) {
    const Classification failure = classify(row.facts);
    EXPECT_EQ(failure.error_class, ErrorClass::kSaturated) << failure.rule;
    EXPECT_EQ(verdict_of(failure), row.verdict) << failure.rule;
  }
}

TEST(LookControl, InBandNothingIsAskedBeforeItsTime) {
  Story story(false);
  story.looking.begin(kStart);
  ASSERT_TRUE(story.looking.settle(story.last_verify().id));
  story.looking.on_in_band_answer(kStart, VerifyVerdict::kUnreachable);
  const TimePoint due = story.looking.next_deadline();
  ASSERT_GT(due, kStart);
  story.looking.tick(due - milliseconds{1});
  EXPECT_EQ(story.count<Verify>(), 1);
  story.looking.tick(due);
  EXPECT_EQ(story.count<Verify>(), 2);
}

}  // namespace
}  // namespace resilience
