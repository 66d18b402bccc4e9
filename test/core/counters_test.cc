#include "core/counters.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

constexpr TimePoint kNow{std::chrono::seconds{100}};

Counters counted(std::uint64_t started, std::uint64_t succeeded, std::uint64_t failed) {
  Counters counters;
  counters.started = started;
  counters.succeeded = succeeded;
  counters.failed = failed;
  return counters;
}

TEST(Counters, InFlightIsWhatWasStartedAndHasNotEnded) {
  EXPECT_EQ(counted(5, 2, 1).in_flight(), 2U);
  EXPECT_EQ(counted(5, 4, 2).in_flight(), 0U) << "one was told of twice";
}

TEST(Counters, TheOldestInFlightIsOneOnlyWhileAnyIs) {
  Counters counters = counted(1, 0, 0);
  counters.oldest_in_flight = kNow;
  EXPECT_TRUE(counters.in_flight_since_before(kNow + Duration{1}));
  EXPECT_FALSE(counters.in_flight_since_before(kNow));
  counters.succeeded = 1;
  EXPECT_FALSE(counters.in_flight_since_before(kNow + Duration{1}));
}

}  // namespace
}  // namespace resilience
