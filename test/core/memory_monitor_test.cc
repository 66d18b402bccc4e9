#include "core/memory_monitor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace resilience {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimePoint kStart{};
constexpr std::uint64_t kMiB = 1024 * 1024;

MemorySample heap(std::uint64_t used_mib, std::uint64_t limit_mib = 1000) {
  return {used_mib * kMiB, limit_mib * kMiB, used_mib * kMiB, 0, 0};
}

struct Story {
  explicit Story(const MemoryConfig& config = {}) : monitor(config, kStart) {}

  MemoryAdvice at(Duration time, const MemorySample& sample) { return monitor.on_sample(kStart + time, sample); }

  MemoryMonitor monitor;
};

TEST(MemoryMonitor, PressureIsThatOfTheMeasureNearestToItsLimit) {
  struct Row {
    MemorySample sample;
    MemoryMeasure measure;
    double share;
  };
  const Row rows[] = {
      {{50, 100, 0, 0, 0}, MemoryMeasure::kHeap, 0.5},
      {{50, 100, 80, 70, 100}, MemoryMeasure::kContainer, 0.8},  // own resident memory counts at the least
      {{50, 100, 40, 90, 100}, MemoryMeasure::kContainer, 0.9},  // the neighbours' counts too
      {{50, 100, 80, 90, 0}, MemoryMeasure::kHeap, 0.5},         // no limit, no pressure
      {{0, 0, 0, 0, 0}, MemoryMeasure::kHeap, 0},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(pressure_of(row.sample).measure, row.measure);
    EXPECT_DOUBLE_EQ(pressure_of(row.sample).share, row.share);
  }
}

TEST(MemoryMonitor, SaysHighOncePerCrossing) {
  Story story;
  struct Row {
    std::uint64_t used_mib;
    bool says_high;
    bool is_high;
  };
  const Row rows[] = {
      {100, false, false}, {849, false, false}, {850, true, true},   {990, false, true},  {840, false, true},
      {850, false, true},  {766, false, true},  {764, false, false}, {849, false, false}, {900, true, true},
  };
  Duration time{};
  for (const Row& row : rows) {
    time += seconds{5};
    const MemoryAdvice advice = story.at(time, heap(row.used_mib));
    EXPECT_EQ(advice.high.has_value(), row.says_high) << row.used_mib;
    EXPECT_EQ(story.monitor.is_high(), row.is_high) << row.used_mib;
  }
}

TEST(MemoryMonitor, HighEndsBelowNineTenthsOfTheThreshold) {
  MemoryConfig config;
  config.gc_threshold = 0.5;
  Story story(config);
  story.at(seconds{5}, heap(500));
  story.at(seconds{10}, heap(450));
  EXPECT_TRUE(story.monitor.is_high());
  story.at(seconds{15}, heap(449));
  EXPECT_FALSE(story.monitor.is_high());
}

TEST(MemoryMonitor, SaysHowHigh) {
  Story story;
  const MemoryAdvice advice = story.at(seconds{5}, heap(900));
  ASSERT_TRUE(advice.high.has_value());
  EXPECT_EQ(advice.high->used, 900 * kMiB);
  EXPECT_EQ(advice.high->limit, 1000 * kMiB);
  EXPECT_DOUBLE_EQ(advice.high->share, 0.9);
}

TEST(MemoryMonitor, CollectsAtMostOnceAMinuteWhileSomethingComesBack) {
  Story story;
  std::vector<int> collected_at;
  for (int second = 0; second <= 300; second += 5) {
    if (!story.at(seconds{second}, heap(900)).collect) continue;
    collected_at.push_back(second);
    EXPECT_TRUE(story.monitor.on_collected(kStart + seconds{second}, heap(850)).worthwhile);
  }
  EXPECT_EQ(collected_at, (std::vector<int>{0, 60, 120, 180, 240, 300}));
}

TEST(MemoryMonitor, DoesNotCollectAgainWhileLessThanAFewPercentCameBack) {
  Story story;
  ASSERT_TRUE(story.at(seconds{0}, heap(900)).collect);
  const CollectionResult result = story.monitor.on_collected(kStart, heap(860));
  EXPECT_FALSE(result.worthwhile);
  EXPECT_NEAR(result.share_back, 0.0444, 0.001);
  for (int minute = 1; minute <= 60; ++minute) EXPECT_FALSE(story.at(minutes{minute}, heap(900)).collect) << minute;
  // It fell by itself and rose again: that is a new reason to try.
  EXPECT_FALSE(story.at(minutes{61}, heap(500)).collect);
  EXPECT_TRUE(story.at(minutes{62}, heap(900)).collect);
}

TEST(MemoryMonitor, ANewCrossingWithinTheMinuteStillWaits) {
  Story story;
  ASSERT_TRUE(story.at(seconds{0}, heap(900)).collect);
  story.monitor.on_collected(kStart, heap(500));
  EXPECT_FALSE(story.at(seconds{5}, heap(500)).collect);
  EXPECT_FALSE(story.at(seconds{10}, heap(900)).collect);
  EXPECT_TRUE(story.at(seconds{60}, heap(900)).collect);
}

TEST(MemoryMonitor, WithoutAutoGcItOnlySpeaks) {
  MemoryConfig config;
  config.auto_gc = false;
  Story story(config);
  const MemoryAdvice advice = story.at(seconds{5}, heap(950));
  EXPECT_TRUE(advice.high.has_value());
  EXPECT_FALSE(advice.collect);
}

TEST(MemoryMonitor, UsageThatGrewDuringACollectionIsNothingBack) {
  Story story;
  ASSERT_TRUE(story.at(seconds{0}, heap(900)).collect);
  const CollectionResult result = story.monitor.on_collected(kStart, heap(950));
  EXPECT_EQ(result.share_back, 0);
  EXPECT_FALSE(result.worthwhile);
}

TEST(MemoryMonitor, ACollectionThatNobodyAdvisedBringsNothing) {
  Story story;
  EXPECT_FALSE(story.monitor.on_collected(kStart, MemorySample{}).worthwhile);
}

TEST(MemoryMonitor, ASampleBetweenCollectionAndReportHidesNothingOfItsSuccess) {
  Story story;
  ASSERT_TRUE(story.at(seconds{0}, heap(900)).collect);
  EXPECT_FALSE(story.at(milliseconds{50}, heap(300)).collect);
  const CollectionResult result = story.monitor.on_collected(kStart + milliseconds{250}, heap(300));
  EXPECT_EQ(result.before.heap_used, 900 * kMiB);
  EXPECT_NEAR(result.share_back, 0.667, 0.001);
  EXPECT_TRUE(result.worthwhile);
}

std::vector<int> replacements(bool reset_on_growth, double mib_per_hour, int total_hours) {
  MemoryConfig config;
  config.reset_on_growth = reset_on_growth;
  Story story(config);
  std::vector<int> minutes_of_replacement;
  for (int second = 0; second <= total_hours * 3600; second += 5) {
    MemorySample sample = heap(100);
    sample.rss = static_cast<std::uint64_t>((200 + mib_per_hour * second / 3600) * static_cast<double>(kMiB));
    if (story.at(seconds{second}, sample).replace) minutes_of_replacement.push_back(second / 60);
  }
  return minutes_of_replacement;
}

TEST(MemoryMonitor, ReplacesTheClientWhereResidentMemoryKeepsGrowing) {
  // Each replacement begins a new window of an hour.
  const std::vector<int> fast = replacements(true, 300, 5);
  ASSERT_GE(fast.size(), 3U);
  EXPECT_NEAR(fast[0], 60, 2);
  EXPECT_GE(fast[1] - fast[0], 59);
}

TEST(MemoryMonitor, SmallOrNoGrowthReplacesNothing) {
  EXPECT_TRUE(replacements(true, 0, 5).empty());
  EXPECT_TRUE(replacements(true, 40, 5).empty());
  EXPECT_TRUE(replacements(true, 55, 5).empty()) << "more than a quarter, and no more than a cache that warms up";
  EXPECT_TRUE(replacements(false, 300, 5).empty());
}

TEST(MemoryMonitor, GrowthIsMeasuredWhetherOrNotItMayAct) {
  Story story;
  for (int minute = 0; minute <= 80; ++minute) {
    MemorySample sample = heap(100);
    sample.rss = (200 + static_cast<std::uint64_t>(minute)) * kMiB;
    EXPECT_FALSE(story.at(minutes{minute}, sample).replace.has_value());
  }
  ASSERT_TRUE(story.monitor.growth().has_value());
  EXPECT_NEAR(story.monitor.growth()->bytes_per_second, static_cast<double>(kMiB) / 60, 100);
}

TEST(MemoryMonitor, ACollectionIsWorthwhileFromATwentiethOn) {
  const auto worthwhile = [](std::uint64_t used_mib_after) {
    Story story;
    EXPECT_TRUE(story.at(seconds{0}, heap(900)).collect);
    return story.monitor.on_collected(kStart, heap(used_mib_after)).worthwhile;
  };
  EXPECT_TRUE(worthwhile(855));
  EXPECT_FALSE(worthwhile(856));
}

// On an exact line, with samples at times that doubles can hold exactly.
bool replaced_for(std::uint64_t first, std::uint64_t gain, const std::vector<int>& flat = {}) {
  MemoryConfig config;
  config.reset_on_growth = true;
  config.interval = seconds{4};
  Story story(config);
  constexpr int kSteps = 64;
  bool replaced = false;
  for (int step = 0; step <= kSteps + 1 && !replaced; ++step) {
    if (step > 0 && step < 6) continue;  // fifty-nine distances, as long as sixty-four
    MemorySample sample = heap(100);
    std::uint64_t risen = static_cast<std::uint64_t>(step);
    if (std::find(flat.begin(), flat.end(), step) != flat.end()) risen = 0;
    sample.rss = first + gain / kSteps * risen;
    replaced = story.at(seconds{64} * step, sample).replace.has_value();
  }
  return replaced;
}

TEST(MemoryMonitor, GrowthCountsFromAQuarterAndSixtyFourMebibytesOn) {
  EXPECT_TRUE(replaced_for(256 * kMiB, 64 * kMiB));
  EXPECT_FALSE(replaced_for(256 * kMiB, 64 * kMiB - 64));
  EXPECT_FALSE(replaced_for(16 * kMiB, 64 * kMiB - 64)) << "too little";
  EXPECT_FALSE(replaced_for(512 * kMiB, 64 * kMiB)) << "less than a quarter";
}

TEST(MemoryMonitor, GrowthIsSteadyWhereFourOfFivePairsRise) {
  std::vector<int> flat{0, 34};
  for (int step = 6; step <= 30; ++step) flat.push_back(step);
  EXPECT_TRUE(replaced_for(256 * kMiB, 1024 * kMiB, flat));  // 1416 pairs of 1770
  flat.push_back(35);
  EXPECT_FALSE(replaced_for(256 * kMiB, 1024 * kMiB, flat));
}

}  // namespace
}  // namespace resilience
