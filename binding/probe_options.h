// The probe's options, from JavaScript to src/io. Argument checks and conversion only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "binding/napi_setup.h"
#include "io/probe_registry.h"

namespace resilience {

struct ProbeOptions {
  ProbeTarget target;
  SubscriptionOptions subscription;
  std::uint64_t seed = 0;
};

// { url: string } | { parameters: { [name]: string } } | { tcp: { host, port, awaitsGreeting } }, and
// { sentinel, intervalMs, downIntervalMs, timeoutMs, seed, monitor? }.
// Nothing, with an exception pending: a TypeError where a value has the wrong type, an Error that quotes nothing where
// the connection string is malformed.
[[nodiscard]] std::optional<ProbeOptions> read_probe_options(const Napi::Value& value);

}  // namespace resilience
