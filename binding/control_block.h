// The core's side of the control block (core/control_block.h): reads the counters, writes the gate.
//
// Holds the typed array by reference, so that it lives as long as this. Owner: the environment's thread.
#pragma once

#include "binding/napi_setup.h"
#include "core/control_block.h"
#include "core/latency_histogram.h"
#include "core/supervisor.h"

namespace resilience {

// The host's time, milliseconds of performance.now(), on the core's time line and back.
[[nodiscard]] TimePoint to_time_point(double ms) noexcept;
[[nodiscard]] double to_ms(TimePoint at) noexcept;
[[nodiscard]] constexpr double to_ms(Duration duration) noexcept {
  return std::chrono::duration<double, std::milli>(duration).count();
}

class ControlBlock {
 public:
  static constexpr std::size_t kLength = static_cast<std::size_t>(Slot::kLatencyBuckets) + kLatencyBucketCount;

  // REQUIRES: `array` has kLength elements.
  explicit ControlBlock(Napi::Float64Array array);

  [[nodiscard]] Counters counters() const noexcept;
  [[nodiscard]] LatencySummary latencies() const noexcept;
  [[nodiscard]] std::array<std::uint64_t, kExportedBoundCount> latencies_below_bounds() const noexcept;
  [[nodiscard]] std::array<std::uint64_t, kFineBoundCount> latencies_below_fine_bounds() const noexcept;
  // After every input: what JavaScript reads without asking.
  void publish(const Supervisor& supervisor, std::size_t effects) noexcept;

 private:
  [[nodiscard]] double& at(Slot slot) const noexcept { return data_[static_cast<std::size_t>(slot)]; }
  [[nodiscard]] std::span<const double> buckets() const noexcept {
    return {&at(Slot::kLatencyBuckets), kLatencyBucketCount};
  }

  Napi::Reference<Napi::Float64Array> keeper_;
  double* data_;
};

}  // namespace resilience
