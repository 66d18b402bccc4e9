#include "core/counters.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

constexpr TimePoint kNow{std::chrono::seconds{100}};

TEST(Counters, InFlightIsWhatWasStartedAndHasNotEnded) {
  EXPECT_EQ((Counters{.started = 5, .succeeded = 2, .failed = 1}).in_flight(), 2U);
  EXPECT_EQ((Counters{.started = 5, .succeeded = 4, .failed = 2}).in_flight(), 0U) << "one was told of twice";
}

TEST(Counters, TheOldestInFlightIsOneOnlyWhileAnyIs) {
  Counters counters{.started = 1, .oldest_in_flight = kNow};
  EXPECT_TRUE(counters.in_flight_since_before(kNow + Duration{1}));
  EXPECT_FALSE(counters.in_flight_since_before(kNow));
  counters.succeeded = 1;
  EXPECT_FALSE(counters.in_flight_since_before(kNow + Duration{1}));
}

}  // namespace
}  // namespace resilience
