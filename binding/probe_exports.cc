#include "binding/probe_exports.h"

namespace resilience {

std::uint32_t active_databases() {
  return static_cast<std::uint32_t>(probe_registry().size());
}

}  // namespace resilience
