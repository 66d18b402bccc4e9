#include "core/look_queue.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart{seconds{100}};

TEST(LookQueue, WithNobodyInItAnybodyMayLook) {
  const LookQueue queue;
  EXPECT_TRUE(queue.room(TimePoint{}));
  EXPECT_EQ(queue.next(), TimePoint{});
}

TEST(LookQueue, AnotherLookFollowsAfterAWhileAndThenNobodyForLong) {
  LookQueue queue;
  EXPECT_FALSE(queue.join(kStart));
  EXPECT_FALSE(queue.room(kStart + LookQueue::kFirstWait - milliseconds{1}));
  EXPECT_TRUE(queue.room(kStart + LookQueue::kFirstWait));
  EXPECT_TRUE(queue.room(kStart + LookQueue::kFirstWait * 2)) << "it was not let in: looks go on";

  const TimePoint second = kStart + LookQueue::kFirstWait * 2;
  EXPECT_FALSE(queue.join(second));
  EXPECT_FALSE(queue.room(second + LookQueue::kFirstWait));
  EXPECT_FALSE(queue.room(second + LookQueue::kLongestWait - milliseconds{1}));
  EXPECT_TRUE(queue.room(second + LookQueue::kLongestWait));
  EXPECT_TRUE(queue.join(second + LookQueue::kLongestWait)) << "never more than two";
}

// The one that stays may wait for a server that will never answer.
TEST(LookQueue, InThePlaceOfOneThatWasSentAwayAnotherMayLook) {
  LookQueue queue;
  EXPECT_FALSE(queue.join(kStart));
  EXPECT_FALSE(queue.join(kStart + seconds{2}));
  queue.leave();
  EXPECT_FALSE(queue.room(kStart + seconds{2} + LookQueue::kFirstWait - milliseconds{1}));
  EXPECT_TRUE(queue.room(kStart + seconds{2} + LookQueue::kFirstWait));
}

TEST(LookQueue, WhoeverWasSentAwayLeavesRoomOnceNobodyWaits) {
  LookQueue queue;
  EXPECT_FALSE(queue.join(kStart));
  EXPECT_FALSE(queue.join(kStart));
  queue.leave();
  EXPECT_FALSE(queue.room(kStart + seconds{1})) << "one waits on";
  queue.leave();
  EXPECT_TRUE(queue.room(kStart));
  queue.leave();
  EXPECT_TRUE(queue.room(kStart)) << "told of once too often";
  EXPECT_FALSE(queue.join(kStart));
  queue.clear();
  EXPECT_TRUE(queue.room(kStart));
}

}  // namespace
}  // namespace resilience
