// Places for calls of one kind, so that a flood of them leaves room for the others.
//
// Counts only: the host keeps the calls that wait, in their order. Invariants: executing <= max_concurrent, waiting <=
// max_waiting, and nobody waits while a place is free. Owner: one host; not thread-safe.
#pragma once

#include <cstdint>

#include "core/config.h"

namespace resilience {

// The values cross into JavaScript.
enum class BulkheadEntry : std::uint8_t { kRefused = 0, kEntered = 1, kWaiting = 2 };

class Bulkhead {
 public:
  explicit Bulkhead(const BulkheadConfig& config) noexcept : config_(config) {}

  // kEntered: leave() must follow. kWaiting: the call stands at the queue's end until leave() lets it in, or
  // stop_waiting().
  [[nodiscard]] BulkheadEntry enter() noexcept;
  // One call is done. True: its place went to the call at the queue's head, which now executes.
  [[nodiscard]] bool leave() noexcept;
  // A waiting call was taken back.
  void stop_waiting() noexcept;

  [[nodiscard]] std::uint32_t executing() const noexcept { return executing_; }
  [[nodiscard]] std::uint32_t waiting() const noexcept { return waiting_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  BulkheadConfig config_;
  std::uint32_t executing_ = 0;
  std::uint32_t waiting_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace resilience
