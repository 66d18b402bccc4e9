#include "core/accept_queue.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart{seconds{5}};

TEST(AcceptQueue, TheFirstKeepsItsPlaceAndThoseBehindItGo) {
  AcceptQueue queue;
  EXPECT_TRUE(queue.join(kStart));
  EXPECT_FALSE(queue.join(kStart + milliseconds{500}));
  EXPECT_FALSE(queue.join(kStart + AcceptQueue::kFirstPatience - milliseconds{1}));
}

// It may have been lost on the way. A server that is slower than the patience reaches the next one in the end.
TEST(AcceptQueue, ALaterOneTakesThePlaceOverAfterTwiceTheTimeEachTime) {
  AcceptQueue queue;
  TimePoint now = kStart;
  ASSERT_TRUE(queue.join(now));
  for (Duration patience = AcceptQueue::kFirstPatience; patience < seconds{200};
       patience = std::min(patience * 2, AcceptQueue::kMostPatience)) {
    EXPECT_FALSE(queue.join(now + patience - milliseconds{1}));
    now += patience;
    ASSERT_TRUE(queue.join(now));
    if (now > kStart + seconds{600}) break;
  }
}

TEST(AcceptQueue, WhereItWasAnsweredTheNextOneBeginsAnew) {
  AcceptQueue queue;
  ASSERT_TRUE(queue.join(kStart));
  ASSERT_TRUE(queue.join(kStart + AcceptQueue::kFirstPatience));
  const TimePoint later = kStart + seconds{60};
  queue.leave();
  ASSERT_TRUE(queue.join(later));
  EXPECT_FALSE(queue.join(later + AcceptQueue::kFirstPatience - milliseconds{1}));
  EXPECT_TRUE(queue.join(later + AcceptQueue::kFirstPatience));
}

}  // namespace
}  // namespace resilience
