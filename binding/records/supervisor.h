// What a supervisor is made from and what it counts, as it crosses (core/supervisor.h).
#pragma once

#include "binding/seam/record.h"
#include "core/latency_histogram.h"
#include "core/supervisor.h"

namespace resilience::seam {

template <>
struct Record<HostAbilities> {
  static constexpr auto kFields = std::tuple{required<&HostAbilities::can_replace>, required<&HostAbilities::has_probe>,
                                             defaulted<&HostAbilities::serving>, required<&HostAbilities::has_client>,
                                             defaulted<&HostAbilities::beneath>};
};

template <>
struct Record<SupervisorStats> {
  static constexpr auto kFields = std::tuple{required<&SupervisorStats::operations>,
                                             required<&SupervisorStats::errors>,
                                             required<&SupervisorStats::retries>,
                                             required<&SupervisorStats::in_flight>,
                                             required<&SupervisorStats::parked>,
                                             required<&SupervisorStats::consecutive_errors>,
                                             required<&SupervisorStats::reconnect_attempts>,
                                             required<&SupervisorStats::reconnects>,
                                             required<&SupervisorStats::hard_resets>,
                                             required<&SupervisorStats::generation_since>,
                                             optional<&SupervisorStats::warmup>};
};

template <>
struct Record<LatencySummary> {
  static constexpr auto kFields = std::tuple{required<&LatencySummary::samples>, required<&LatencySummary::p50_ms>,
                                             required<&LatencySummary::p90_ms>, required<&LatencySummary::p99_ms>};
};

}  // namespace resilience::seam
