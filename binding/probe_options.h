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
// { driver?: { driver, ssl?, environmentMode?, trustsAll?, authorities? } (io/tls_plan.h), sentinel, intervalMs,
// downIntervalMs, timeoutMs, seed, monitor? }. Nothing, with an exception pending: a TypeError where a value has the
// wrong type, an Error that quotes nothing where the connection string is malformed.
[[nodiscard]] std::optional<ProbeOptions> read_probe_options(const Napi::Value& value);

// Whether driver.authorities would be used: making them costs the caller some time.
[[nodiscard]] std::optional<bool> read_needs_authorities(const Napi::Value& options);

}  // namespace resilience
