// The module of the probe that logs in, so that everything else loads where this one cannot. One instance per
// environment; what they share is the process's probe registry.
#include <string>

#include "binding/probe_exports.h"
#include "io/pg_dialer.h"
#include "io/pq_library.h"

namespace resilience {
namespace {

// What is linked into it: 150018, and "OpenSSL 3.0.22 …".
struct LinkedLibraries {
  std::uint32_t libpq = 0;
  std::string openssl;
};

LinkedLibraries libraries() {
  const PqVersions versions = pq_versions();
  return {static_cast<std::uint32_t>(versions.libpq), versions.openssl};
}

}  // namespace

ProbeRegistry& probe_registry() {
  static auto* const registry = new ProbeRegistry(&PgDialer::make);
  return *registry;
}

namespace seam {

template <>
struct Record<LinkedLibraries> {
  static constexpr auto kFields = std::tuple{required<&LinkedLibraries::libpq>, required<&LinkedLibraries::openssl>};
};

}  // namespace seam

namespace {

struct ProbeAddon : ProbeExports {
  static constexpr auto kFunctions = std::tuple_cat(ProbeExports::kFunctions, std::tuple{seam::callable<&libraries>});
};

}  // namespace
}  // namespace resilience

RESILIENCE_MODULE(resilience::ProbeAddon)
