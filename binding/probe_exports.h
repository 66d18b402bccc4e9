// What a probe exports, whichever addon it is in.
#pragma once

#include <cstdint>

#include "binding/loop_monitor_wrap.h"
#include "binding/probe_wrap.h"
#include "binding/seam/module.h"

namespace resilience {

// For how many databases this process has a probe now.
[[nodiscard]] std::uint32_t active_databases();

struct ProbeExports {
  using Classes = seam::ClassList<ProbeWrap, LoopMonitorWrap>;
  static constexpr auto kFunctions = std::tuple{seam::callable<&active_databases>,
                                                seam::callable<&needs_authorities_for, "url", "parameters", "driver">};
  static void describe_more(seam::Described&) {}
};

}  // namespace resilience
