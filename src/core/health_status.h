// What one health check says of the client and its process: unhealthy without an answer of the database, degraded with
// a slow one or with a heap that is nearly full. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/types.h"

namespace resilience {

// Names cross into JavaScript.
enum class HealthStatus : std::uint8_t { kHealthy = 0, kDegraded = 1, kUnhealthy = 2 };

// 'healthy', 'degraded', 'unhealthy'.
[[nodiscard]] std::string_view to_string(HealthStatus status) noexcept;

struct HealthSample {
  bool answered = false;
  Duration latency{};     // of the answer
  double heap_share = 0;  // of the limit at which the process would end
};

struct HealthLimits {
  Duration latency_warn{};
  double heap_warn = 1;
};

// Degraded means beyond a limit: to touch it is no harm yet.
[[nodiscard]] HealthStatus judge_health(const HealthSample& sample, const HealthLimits& limits) noexcept;

}  // namespace resilience
