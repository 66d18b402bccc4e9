#include "core/bulkhead.h"

namespace resilience {

BulkheadEntry Bulkhead::enter() noexcept {
  if (executing_ < config_.max_concurrent) {
    ++executing_;
    return BulkheadEntry::kEntered;
  }
  if (waiting_ < config_.max_waiting) {
    ++waiting_;
    return BulkheadEntry::kWaiting;
  }
  ++refused_;
  return BulkheadEntry::kRefused;
}

bool Bulkhead::leave() noexcept {
  if (executing_ == 0) return false;
  if (waiting_ > 0) {
    --waiting_;
    return true;
  }
  --executing_;
  return false;
}

void Bulkhead::stop_waiting() noexcept {
  if (waiting_ > 0) --waiting_;
}

}  // namespace resilience
