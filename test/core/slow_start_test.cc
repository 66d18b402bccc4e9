#include "core/slow_start.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>
#include <vector>

namespace resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart{};

SlowStart restarted(std::uint64_t seed = 1) {
  SlowStart slow_start(seed);
  slow_start.restart(kStart, false);
  return slow_start;
}

// Releases as many as there is room for.
std::vector<std::uint64_t> fill(SlowStart& slow_start, TimePoint now = kStart, std::size_t most = 10000) {
  std::vector<std::uint64_t> released;
  while (slow_start.has_room() && released.size() < most) released.push_back(slow_start.on_released(now));
  return released;
}

TEST(SlowStart, BeginsWithOneWhereTheDatabaseIsBusy) {
  SlowStart slow_start(1);
  slow_start.restart(kStart, true);
  const auto first = fill(slow_start);
  ASSERT_EQ(first.size(), 1U);
  slow_start.on_succeeded(first.front());
  EXPECT_EQ(fill(slow_start).size(), 2U);
}

TEST(SlowStart, DoublesWithEachRoundOfSuccesses) {
  SlowStart slow_start = restarted();
  std::size_t expected = SlowStart::kInitialWindow;
  for (int round = 0; round < 5; ++round) {
    const auto released = fill(slow_start);
    EXPECT_EQ(released.size(), expected);
    for (const std::uint64_t token : released) slow_start.on_succeeded(token);
    expected *= 2;
  }
}

TEST(SlowStart, OtherEndsGiveTheirPlaceBackAndNoMore) {
  SlowStart slow_start = restarted();
  for (const std::uint64_t token : fill(slow_start)) slow_start.on_settled(token);
  EXPECT_EQ(slow_start.in_flight(), 0U);
  EXPECT_EQ(slow_start.window(), SlowStart::kInitialWindow);
}

TEST(SlowStart, HalvesWhenSomethingIsFull) {
  SlowStart slow_start = restarted();
  for (const std::uint64_t token : fill(slow_start)) slow_start.on_succeeded(token);
  const std::uint32_t window = slow_start.window();
  slow_start.on_saturated(kStart, slow_start.on_released(kStart));
  EXPECT_EQ(slow_start.window(), window / 2);
  for (int i = 0; i < 20; ++i) slow_start.on_saturated(kStart, slow_start.on_released(kStart));
  EXPECT_EQ(slow_start.window(), 1U);
  EXPECT_TRUE(slow_start.has_room());
}

TEST(SlowStart, TimeOpensItToo) {
  SlowStart slow_start = restarted();
  fill(slow_start);
  EXPECT_FALSE(slow_start.has_room());
  slow_start.tick(slow_start.round_ends() - milliseconds{1});
  EXPECT_FALSE(slow_start.has_room());
  slow_start.tick(slow_start.round_ends());
  EXPECT_EQ(fill(slow_start).size(), SlowStart::kInitialWindow);
}

TEST(SlowStart, TimeInWhichNobodyWaitedOpensNothing) {
  SlowStart slow_start = restarted();
  const TimePoint later = kStart + seconds{30};
  fill(slow_start, later);
  slow_start.tick(later);
  EXPECT_FALSE(slow_start.has_room());
}

TEST(SlowStart, ReleasesThousandsWithinThreeSecondsThoughNothingComesBack) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SlowStart slow_start = restarted(seed);
    TimePoint now = kStart;
    while (slow_start.in_flight() < 10'000) {
      fill(slow_start, now);
      if (slow_start.has_room()) break;
      now = slow_start.round_ends();
      slow_start.tick(now);
    }
    EXPECT_LE(now, kStart + seconds{3});
  }
}

// More would hold up the event loop and then merely stand in the pool's queue.
TEST(SlowStart, KeepsAnEvenPaceWhileOperationsComeBackQuickly) {
  SlowStart slow_start = restarted();
  TimePoint now = kStart;
  std::size_t most_at_once = 0;
  std::size_t total = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto released = fill(slow_start, now);
    most_at_once = std::max(most_at_once, released.size());
    total += released.size();
    now += milliseconds{5};
    for (const std::uint64_t token : released) slow_start.on_succeeded(token);
    if (!slow_start.has_room()) slow_start.tick(now);
  }
  EXPECT_EQ(most_at_once, std::size_t{SlowStart::kFlowing});
  EXPECT_GT(total, 200'000U);
}

// On a busy machine too: a burst would only make it slower.
TEST(SlowStart, StaysThereWhileThereIsAFlowAtAll) {
  SlowStart slow_start = restarted();
  TimePoint now = kStart;
  std::deque<std::uint64_t> under_way;
  for (int i = 0; i < 1000; ++i) {
    for (const std::uint64_t token : fill(slow_start, now)) under_way.push_back(token);
    now += milliseconds{5};
    slow_start.on_succeeded(under_way.front());
    under_way.pop_front();
    if (!slow_start.has_room()) slow_start.tick(now);
  }
  EXPECT_EQ(slow_start.window(), SlowStart::kFlowing);
}

TEST(SlowStart, WidensBeyondThatWhereHardlyAnythingComesBack) {
  SlowStart slow_start = restarted();
  TimePoint now = kStart;
  while (slow_start.window() < SlowStart::kFlowing) {
    for (const std::uint64_t token : fill(slow_start, now)) slow_start.on_succeeded(token);
  }
  const auto slow = fill(slow_start, now);
  now = slow_start.round_ends();
  slow_start.tick(now);
  EXPECT_EQ(slow_start.window(), SlowStart::kFlowing);  // until now it was quick
  slow_start.on_succeeded(slow.front());
  fill(slow_start, now);
  now = slow_start.round_ends();
  slow_start.tick(now);
  EXPECT_EQ(slow_start.window(), 2 * SlowStart::kFlowing);
  // It comes back at last: no reason to widen further.
  for (const std::uint64_t token : slow) slow_start.on_succeeded(token);
  EXPECT_EQ(slow_start.window(), 2 * SlowStart::kFlowing);
}

TEST(SlowStart, ATickThatWidensNothingBeginsTheNextRound) {
  SlowStart slow_start = restarted();
  TimePoint now = kStart;
  while (slow_start.window() < SlowStart::kFlowing) {
    for (const std::uint64_t token : fill(slow_start, now)) slow_start.on_succeeded(token);
  }
  for (const std::uint64_t token : fill(slow_start, now)) slow_start.on_succeeded(token);
  fill(slow_start, now);
  now = slow_start.round_ends();
  slow_start.tick(now);
  EXPECT_FALSE(slow_start.has_room());
  EXPECT_GT(slow_start.round_ends(), now);
}

TEST(SlowStart, WhatWasReleasedBeforeARestartHoldsNoPlace) {
  SlowStart slow_start = restarted();
  const auto lost = fill(slow_start);
  slow_start.restart(kStart + seconds{1}, false);
  const auto released = fill(slow_start, kStart + seconds{1});
  EXPECT_EQ(released.size(), SlowStart::kInitialWindow);
  for (const std::uint64_t token : lost) slow_start.on_settled(token);
  EXPECT_FALSE(slow_start.has_room());
}

TEST(SlowStart, AFleetDoesNotMoveInStep) {
  std::set<TimePoint> ends;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SlowStart slow_start = restarted(seed);
    fill(slow_start);
    const TimePoint end = slow_start.round_ends();
    EXPECT_GE(end, kStart + SlowStart::kRound * 3 / 4);
    EXPECT_LE(end, kStart + SlowStart::kRound);
    ends.insert(end);
  }
  EXPECT_GT(ends.size(), 95U);
}

TEST(SlowStart, AFlowIsSoManyThatComeBackInARound) {
  const auto window_after = [](std::uint32_t came_back) {
    SlowStart slow_start = restarted();
    TimePoint now = kStart;
    while (slow_start.window() < SlowStart::kFlowing) {
      for (const std::uint64_t token : fill(slow_start, now)) slow_start.on_succeeded(token);
    }
    const auto under_way = fill(slow_start, now);
    now = slow_start.round_ends();
    slow_start.tick(now);
    for (std::uint32_t i = 0; i < came_back; ++i) slow_start.on_settled(under_way[i]);
    fill(slow_start, now);
    slow_start.tick(slow_start.round_ends());
    return slow_start.window();
  };
  EXPECT_EQ(window_after(SlowStart::kFlow), SlowStart::kFlowing);
  EXPECT_EQ(window_after(SlowStart::kFlow - 1), 2 * SlowStart::kFlowing);
}

}  // namespace
}  // namespace resilience
