#include "io/loop_monitor.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPeriod{100};
constexpr milliseconds kTolerance{50};

TimePoint at(int ms) {
  return TimePoint{milliseconds{ms}};
}

TEST(LoopMonitor, ALoopThatWasNeverWatchedIsNotStalled) {
  const LoopMonitor monitor(kPeriod, kTolerance);
  EXPECT_EQ(monitor.stalled_for(at(100000)), Duration::zero());
  EXPECT_EQ(monitor.stalled_within(at(0), at(100000)), Duration::zero());
}

TEST(LoopMonitor, ABeatWithinTheToleranceIsInTime) {
  LoopMonitor monitor(kPeriod, kTolerance);
  monitor.beat(at(1000));
  EXPECT_EQ(monitor.stalled_for(at(1150)), Duration::zero());
  monitor.beat(at(1150));
  EXPECT_EQ(monitor.stalled_within(at(0), at(1150)), Duration::zero());
}

TEST(LoopMonitor, AStallIsSeenWhileItLasts) {
  LoopMonitor monitor(kPeriod, kTolerance);
  monitor.beat(at(1000));
  EXPECT_EQ(monitor.stalled_for(at(3100)), milliseconds{2000});
  EXPECT_EQ(monitor.stalled_within(at(2100), at(3100)), milliseconds{1000});
}

TEST(LoopMonitor, AStallIsRememberedWhenItIsOver) {
  LoopMonitor monitor(kPeriod, kTolerance);
  monitor.beat(at(1000));
  monitor.beat(at(3100));  // stalled from 1100 to 3100
  EXPECT_EQ(monitor.stalled_for(at(3100)), Duration::zero());
  EXPECT_EQ(monitor.stalled_within(at(0), at(3100)), milliseconds{2000});
  EXPECT_EQ(monitor.stalled_within(at(2000), at(3100)), milliseconds{1100});
  EXPECT_EQ(monitor.stalled_within(at(3100), at(3200)), Duration::zero());
  EXPECT_EQ(monitor.stalled_within(at(1500), at(2000)), milliseconds{500});
}

TEST(LoopMonitor, RestIsNoStall) {
  LoopMonitor monitor(kPeriod, kTolerance);
  monitor.beat(at(1000));
  monitor.rest();
  EXPECT_EQ(monitor.stalled_for(at(9000)), Duration::zero());
  monitor.beat(at(9000));
  EXPECT_EQ(monitor.stalled_within(at(0), at(9000)), Duration::zero());
}

TEST(LoopMonitor, OnlyTheLatestStallsAreRemembered) {
  LoopMonitor monitor(kPeriod, kTolerance);
  int now = 0;
  monitor.beat(at(now));
  for (int i = 0; i < 100; ++i) monitor.beat(at(now += 1100));
  EXPECT_EQ(monitor.stalled_within(at(0), at(now)), milliseconds{16 * 1000});
  EXPECT_EQ(monitor.stalled_within(at(now - 2200), at(now)), milliseconds{2000});
}

TEST(LoopMonitor, TimeThatGoesBackDoesNoHarm) {
  LoopMonitor monitor(kPeriod, kTolerance);
  monitor.beat(at(5000));
  monitor.beat(at(1000));
  EXPECT_EQ(monitor.stalled_for(at(5100)), Duration::zero());
  EXPECT_EQ(monitor.stalled_for(at(900)), Duration::zero());
}

}  // namespace
}  // namespace resilience
