#include "core/line_pace.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TimePoint at(Duration time) {
  return TimePoint{} + time;
}

TEST(LinePace, OneLineAMinuteAboutOneThingAndTheCountOfTheRest) {
  LinePace pace;
  EXPECT_EQ(pace.on_happened(at(seconds{1}), "a"), 0U);
  for (int i = 2; i < 61; ++i) EXPECT_FALSE(pace.on_happened(at(seconds{i}), "a"));
  EXPECT_EQ(pace.on_happened(at(seconds{61}), "a"), 59U);
  EXPECT_FALSE(pace.on_happened(at(seconds{61}), "a"));
  EXPECT_EQ(pace.on_happened(at(minutes{9}), "a"), 1U);
}

TEST(LinePace, ThingsDoNotWaitForEachOther) {
  LinePace pace;
  EXPECT_TRUE(pace.on_happened(at(seconds{1}), "a"));
  EXPECT_TRUE(pace.on_happened(at(seconds{1}), "b"));
  EXPECT_FALSE(pace.on_happened(at(seconds{2}), "a"));
}

TEST(LinePace, ForgetsTheOneThatWasSilentLongest) {
  LinePace pace;
  for (std::size_t i = 0; i < LinePace::kMostThings; ++i) {
    EXPECT_TRUE(pace.on_happened(at(milliseconds{i}), std::to_string(i)));
  }
  EXPECT_TRUE(pace.on_happened(at(seconds{1}), "one more"));
  EXPECT_FALSE(pace.on_happened(at(seconds{1}), "1"));
  EXPECT_TRUE(pace.on_happened(at(seconds{1}), "0"));
}

}  // namespace
}  // namespace resilience
