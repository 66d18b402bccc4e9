// What a fleet may do to a server that comes back after three seconds, and how soon everybody is served.
//
//   npm run sim
//
// In virtual time these numbers are exact: a bar that is missed is missed by the core.
#include "fleet.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace resilience::world {
namespace {

using std::chrono::milliseconds;

struct Bars {
  FleetOptions fleet;
  Duration settled{};
  std::size_t busiest = 0;
  Duration first_success = milliseconds{75};
};

class FleetAfterAnOutage : public testing::TestWithParam<Bars> {};

double in_ms(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

TEST_P(FleetAfterAnOutage, IsServedSoonAndTramplesNobody) {
  const auto& [fleet, settled, busiest, first_success] = GetParam();
  const FleetReport report = Fleet(fleet).run();
  std::printf(
      "%5zu processes, %5zu operations/s: %5zu parked; first success after %4.0f ms, all served after %5.0f ms; "
      "%5zu at the server at once, %5zu sessions, %llu failed, %llu reset\n",
      fleet.processes, fleet.operations_per_second, report.parked, in_ms(report.first_success), in_ms(report.settled),
      report.busiest, report.most_sessions, static_cast<unsigned long long>(report.failed),
      static_cast<unsigned long long>(report.resets));
  EXPECT_TRUE(report.broken.empty()) << report.broken.front();
  // It was an outage with a load. That a server is frozen each process has to find out first.
  EXPECT_GE(report.parked, fleet.operations_per_second * (fleet.frozen ? 1 : 3));
  // Only a write that was on its way when the server stopped may fail.
  EXPECT_LE(report.failed, report.in_flight);
  EXPECT_GT(report.first_success, Duration::zero());
  EXPECT_LE(report.first_success, first_success);
  EXPECT_EQ(report.resets, 0U) << "whoever waits in a rush is well";
  EXPECT_LE(report.settled, settled);
  EXPECT_LE(report.busiest, busiest);
}

// A knock comes every 50 ms; then a look and a client's connection, 5 ms of the server's work each, to the first
// success.
//
// A pool of ten serves 3,300 such operations a second. A thousand processes of one operation a second each have nothing
// to slow down: every one of them needs a look and a connection, which is all of the server's eight cores for 1.25 s,
// and who came meanwhile 1.6 s more. Their bars are near that.
INSTANTIATE_TEST_SUITE_P(
    All, FleetAfterAnOutage,
    testing::Values(Bars{{1, 100, 10}, milliseconds{250}, 10}, Bars{{1, 1000, 10}, milliseconds{1500}, 10},
                    Bars{{10, 1000, 5}, milliseconds{1250}, 50}, Bars{{100, 1000, 5}, milliseconds{1500}, 400},
                    Bars{{1000, 1000, 5}, milliseconds{3500}, 3300},
                    // With the guard, a client is asked first where something waits beneath it.
                    Bars{{10, 1000, 5, true}, milliseconds{1250}, 50},
                    Bars{{100, 1000, 5, true}, milliseconds{1500}, 400},
                    Bars{{1000, 1000, 5, true}, milliseconds{4500}, 3300},
                    // The fleet of test/e2e/fleet: what waits costs two cores 2.4 s, a look and
                    // three connections for each process 0.9 s more.
                    Bars{{30, 600, 3, true, FleetOptions::kSmallServer, milliseconds{4000}},
                         milliseconds{4500},
                         200,
                         milliseconds{500}},
                    // Where each look that was given up costs as much as half a connection, eight
                    // a second of each process keep such a server busy for ever.
                    Bars{{30, 150, 3, true, FleetOptions::kSlowServer, milliseconds{4000}, milliseconds{500}},
                         milliseconds{6500},
                         80,
                         milliseconds{1000}},
                    Bars{{30, 150, 3, true, FleetOptions::kFrozenServer, milliseconds{4000}, {}, true},
                         milliseconds{4500},
                         400,
                         milliseconds{500}}));

}  // namespace
}  // namespace resilience::world
