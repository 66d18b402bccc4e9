#include "core/hold_watch.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

using std::chrono::seconds;

constexpr Duration kLimit = seconds{30};

TimePoint at(Duration time) {
  return TimePoint{} + time;
}

Hold transaction(int since, std::optional<int> idle_since = std::nullopt) {
  return {HoldKind::kTransaction, at(seconds{since}), idle_since ? at(seconds{*idle_since}) : kEndOfTime};
}
Hold connection(int since, std::optional<int> idle_since) {
  return {HoldKind::kConnection, at(seconds{since}), idle_since ? at(seconds{*idle_since}) : kEndOfTime};
}

TEST(HoldWatch, ATransactionIsToldOfOnceItHasBeenOpenForTheLimitAtWorkOrNot) {
  for (const Hold& hold : {transaction(10), transaction(10, 10), transaction(10, 39)}) {
    HoldWatch watch{kLimit};
    EXPECT_EQ(watch.due(at(seconds{10}), hold), at(seconds{40}));
    EXPECT_FALSE(watch.on_look(at(seconds{39}), true, hold, "a.ts:1"));
    const auto warning = watch.on_look(at(seconds{41}), true, hold, "a.ts:1");
    ASSERT_TRUE(warning);
    EXPECT_EQ(warning->held, seconds{31});
    EXPECT_EQ(warning->left_out, 0U);
  }
}

TEST(HoldWatch, AConnectionThatWorksIsLeftAlone) {
  HoldWatch watch{kLimit};
  const Hold working = connection(0, std::nullopt);
  EXPECT_EQ(watch.due(at(seconds{100}), working), at(seconds{130}));
  EXPECT_FALSE(watch.on_look(at(seconds{1000}), true, working, "a.ts:1"));
  const Hold worked = connection(0, 990);
  EXPECT_EQ(watch.due(at(seconds{1000}), worked), at(seconds{1020}));
  EXPECT_FALSE(watch.on_look(at(seconds{1000}), true, worked, "a.ts:1"));
  const auto warning = watch.on_look(at(seconds{1020}), true, worked, "a.ts:1");
  ASSERT_TRUE(warning);
  EXPECT_EQ(warning->held, seconds{1020});
}

TEST(HoldWatch, TimeInAnOutageDoesNotCount) {
  HoldWatch watch{kLimit};
  const Hold hold = transaction(0);
  EXPECT_FALSE(watch.on_look(at(seconds{30}), false, hold, "a.ts:1"));
  EXPECT_EQ(watch.due(at(seconds{30}), hold), at(seconds{60}));
  EXPECT_FALSE(watch.on_look(at(seconds{59}), true, hold, "a.ts:1"));
  EXPECT_TRUE(watch.on_look(at(seconds{60}), true, hold, "a.ts:1"));
  watch.on_outage(at(seconds{70}));
  EXPECT_EQ(watch.due(at(seconds{70}), transaction(65)), at(seconds{100}));
}

TEST(HoldWatch, OneLineAMinuteForEachPlace) {
  HoldWatch watch{kLimit};
  const auto told = [&](int now, std::string_view place) {
    return watch.on_look(at(seconds{now}), true, transaction(0), place).value().left_out;
  };
  EXPECT_EQ(told(30, "a.ts:1"), 0U);
  EXPECT_EQ(told(31, "a.ts:1"), std::nullopt);
  EXPECT_EQ(told(31, "b.ts:1"), 0U);
  EXPECT_EQ(told(90, "a.ts:1"), 1U);
}

TEST(HoldWatch, NothingIsHeldTooLongWithoutALimit) {
  HoldWatch watch{Duration{}};
  EXPECT_EQ(watch.due(at(seconds{1}), transaction(0)), kEndOfTime);
  EXPECT_FALSE(watch.on_look(at(seconds{100'000}), true, transaction(0), "a.ts:1"));
}

}  // namespace
}  // namespace resilience
