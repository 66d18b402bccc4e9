#include "core/health_status.h"

namespace resilience {

std::string_view to_string(HealthStatus status) noexcept {
  switch (status) {
    case HealthStatus::kHealthy: return "healthy";
    case HealthStatus::kDegraded: return "degraded";
    case HealthStatus::kUnhealthy: return "unhealthy";
  }
  return "?";
}

HealthStatus judge_health(const HealthSample& sample, const HealthLimits& limits) noexcept {
  if (!sample.answered) return HealthStatus::kUnhealthy;
  const bool slow = sample.latency > limits.latency_warn;
  const bool full = sample.heap_share > limits.heap_warn;
  return slow || full ? HealthStatus::kDegraded : HealthStatus::kHealthy;
}

}  // namespace resilience
