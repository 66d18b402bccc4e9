#include "core/probe_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "core/probe_verdict.h"

namespace resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart{milliseconds{5000}};
constexpr ProbeTiming kTiming{milliseconds{5000}, milliseconds{50}, milliseconds{1000}};

ProbeSchedule begun(std::uint64_t seed = 1) {
  ProbeSchedule schedule(kTiming, seed);
  schedule.begin(kStart);
  return schedule;
}

// Attempts that all end at once in `sign`, until `end`; their times.
std::vector<TimePoint> attempts_until(ProbeSchedule& schedule, TimePoint end, Sign sign) {
  std::vector<TimePoint> times;
  for (std::optional<TimePoint> next = schedule.next_attempt(0); next && *next < end; next = schedule.next_attempt(0)) {
    times.push_back(*next);
    schedule.on_attempt(*next);
    schedule.on_sign(*next, sign);
  }
  return times;
}

TEST(ProbeSchedule, NothingIsDueBeforeBeginNorAfterEnd) {
  ProbeSchedule schedule(kTiming, 1);
  EXPECT_EQ(schedule.next_attempt(0), std::nullopt);
  EXPECT_EQ(schedule.next_knock(), std::nullopt);
  schedule.begin(kStart);
  EXPECT_EQ(schedule.next_attempt(0), kStart);
  schedule.on_attempt(kStart);
  schedule.on_sign(kStart, Sign::kRefused);
  EXPECT_NE(schedule.next_knock(), std::nullopt);
  schedule.end();
  EXPECT_EQ(schedule.next_attempt(0), std::nullopt);
  EXPECT_EQ(schedule.next_knock(), std::nullopt);
}

TEST(ProbeSchedule, WhileDownAttemptsAreFastForTwoSecondsAndThenDoubleToOneSecond) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    ProbeSchedule schedule = begun(seed);
    const std::vector<TimePoint> times = attempts_until(schedule, kStart + seconds{30}, Sign::kTurnedAway);
    Duration bound = kTiming.down_interval;
    for (std::size_t i = 1; i < times.size(); ++i) {
      if (times[i - 1] >= kStart + ProbeSchedule::kFastPhase) bound = std::min<Duration>(bound * 2, milliseconds{1000});
      const Duration gap = times[i] - times[i - 1];
      EXPECT_LE(gap, bound) << i;
      EXPECT_GE(gap, bound * 3 / 4) << i;
    }
    EXPECT_EQ(bound, milliseconds{1000});
  }
}

TEST(ProbeSchedule, JitterDiffersBySeedAndRepeatsWithIt) {
  ProbeSchedule one = begun(1);
  ProbeSchedule same = begun(1);
  ProbeSchedule other = begun(2);
  const auto times = attempts_until(one, kStart + seconds{3}, Sign::kSilent);
  EXPECT_EQ(times, attempts_until(same, kStart + seconds{3}, Sign::kSilent));
  EXPECT_NE(times, attempts_until(other, kStart + seconds{3}, Sign::kSilent));
}

TEST(ProbeSchedule, WhileUpAttemptsKeepTheIntervalAndALossBeginsTheFastPhase) {
  ProbeSchedule schedule = begun();
  const std::vector<TimePoint> times = attempts_until(schedule, kStart + seconds{30}, Sign::kUp);
  ASSERT_GE(times.size(), 6U);
  for (std::size_t i = 1; i < times.size(); ++i) {
    EXPECT_GE(times[i] - times[i - 1], kTiming.interval * 3 / 4);
    EXPECT_LE(times[i] - times[i - 1], kTiming.interval);
  }
  const TimePoint lost = *schedule.next_attempt(0);
  schedule.on_attempt(lost);
  schedule.on_sign(lost, Sign::kSilent);
  const auto after = attempts_until(schedule, lost + seconds{1}, Sign::kSilent);
  EXPECT_GE(after.size(), 19U);
  EXPECT_LE(after.size(), 27U);
}

TEST(ProbeSchedule, AHangingAttemptIsNotWaitedForAndAFewRunSideBySide) {
  // In the slow phase too.
  for (const TimePoint begin : {kStart, kStart + seconds{6}}) {
    ProbeSchedule schedule = begun();
    attempts_until(schedule, begin, Sign::kSilent);
    TimePoint now = std::max(*schedule.next_attempt(0), begin);
    schedule.on_attempt(now);
    for (unsigned under_way = 1; under_way < ProbeSchedule::kMostUnderWay; ++under_way) {
      const std::optional<TimePoint> next = schedule.next_attempt(under_way);
      ASSERT_TRUE(next.has_value());
      EXPECT_GE(*next - now, kTiming.timeout / ProbeSchedule::kMostUnderWay);
      EXPECT_LE(*next - now, kTiming.timeout / ProbeSchedule::kMostUnderWay * 4 / 3 + milliseconds{1});
      now = *next;
      schedule.on_attempt(now);
    }
    EXPECT_EQ(schedule.next_attempt(ProbeSchedule::kMostUnderWay), std::nullopt);
  }
}

// Whenever a network comes back, an attempt begins soon after.
TEST(ProbeSchedule, AttemptsThatAllHangFollowEachOtherWithoutAGap) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    ProbeSchedule schedule(kTiming, seed);
    schedule.begin(kStart);
    std::deque<TimePoint> under_way;
    TimePoint last = kStart;
    for (TimePoint now = kStart; now < kStart + ProbeSchedule::kEagerPhase; now += milliseconds{1}) {
      if (!under_way.empty() && under_way.front() + kTiming.timeout <= now) {
        under_way.pop_front();
        schedule.on_sign(now, Sign::kSilent);
      }
      const auto next = schedule.next_attempt(static_cast<unsigned>(under_way.size()));
      if (!next || *next > now) continue;
      EXPECT_LE(now - last, kTiming.timeout / 6 + milliseconds{2});
      last = now;
      schedule.on_attempt(now);
      under_way.push_back(now);
    }
    EXPECT_GE(last, kStart + ProbeSchedule::kEagerPhase - milliseconds{200});
  }
}

TEST(ProbeSchedule, AfterTheEagerPhaseAHangingAttemptIsWaitedForToItsEnd) {
  ProbeSchedule schedule = begun();
  const TimePoint late = kStart + ProbeSchedule::kEagerPhase;
  schedule.on_attempt(late);
  EXPECT_EQ(schedule.next_attempt(1), late + kTiming.timeout);
}

TEST(ProbeSchedule, KnocksGoOnlyWhereTheLastAttemptWasRefused) {
  for (const Sign sign : {Sign::kNone, Sign::kSilent, Sign::kTurnedAway, Sign::kUp}) {
    ProbeSchedule schedule = begun();
    schedule.on_attempt(kStart);
    schedule.on_sign(kStart, sign);
    EXPECT_EQ(schedule.next_knock(), std::nullopt) << static_cast<int>(sign);
  }
}

TEST(ProbeSchedule, KnocksKeepTheFastRateInTheSlowPhaseAndThinOutInALongOutage) {
  ProbeSchedule schedule = begun();
  attempts_until(schedule, kStart + seconds{5}, Sign::kRefused);
  const auto knocks_between = [&schedule](TimePoint from, TimePoint to) {
    int knocks = 0;
    schedule.on_knock(from);
    for (TimePoint at = *schedule.next_knock(); at < to; at = *schedule.next_knock()) {
      schedule.on_knock(at);
      ++knocks;
    }
    return knocks;
  };
  const int eager = knocks_between(kStart + seconds{6}, kStart + seconds{7});
  EXPECT_GE(eager, 19);
  EXPECT_LE(eager, 27);
  const int later = knocks_between(kStart + seconds{20}, kStart + seconds{21});
  EXPECT_GE(later, 3);
  EXPECT_LE(later, 5);
}

TEST(ProbeSchedule, AnAcceptedKnockMakesAnAttemptDueAtOnce) {
  ProbeSchedule schedule = begun();
  attempts_until(schedule, kStart + seconds{8}, Sign::kRefused);
  const TimePoint now = kStart + seconds{8};
  schedule.on_knock_accepted(now);
  EXPECT_EQ(schedule.next_attempt(0), now);
  EXPECT_EQ(schedule.next_knock(), std::nullopt);
  schedule.on_attempt(now);
  schedule.on_sign(now, Sign::kTurnedAway);
  EXPECT_LE(*schedule.next_attempt(0), now + kTiming.down_interval);
}

// A fleet knocks all at once: eight attempts of each would keep the server from answering any.
TEST(ProbeSchedule, AServerThatHasJustBegunToListenIsAskedOnceAtATime) {
  ProbeSchedule schedule = begun();
  attempts_until(schedule, kStart + seconds{1}, Sign::kRefused);
  TimePoint now = kStart + seconds{1};
  schedule.on_knock_accepted(now);
  schedule.on_attempt(now);
  EXPECT_EQ(schedule.next_attempt(1), std::nullopt);
  // An attempt that it left without an answer is followed by one other.
  now += kTiming.timeout;
  schedule.on_sign(now, Sign::kSilent);
  ASSERT_LE(*schedule.next_attempt(0), now);
  schedule.on_attempt(now);
  EXPECT_EQ(schedule.next_attempt(1), std::nullopt);
  // Gone again: what hangs is not waited for.
  schedule.on_sign(now, Sign::kRefused);
  EXPECT_NE(schedule.next_attempt(1), std::nullopt);
}

// Times of attempts of which each is taken in and hangs until it has timed out, from the first at `begin` on.
std::vector<TimePoint> hanging_attempts(ProbeSchedule& schedule, TimePoint begin, TimePoint end) {
  std::vector<TimePoint> times;
  std::deque<TimePoint> under_way;
  for (TimePoint now = begin; now < end; now += milliseconds{1}) {
    if (!under_way.empty() && under_way.front() + kTiming.timeout <= now) {
      under_way.pop_front();
      schedule.on_sign(now, Sign::kSilent);
    }
    const auto next = schedule.next_attempt(static_cast<unsigned>(under_way.size()));
    if (!next || *next > now) continue;
    schedule.on_attempt(now, !times.empty());
    times.push_back(now);
    under_way.push_back(now);
  }
  return times;
}

// Each costs a frozen or overrun server a process, when its turn comes; but the first may have been lost.
TEST(ProbeSchedule, BesideOneThatWaitsAtTheServerOthersAreFew) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    ProbeSchedule schedule = begun(seed);
    const std::vector<TimePoint> times = hanging_attempts(schedule, kStart, kStart + seconds{30});
    const auto before = [&times](Duration time) {
      return std::count_if(times.begin(), times.end(), [time](TimePoint at) { return at < kStart + time; });
    };
    EXPECT_LE(before(seconds{1}), 5);
    EXPECT_LE(before(ProbeSchedule::kEagerPhase), 30);
    EXPECT_LE(before(seconds{30}), 30 + 30);
    for (std::size_t i = 1; i < times.size(); ++i) {
      const bool eager = times[i] < kStart + ProbeSchedule::kEagerPhase;
      EXPECT_LE(times[i] - times[i - 1], (eager ? milliseconds{500} : milliseconds{1000}) + milliseconds{2}) << i;
    }
  }
}

// It has told that it lives: to wait is enough.
TEST(ProbeSchedule, WhereTheServerLivesAndIsSilentAttemptsBecomeRare) {
  for (const bool listening : {true, false}) {
    ProbeSchedule schedule = begun();
    attempts_until(schedule, kStart + seconds{1}, listening ? Sign::kRefused : Sign::kTurnedAway);
    const TimePoint alive = kStart + seconds{1};
    if (listening) schedule.on_knock_accepted(alive);
    const std::vector<TimePoint> times = hanging_attempts(schedule, alive, alive + seconds{20});
    EXPECT_GE(times.size(), 6U);
    EXPECT_LE(times.size(), 10U);
    for (std::size_t i = 1; i < times.size(); ++i) {
      EXPECT_GE(times[i] - times[i - 1], kTiming.timeout) << "one at a time";
      EXPECT_LE(times[i] - times[i - 1], ProbeSchedule::kSlowestBesideAlive + milliseconds{2});
    }
  }
}

// Who has had to wait of late knows what one more costs.
TEST(ProbeSchedule, AfterALongWaitOthersBesideTheNextWaitTwiceAsLong) {
  ProbeSchedule schedule = begun();
  attempts_until(schedule, kStart + seconds{1}, Sign::kSilent);
  TimePoint now = kStart + seconds{1};
  schedule.on_sign(now, Sign::kUp);
  schedule.on_waited(seconds{3});
  schedule.begin(now);
  schedule.on_attempt(now, false);
  now = *schedule.next_attempt(1);
  schedule.on_attempt(now, true);
  EXPECT_GE(*schedule.next_attempt(2) - now, seconds{6} * 3 / 4);
  // An answer in time ends it.
  schedule.on_sign(now, Sign::kUp);
  schedule.begin(now);
  schedule.on_attempt(now, false);
  schedule.on_attempt(now, true);
  EXPECT_LE(*schedule.next_attempt(2) - now, milliseconds{500});
}

TEST(ProbeSchedule, ProgressBeginsTheFastPhaseAnewAndSetbacksDoNot) {
  ProbeSchedule schedule = begun();
  attempts_until(schedule, kStart + seconds{8}, Sign::kSilent);
  const TimePoint now = *schedule.next_attempt(0);
  schedule.on_attempt(now);
  schedule.on_sign(now, Sign::kTurnedAway);
  EXPECT_LE(*schedule.next_attempt(0), now + kTiming.down_interval);

  attempts_until(schedule, now + seconds{8}, Sign::kTurnedAway);
  const TimePoint later = *schedule.next_attempt(0);
  schedule.on_attempt(later);
  schedule.on_sign(later, Sign::kSilent);
  EXPECT_GE(*schedule.next_attempt(0), later + milliseconds{750});
}

TEST(ProbeSchedule, BeginWhileLookingAsksAgainAtOnce) {
  ProbeSchedule schedule = begun();
  attempts_until(schedule, kStart + seconds{8}, Sign::kSilent);
  schedule.begin(kStart + seconds{8});
  EXPECT_EQ(schedule.next_attempt(0), kStart + seconds{8});
}

TEST(ProbeSchedule, NewsThatComeTooLateChangeNothing) {
  ProbeSchedule schedule = begun();
  schedule.on_attempt(kStart);
  schedule.on_sign(kStart, Sign::kUp);
  const auto next = schedule.next_attempt(0);
  schedule.on_knock_accepted(kStart + milliseconds{1});
  EXPECT_EQ(schedule.next_attempt(0), next) << "it is up";
  schedule.end();
  schedule.on_sign(kStart + milliseconds{2}, Sign::kRefused);
  schedule.on_knock_accepted(kStart + milliseconds{2});
  EXPECT_EQ(schedule.next_attempt(0), std::nullopt);
  EXPECT_EQ(schedule.next_knock(), std::nullopt);
}

TEST(ProbeSchedule, SharedProbesTakeTheShorterIntervalsAndTheLongerTimeout) {
  const ProbeTiming merged = merge(kTiming, {milliseconds{1000}, milliseconds{80}, milliseconds{3000}});
  EXPECT_EQ(merged.interval, milliseconds{1000});
  EXPECT_EQ(merged.down_interval, milliseconds{50});
  EXPECT_EQ(merged.timeout, milliseconds{3000});
}

TEST(ProbeSchedule, SignsAreReadFromResults) {
  const auto sign = [](ProbeVerdict verdict, std::string_view code) {
    ProbeResult result;
    result.verdict = verdict;
    result.code = code;
    return sign_of(result);
  };
  EXPECT_EQ(sign(ProbeVerdict::kUp, "28P01"), Sign::kUp);
  EXPECT_EQ(sign(ProbeVerdict::kInconclusive, "EMFILE"), Sign::kNone);
  EXPECT_EQ(sign(ProbeVerdict::kDown, "ECONNREFUSED"), Sign::kRefused);
  EXPECT_EQ(sign(ProbeVerdict::kDown, "ENOENT"), Sign::kRefused);
  for (const std::string_view code :
       {std::string_view{"57P03"}, probe_code::kClosed, probe_code::kProtocol, probe_code::kNoMatchingHost,
        std::string_view{"ECONNRESET"}, std::string_view{"EPIPE"}}) {
    EXPECT_EQ(sign(ProbeVerdict::kDown, code), Sign::kTurnedAway) << code;
  }
  EXPECT_EQ(sign(ProbeVerdict::kDown, "ETIMEDOUT"), Sign::kSilent);
  EXPECT_EQ(sign(ProbeVerdict::kDown, "ENOTFOUND"), Sign::kSilent);
}

TEST(ProbeSchedule, ProgressHurriesAttemptsButNeverCloserThanTheFastPhaseDoes) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    ProbeSchedule schedule = begun(seed);
    const auto times = attempts_until(schedule, kStart + seconds{30}, Sign::kRefused);
    const TimePoint slow = *schedule.next_attempt(0);
    ASSERT_GE(slow - times.back(), milliseconds{750});
    schedule.on_attempt(slow);
    schedule.on_sign(slow + milliseconds{1}, Sign::kTurnedAway);
    EXPECT_GE(*schedule.next_attempt(0), slow + kTiming.down_interval * 3 / 4);
    EXPECT_LE(*schedule.next_attempt(0), slow + kTiming.down_interval);
  }
}

TEST(ProbeSchedule, TheFirstAttemptAfterTheFastPhaseIsFollowedMoreSlowly) {
  const auto next_after = [](Duration time) {
    ProbeSchedule schedule = begun();
    schedule.on_attempt(kStart + time);
    return *schedule.next_attempt(0) - (kStart + time);
  };
  EXPECT_LE(next_after(ProbeSchedule::kFastPhase - Duration{1}), kTiming.down_interval);
  EXPECT_GT(next_after(ProbeSchedule::kFastPhase), kTiming.down_interval);
}

}  // namespace
}  // namespace resilience
