// The question about pg_stat_activity, and the reading of its answer.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/server_activity.h"
#include "io/pq_results.h"

namespace resilience {

// More are not asked about: a server's answer has a bounded size.
inline constexpr std::size_t kMostBackendsAsked = 2000;

// Asks for the counts, and for each backend of `pids` by itself. One round trip.
[[nodiscard]] std::string activity_question(std::span<const std::uint32_t> pids);

// How much of an answer there may be: more is none.
[[nodiscard]] PqResults::Bounds activity_bounds() noexcept;

// `results`: all that the server answered with. Not known where that is something else than what was asked for.
[[nodiscard]] ServerActivity read_activity(const std::vector<PqResult>& results,
                                           const std::vector<std::string>& secrets);

}  // namespace resilience
