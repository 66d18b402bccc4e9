#include "core/hang_watch.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart{};
constexpr Duration kSuspectAfter = seconds{2};

TimePoint at(Duration time) {
  return kStart + time;
}

Counters one_in_flight(Duration since, Duration last_success = Duration::zero()) {
  Counters counters;
  counters.started = 1;
  counters.oldest_in_flight = at(since);
  counters.last_success = at(last_success);
  return counters;
}

TEST(HangWatch, NothingInFlightIsNoSilence) {
  const HangWatch watch(kSuspectAfter, kStart);
  EXPECT_EQ(watch.due({}), kEndOfTime);
  Counters settled = one_in_flight(seconds{1});
  settled.succeeded = 1;
  EXPECT_EQ(watch.due(settled), kEndOfTime);
}

TEST(HangWatch, SilenceBeginsWithTheLatestOfWhatWasHeard) {
  HangWatch watch(kSuspectAfter, kStart);
  EXPECT_EQ(watch.due(one_in_flight(seconds{10})), at(seconds{12}));
  EXPECT_EQ(watch.due(one_in_flight(seconds{10}, seconds{11})), at(seconds{13}));
  watch.restart(at(seconds{15}));
  EXPECT_EQ(watch.due(one_in_flight(seconds{10}, seconds{11})), at(seconds{17}));
  watch.restart(at(seconds{3}));  // late news takes nothing back
  EXPECT_EQ(watch.due(one_in_flight(seconds{10}, seconds{11})), at(seconds{17}));
}

// A report of one minute on an otherwise idle client.
TEST(HangWatch, InnocentSilenceIsLookedIntoEverMoreRarely) {
  HangWatch watch(kSuspectAfter, kStart);
  const Counters report = one_in_flight(Duration::zero());
  std::vector<Duration> looks;
  for (TimePoint due = watch.due(report); due < at(seconds{60}); due = watch.due(report)) {
    looks.push_back(due - kStart);
    watch.on_suspicion(due);
    watch.on_innocent();
  }
  EXPECT_EQ(looks, (std::vector<Duration>{seconds{2}, seconds{6}, seconds{14}, seconds{22}, seconds{30}, seconds{38},
                                          seconds{46}, seconds{54}}));
}

// A pool of five under queries of two seconds: silence of two seconds again and again.
TEST(HangWatch, WhatIsUsualIsNotSuspectedTwice) {
  HangWatch watch(kSuspectAfter, kStart);
  int suspicions = 0;
  Duration last{};
  for (Duration time{}; time < seconds{40}; time += milliseconds{100}) {
    const Counters counters = one_in_flight(last, last);
    if (at(time) >= watch.due(counters)) {
      ++suspicions;
      watch.on_suspicion(at(time));
      watch.on_innocent();
    }
    if (time - last >= milliseconds{2100}) last = time;
  }
  EXPECT_EQ(suspicions, 1);
}

TEST(HangWatch, AMinuteWithoutSilenceRestoresTheFirstPatience) {
  HangWatch watch(kSuspectAfter, kStart);
  watch.on_suspicion(at(seconds{2}));
  watch.on_innocent();
  EXPECT_EQ(watch.due(one_in_flight(seconds{10})), at(seconds{14}));
  EXPECT_EQ(watch.due(one_in_flight(seconds{62})), at(seconds{64}));
}

TEST(HangWatch, AnOutageRestoresTheFirstPatience) {
  HangWatch watch(kSuspectAfter, kStart);
  watch.on_suspicion(at(seconds{2}));
  watch.on_innocent();
  watch.on_outage();
  EXPECT_EQ(watch.due(one_in_flight(seconds{10})), at(seconds{12}));
}

TEST(HangWatch, DoesNotOverflow) {
  HangWatch watch(hours{24 * 365 * 200}, kStart);
  for (int i = 0; i < 4; ++i) {
    watch.on_suspicion(at(hours{1}));
    watch.on_innocent();
  }
  EXPECT_GT(watch.due(one_in_flight(hours{24 * 365 * 200})), at(hours{1}));
}

TEST(HangWatch, ASuspicionAfterAMinuteIsAFirstOne) {
  HangWatch watch(kSuspectAfter, kStart);
  watch.on_suspicion(at(seconds{2}));
  watch.on_innocent();
  watch.on_suspicion(at(seconds{62}));
  EXPECT_EQ(watch.due(one_in_flight(seconds{62})), at(seconds{64}));
}

}  // namespace
}  // namespace resilience
