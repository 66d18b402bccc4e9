// The core's side of the control block (core/control_block.h): reads the counters, writes the gate.
//
// The memory is made here and lent to JavaScript as a Float64Array. A script can take it away (structuredClone with
// `transfer`), so it is looked up again with every input, and an input without it is refused.
// Owner: the environment's thread.
#pragma once

#include "binding/js/node_api.h"
#include "binding/seam/codec.h"
#include "core/control_block.h"
#include "core/latency_histogram.h"
#include "core/supervisor.h"

namespace resilience {

// The control block as JavaScript holds it.
struct ControlView {
  js::Value array;
};

class ControlBlock {
 public:
  static constexpr std::size_t kLength = static_cast<std::size_t>(Slot::kLatencyBuckets) + kLatencyBucketCount;

  // Nothing: an exception is pending, or the environment is going down.
  static js::Maybe<ControlBlock> create(js::Env env) noexcept;

  // What JavaScript reads and writes.
  js::Maybe<js::Value> view() const noexcept { return array_.value(); }

  // Looks the memory up. Without it an exception is pending. Holds until code of JavaScript's runs.
  js::Done attach() noexcept;

  // All of these REQUIRE: attached.
  [[nodiscard]] Counters counters() const noexcept;
  [[nodiscard]] LatencySummary latencies() const noexcept;
  [[nodiscard]] std::array<std::uint64_t, kExportedBoundCount> latencies_below_bounds() const noexcept;
  [[nodiscard]] std::array<std::uint64_t, kFineBoundCount> latencies_below_fine_bounds() const noexcept;
  // After every input: what JavaScript reads without asking.
  void publish(const Supervisor& supervisor, std::size_t effects) noexcept;

 private:
  ControlBlock(js::Env env, js::Value array) noexcept : env_(env), array_(array) {}

  [[nodiscard]] double& at(Slot slot) const noexcept { return elements_[static_cast<std::size_t>(slot)]; }
  [[nodiscard]] std::span<const double> buckets() const noexcept {
    return {&at(Slot::kLatencyBuckets), kLatencyBucketCount};
  }

  js::Env env_;
  js::Kept array_;
  double* elements_ = nullptr;
};

namespace seam {

template <>
struct Codec<ControlView> {
  static js::Maybe<js::Value> write(js::Env, const ControlView& view) noexcept { return view.array; }
  static TypeSchema describe(Described&) { return type_of(TypeKind::kTypeScript, "Float64Array"); }
};

}  // namespace seam
}  // namespace resilience
