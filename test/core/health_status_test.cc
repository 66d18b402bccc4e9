#include "core/health_status.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

using std::chrono::milliseconds;
using enum HealthStatus;

TEST(HealthStatus, EachSampleHasItsStatus) {
  struct Row {
    const char* what;
    HealthSample sample;
    HealthStatus status;
  };
  const Row rows[] = {
      {"quick, with room", {true, milliseconds{3}, 0.1}, kHealthy},
      {"as slow as may be", {true, milliseconds{500}, 0.1}, kHealthy},
      {"slower", {true, milliseconds{501}, 0.1}, kDegraded},
      {"as full as may be", {true, milliseconds{3}, 0.75}, kHealthy},
      {"fuller", {true, milliseconds{3}, 0.76}, kDegraded},
      {"slow and full", {true, milliseconds{900}, 0.99}, kDegraded},
      {"no answer", {false, milliseconds{3}, 0.1}, kUnhealthy},
      {"no answer, slow and full", {false, milliseconds{900}, 0.99}, kUnhealthy},
  };
  for (const Row& row : rows) EXPECT_EQ(judge_health(row.sample, {milliseconds{500}, 0.75}), row.status) << row.what;
}

TEST(HealthStatus, HasANameEach) {
  EXPECT_EQ(to_string(kHealthy), "healthy");
  EXPECT_EQ(to_string(kDegraded), "degraded");
  EXPECT_EQ(to_string(kUnhealthy), "unhealthy");
}

}  // namespace
}  // namespace resilience
