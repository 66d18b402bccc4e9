#include "core/outage_report.h"

#include <gtest/gtest.h>

#include <vector>

namespace resilience {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TimePoint at(Duration time) {
  return TimePoint{} + time;
}

TEST(OutageReport, NothingToTellWithoutAnOutage) {
  OutageReport report;
  EXPECT_EQ(report.due(), kEndOfTime);
  EXPECT_FALSE(report.on_tick(at(hours{1}), {}));
  EXPECT_FALSE(report.on_end(at(hours{1}), {}));
}

TEST(OutageReport, TellsOnceAMinuteHoweverOftenItIsAsked) {
  OutageReport report;
  report.on_begin(at(seconds{7}), {});
  std::vector<Duration> told;
  for (Duration time = seconds{7}; time <= minutes{10}; time += seconds{1}) {
    if (const auto line = report.on_tick(at(time), {})) told.push_back(line->elapsed);
  }
  EXPECT_EQ(told.size(), 9U);
  EXPECT_EQ(told.front(), minutes{1});
  EXPECT_EQ(told.back(), minutes{9});
}

TEST(OutageReport, ALateTickTellsOnceAndKeepsToTheMinutes) {
  OutageReport report;
  report.on_begin(at(seconds{0}), {});
  const auto late = report.on_tick(at(seconds{200}), {});
  ASSERT_TRUE(late);
  EXPECT_EQ(late->elapsed, seconds{200});
  EXPECT_EQ(report.due(), at(minutes{4}));
  EXPECT_FALSE(report.on_tick(at(seconds{239}), {}));
  EXPECT_TRUE(report.on_tick(at(minutes{4}), {}));
}

TEST(OutageReport, CountsWhatCameSinceItBegan) {
  OutageReport report;
  report.on_begin(at(seconds{1}), {10, 20, 30});
  report.on_begin(at(seconds{5}), {99, 99, 99});  // it lasts already
  const auto minute = report.on_tick(at(seconds{61}), {12, 23, 34});
  ASSERT_TRUE(minute);
  EXPECT_EQ(minute->during.failed, 2U);
  EXPECT_EQ(minute->during.retried, 3U);
  EXPECT_EQ(minute->during.given_up, 4U);
  const auto end = report.on_end(at(seconds{71}), {13, 24, 35});
  ASSERT_TRUE(end);
  EXPECT_EQ(end->elapsed, seconds{70});
  EXPECT_EQ(end->during.failed, 3U);
  EXPECT_EQ(report.due(), kEndOfTime);
  report.on_begin(at(seconds{80}), {13, 24, 35});
  EXPECT_EQ(report.due(), at(seconds{140}));
}

}  // namespace
}  // namespace resilience
