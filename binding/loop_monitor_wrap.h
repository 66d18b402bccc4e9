// LoopMonitor for JavaScript (io/loop_monitor.h). Beats belong to the environment's thread; a probe's thread may ask at
// the same time.
#pragma once

#include <memory>

#include "binding/seam/bind.h"
#include "io/loop_monitor.h"

namespace resilience {

class LoopMonitorWrap {
 public:
  [[nodiscard]] static std::unique_ptr<LoopMonitorWrap> create(Duration period, Duration tolerance) {
    return std::make_unique<LoopMonitorWrap>(period, tolerance);
  }
  LoopMonitorWrap(Duration period, Duration tolerance) : monitor_(std::make_shared<LoopMonitor>(period, tolerance)) {}

  [[nodiscard]] std::shared_ptr<const LoopMonitor> monitor() const noexcept { return monitor_; }

  // The loop has turned.
  void beat() { monitor_->beat(LoopMonitor::steady_now()); }
  // No beats are to be expected until the next one.
  void rest() { monitor_->rest(); }
  // How long the stall lasts that is going on.
  [[nodiscard]] Duration stalled_for() const { return monitor_->stalled_for(LoopMonitor::steady_now()); }
  // How much of the last `window` was spent in stalls.
  [[nodiscard]] Duration stalled_within(Duration window) const {
    const TimePoint now = LoopMonitor::steady_now();
    return monitor_->stalled_within(now - window, now);
  }

 private:
  std::shared_ptr<LoopMonitor> monitor_;
};

namespace seam {

template <>
struct ClassOf<LoopMonitorWrap> {
  static constexpr const char* kName = "NativeLoopMonitor";
  static constexpr napi_type_tag kTag = {0x6d0f1c9b4b1e4f7aULL, 0x9c3d52a8e7f06b21ULL};
  static constexpr auto kConstructor = callable<&LoopMonitorWrap::create, "periodMs", "toleranceMs">;
  static constexpr auto kMethods =
      std::tuple{callable<&LoopMonitorWrap::beat>, callable<&LoopMonitorWrap::rest>,
                 callable<&LoopMonitorWrap::stalled_for>, callable<&LoopMonitorWrap::stalled_within, "windowMs">};
};

}  // namespace seam
}  // namespace resilience
