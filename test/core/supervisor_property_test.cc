// Random weather over a faithful host: what must hold, holds in every run.
//
// The world (test/sim/world) checks while it runs: a ticket settles once, a write of unknown outcome never runs again,
// no run begins and no wait lasts beyond a deadline, user code runs once, no more wait than may, one replacement at a
// time, no two resets within minResetInterval; nothing follows for others from a full pool or a query's own error, and
// no reset and no closed gate comes without a failure of the connection since all was last well (so none from the probe
// alone); who waits is let go as slow start has it (release_watch.h); ticks lead somewhere; a twin that is told of each
// success one by one answers the same as the supervisor that is told sums. At the end of each run all faults are over:
// everything must have settled, and the ledger must agree with what was said of every write.
//
// A run is its seed. One that fails is played again, and its last steps are shown.
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <iostream>
#include <string>

#include "support/weather.h"

namespace resilience::world {
namespace {

constexpr std::uint64_t kDefaultEvents = 3'000'000;
constexpr std::size_t kStepsShown = 60;

std::uint64_t wanted_events() {
  const char* const text = std::getenv("RESILIENCE_PROPERTY_EVENTS");
  return text == nullptr ? kDefaultEvents : std::strtoull(text, nullptr, 10);
}

// The steps that led to the first broken promise.
std::string last_steps(std::uint64_t seed) {
  std::deque<std::string> steps;
  bool broken = false;
  Weather weather(seed, [&](const std::string& step) {
    if (broken) return;
    steps.push_back(step);
    if (steps.size() > kStepsShown) steps.pop_front();
    broken = step.find(Host::kBroken) != std::string::npos;
  });
  weather.run();
  std::string text;
  for (const std::string& step : steps) text += step + '\n';
  return text;
}

void add(const HostTotals& totals, HostTotals& all) {
  all.told += totals.told;
  all.begun += totals.begun;
  all.succeeded += totals.succeeded;
  all.failed += totals.failed;
  all.unknown += totals.unknown;
  all.replacements += totals.replacements;
  all.outages += totals.outages;
  all.waited += totals.waited;
}

void expect_kept(std::uint64_t seed, const Weather& weather) {
  for (const std::string& promise : weather.promises_broken()) ADD_FAILURE() << "seed " << seed << ": " << promise;
}

TEST(SupervisorProperty, HoldsInEveryWeather) {
  if (const char* const only = std::getenv("RESILIENCE_PROPERTY_SEED")) {
    const std::uint64_t seed = std::strtoull(only, nullptr, 10);
    Weather weather(seed, [](const std::string& step) { std::cout << step << '\n'; });
    weather.run();
    return expect_kept(seed, weather);
  }
  const std::uint64_t wanted = wanted_events();
  HostTotals all;
  std::uint64_t runs = 0;
  for (std::uint64_t seed = 1; all.told < wanted; ++seed) {
    Weather weather(seed);
    weather.run();
    expect_kept(seed, weather);
    ASSERT_FALSE(HasFailure()) << "RESILIENCE_PROPERTY_SEED=" << seed << " tells every step; the last ones were:\n"
                               << last_steps(seed);
    add(weather.totals(), all);
    ++runs;
  }
  RecordProperty("events", std::to_string(all.told));
  std::cout << runs << " runs, " << all.told << " events: " << all.begun << " operations, " << all.succeeded
            << " succeeded, " << all.failed << " failed (" << all.unknown << " writes in doubt), " << all.waited
            << " waits, " << all.outages << " outages, " << all.replacements << " replacements\n";
  // A test of outages without outages would hold as well.
  EXPECT_GT(all.outages, runs / 4);
  EXPECT_GT(all.replacements, runs / 4);
  EXPECT_GT(all.waited, runs * 10);
  EXPECT_GT(all.succeeded, all.begun / 2);
}

// What random weather found once, beyond the events that are played each time.
TEST(SupervisorProperty, HoldsInTheWeatherInWhichItFailedOnce) {
  for (const std::uint64_t seed : {1130U, 1850U}) {
    Weather weather(seed);
    weather.run();
    expect_kept(seed, weather);
    EXPECT_FALSE(HasFailure()) << last_steps(seed);
  }
}

}  // namespace
}  // namespace resilience::world
