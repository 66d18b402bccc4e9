// What is told of as slow or held for too long, for JavaScript: each class is the core's own (core/slow_operations.h,
// core/hold_watch.h). Owner: the environment's thread.
#pragma once

#include <memory>

#include "binding/config_wrap.h"
#include "binding/seam/bind.h"
#include "core/hold_watch.h"
#include "core/slow_operations.h"

namespace resilience {

class SlowOperationsWrap : public SlowOperations {
 public:
  using SlowOperations::SlowOperations;
  [[nodiscard]] static std::unique_ptr<SlowOperationsWrap> create(const ConfigWrap& config) {
    return std::make_unique<SlowOperationsWrap>(config.config().warnings.slow_operation);
  }
};

class HoldWatchWrap : public HoldWatch {
 public:
  using HoldWatch::HoldWatch;
  [[nodiscard]] static std::unique_ptr<HoldWatchWrap> create(const ConfigWrap& config) {
    return std::make_unique<HoldWatchWrap>(config.config().warnings.held_connection);
  }
};

namespace seam {

template <>
struct Record<OperationTimes> {
  static constexpr auto kFields =
      std::tuple{required<&OperationTimes::total>, required<&OperationTimes::database>, required<&OperationTimes::pool>,
                 required<&OperationTimes::wire>, required<&OperationTimes::seen_beneath>};
};
template <>
struct Record<SlowOperation> {
  static constexpr auto kFields = std::tuple{required<&SlowOperation::process>, required<&SlowOperation::mostly>,
                                             optional<&SlowOperation::left_out>};
};
template <>
struct Record<Hold> {
  static constexpr auto kFields =
      std::tuple{required<&Hold::kind>, required<&Hold::since>, required<&Hold::idle_since>};
};
template <>
struct Record<HoldWarning> {
  static constexpr auto kFields = std::tuple{required<&HoldWarning::held>, optional<&HoldWarning::left_out>};
};

template <>
struct ClassOf<SlowOperationsWrap> {
  static constexpr const char* kName = "NativeSlowOperations";
  static constexpr napi_type_tag kTag = {0x2d84f1c06a9b37e5ULL, 0x93c7e0b15d4f6a28ULL};
  static constexpr auto kConstructor = callable<&SlowOperationsWrap::create, "config">;
  static constexpr auto kMethods = std::tuple{callable<&SlowOperationsWrap::on_ended, "nowMs", "name", "times">};
};

template <>
struct ClassOf<HoldWatchWrap> {
  static constexpr const char* kName = "NativeHoldWatch";
  static constexpr napi_type_tag kTag = {0x5e17a3d9c0824b6fULL, 0xb1f86d2e940a57c3ULL};
  static constexpr auto kConstructor = callable<&HoldWatchWrap::create, "config">;
  static constexpr auto kMethods =
      std::tuple{callable<&HoldWatchWrap::due, "nowMs", "hold">,
                 callable<&HoldWatchWrap::on_look, "nowMs", "databaseIsUp", "hold", "place">,
                 callable<&HoldWatchWrap::on_outage, "nowMs">};
};

}  // namespace seam
}  // namespace resilience
