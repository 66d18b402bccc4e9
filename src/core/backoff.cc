#include "core/backoff.h"

#include <algorithm>

namespace resilience {

Duration backoff_bound(const ReconnectConfig& config, std::uint32_t retry) noexcept {
  if (retry <= 1) return Duration::zero();
  const std::uint32_t steps = retry - 2;
  switch (config.backoff) {
    case BackoffKind::kLinear: {
      const auto factor = static_cast<std::int64_t>(steps) + 1;
      if (config.initial_delay > config.max_delay / factor) return config.max_delay;
      return config.initial_delay * factor;
    }
    case BackoffKind::kExponential: {
      Duration bound = config.initial_delay;
      for (std::uint32_t i = 0; i < steps; ++i) {
        if (bound > config.max_delay / 2) return config.max_delay;
        bound *= 2;
      }
      return std::min(bound, config.max_delay);
    }
  }
  return config.max_delay;
}

Duration backoff_delay(const ReconnectConfig& config, std::uint32_t retry, Rng& rng) noexcept {
  const Duration bound = backoff_bound(config, retry);
  if (config.jitter == JitterKind::kNone) return bound;
  return Duration{static_cast<Duration::rep>(static_cast<double>(bound.count()) * rng.next_unit())};
}

}  // namespace resilience
