#include "core/bulkhead.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "core/rng.h"

namespace resilience {
namespace {

TEST(Bulkhead, FillsItsPlacesThenItsQueueThenRefuses) {
  Bulkhead bulkhead({.max_concurrent = 2, .max_waiting = 1});
  EXPECT_EQ(bulkhead.enter(), BulkheadEntry::kEntered);
  EXPECT_EQ(bulkhead.enter(), BulkheadEntry::kEntered);
  EXPECT_EQ(bulkhead.enter(), BulkheadEntry::kWaiting);
  EXPECT_EQ(bulkhead.enter(), BulkheadEntry::kRefused);
  EXPECT_EQ(bulkhead.executing(), 2U);
  EXPECT_EQ(bulkhead.waiting(), 1U);
  EXPECT_EQ(bulkhead.refused(), 1U);
}

TEST(Bulkhead, APlaceGoesToWhoWaitsBeforeItIsFree) {
  Bulkhead bulkhead({.max_concurrent = 1, .max_waiting = 1});
  ASSERT_EQ(bulkhead.enter(), BulkheadEntry::kEntered);
  ASSERT_EQ(bulkhead.enter(), BulkheadEntry::kWaiting);
  EXPECT_TRUE(bulkhead.leave());
  EXPECT_EQ(bulkhead.executing(), 1U);
  EXPECT_EQ(bulkhead.waiting(), 0U);
  EXPECT_FALSE(bulkhead.leave());
  EXPECT_EQ(bulkhead.executing(), 0U);
}

TEST(Bulkhead, AWaiterThatGaveUpMakesRoomInTheQueue) {
  Bulkhead bulkhead({.max_concurrent = 1, .max_waiting = 1});
  ASSERT_EQ(bulkhead.enter(), BulkheadEntry::kEntered);
  ASSERT_EQ(bulkhead.enter(), BulkheadEntry::kWaiting);
  bulkhead.stop_waiting();
  EXPECT_EQ(bulkhead.enter(), BulkheadEntry::kWaiting);
}

TEST(Bulkhead, WithoutAQueueItRefusesAtOnce) {
  Bulkhead bulkhead({.max_concurrent = 1, .max_waiting = 0});
  ASSERT_EQ(bulkhead.enter(), BulkheadEntry::kEntered);
  EXPECT_EQ(bulkhead.enter(), BulkheadEntry::kRefused);
}

TEST(Bulkhead, LeavingMoreOftenThanEnteringFreesNothing) {
  Bulkhead bulkhead({.max_concurrent = 1, .max_waiting = 0});
  EXPECT_FALSE(bulkhead.leave());
  bulkhead.stop_waiting();
  EXPECT_EQ(bulkhead.waiting(), 0U);
  EXPECT_EQ(bulkhead.executing(), 0U);
  EXPECT_EQ(bulkhead.enter(), BulkheadEntry::kEntered);
  EXPECT_EQ(bulkhead.enter(), BulkheadEntry::kRefused);
}

TEST(Bulkhead, RandomTrafficKeepsItsInvariants) {
  constexpr std::uint32_t kPlaces = 7;
  constexpr std::uint32_t kQueue = 5;
  Bulkhead bulkhead({.max_concurrent = kPlaces, .max_waiting = kQueue});
  Rng rng(3);
  std::uint32_t executing = 0;
  std::uint32_t waiting = 0;
  for (int i = 0; i < 200000; ++i) {
    switch (rng.next() % 5) {
      case 0:
      case 1:
        switch (bulkhead.enter()) {
          case BulkheadEntry::kEntered: ++executing; break;
          case BulkheadEntry::kWaiting: ++waiting; break;
          case BulkheadEntry::kRefused:
            ASSERT_EQ(executing, kPlaces);
            ASSERT_EQ(waiting, kQueue);
            break;
        }
        break;
      case 2:
      case 3:
        if (executing == 0) break;
        if (bulkhead.leave()) {
          ASSERT_GT(waiting, 0U);
          --waiting;
        } else {
          --executing;
        }
        break;
      default:
        if (waiting == 0) break;
        bulkhead.stop_waiting();
        --waiting;
    }
    ASSERT_EQ(bulkhead.executing(), executing);
    ASSERT_EQ(bulkhead.waiting(), waiting);
    ASSERT_LE(executing, kPlaces);
    ASSERT_TRUE(waiting == 0 || executing == kPlaces);
  }
}

}  // namespace
}  // namespace resilience
