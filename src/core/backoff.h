// How long an operation waits before it is run again while the database is believed up.
//
// The first retry goes at once; from the second on the bound grows from initial_delay to max_delay, and full jitter
// picks uniformly below the bound (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
#pragma once

#include <cstdint>

#include "core/config.h"
#include "core/rng.h"
#include "core/types.h"

namespace resilience {

// The bound of retry number `retry` (1 = the first retry, which has none). Never above max_delay, never overflows.
[[nodiscard]] Duration backoff_bound(const ReconnectConfig& config, std::uint32_t retry) noexcept;

// The wait before retry number `retry`: the bound itself, or with full jitter a uniform share of it.
[[nodiscard]] Duration backoff_delay(const ReconnectConfig& config, std::uint32_t retry, Rng& rng) noexcept;

}  // namespace resilience
