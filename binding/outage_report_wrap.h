// OutageReport for JavaScript (core/outage_report.h). Owner: the environment's thread.
#pragma once

#include <memory>

#include "binding/seam/bind.h"
#include "core/outage_report.h"

namespace resilience::seam {

[[nodiscard]] inline std::unique_ptr<OutageReport> make_outage_report() {
  return std::make_unique<OutageReport>();
}

template <>
struct Record<OutageCounts> {
  static constexpr auto kFields =
      std::tuple{required<&OutageCounts::failed>, required<&OutageCounts::retried>, required<&OutageCounts::given_up>};
};
template <>
struct Record<OutageLine> {
  static constexpr auto kFields = std::tuple{required<&OutageLine::elapsed>, required<&OutageLine::during>};
};

template <>
struct ClassOf<OutageReport> {
  static constexpr const char* kName = "NativeOutageReport";
  static constexpr napi_type_tag kTag = {0xb46a0e93d7c5821fULL, 0x18fd5c62a3097e4bULL};
  static constexpr auto kConstructor = callable<&make_outage_report>;
  static constexpr auto kMethods = std::tuple{
      callable<&OutageReport::on_begin, "nowMs", "counts">, callable<&OutageReport::on_tick, "nowMs", "counts">,
      callable<&OutageReport::on_end, "nowMs", "counts">, callable<&OutageReport::due>};
};

}  // namespace resilience::seam
