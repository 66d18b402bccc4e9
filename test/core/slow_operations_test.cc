#include "core/slow_operations.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TimePoint at(Duration time) {
  return TimePoint{} + time;
}

OperationTimes times(int total, int database, int pool, int wire) {
  return {milliseconds{total}, milliseconds{database}, milliseconds{pool}, milliseconds{wire}, true};
}

TEST(SlowOperations, TellsWhatReachesTheThreshold) {
  SlowOperations slow{milliseconds{500}};
  EXPECT_FALSE(slow.on_ended(at(seconds{1}), "User.findMany", times(499, 0, 0, 499)));
  EXPECT_TRUE(slow.on_ended(at(seconds{1}), "User.findMany", times(500, 0, 0, 499)));
}

TEST(SlowOperations, NothingIsSlowWithoutAThreshold) {
  SlowOperations slow{Duration{}};
  EXPECT_FALSE(slow.on_ended(at(seconds{1}), "User.findMany", times(3'600'000, 0, 0, 0)));
}

TEST(SlowOperations, NamesTheGreatestPartAndWhatTheProcessItselfTook) {
  struct Row {
    OperationTimes times;
    SlowPart mostly;
    int process;
  };
  const Row rows[] = {
      {times(1000, 900, 50, 40), SlowPart::kDatabase, 10},
      {times(1000, 0, 700, 200), SlowPart::kPool, 100},
      {times(1000, 0, 100, 800), SlowPart::kWire, 100},
      {times(1000, 100, 100, 100), SlowPart::kProcess, 700},
      {times(1000, 0, 0, 1000), SlowPart::kWire, 0},
      {times(1000, 0, 0, 1001), SlowPart::kWire, 0},  // two clocks' readings
  };
  for (const Row& row : rows) {
    SlowOperations slow{milliseconds{100}};
    const auto told = slow.on_ended(at(seconds{1}), "User.findMany", row.times);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->mostly, row.mostly);
    EXPECT_EQ(told->process, milliseconds{row.process});
  }
}

TEST(SlowOperations, DoesNotBlameTheProcessForWhatNobodyHasSeen) {
  SlowOperations slow{milliseconds{100}};
  OperationTimes unseen = times(1000, 0, 0, 0);
  unseen.seen_beneath = false;
  EXPECT_EQ(slow.on_ended(at(seconds{1}), "a", unseen)->mostly, SlowPart::kUnseen);
  unseen.database = milliseconds{600};
  EXPECT_EQ(slow.on_ended(at(seconds{1}), "a", unseen)->mostly, SlowPart::kDatabase);
}

TEST(SlowOperations, IsAlwaysAnEventButOneLineAMinuteForEachName) {
  SlowOperations slow{milliseconds{100}};
  const auto ended = [&](int second, std::string_view name) {
    return slow.on_ended(at(seconds{second}), name, times(200, 0, 0, 200)).value().left_out;
  };
  EXPECT_EQ(ended(1, "User.findMany"), 0U);
  EXPECT_EQ(ended(2, "User.findMany"), std::nullopt);
  EXPECT_EQ(ended(2, "Post.count"), 0U);
  EXPECT_EQ(ended(61, "User.findMany"), 1U);
}

}  // namespace
}  // namespace resilience
