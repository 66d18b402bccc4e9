#include "core/slow_operations.h"

#include <algorithm>
#include <array>

namespace resilience {

std::optional<SlowOperation> SlowOperations::on_ended(TimePoint now, std::string_view name,
                                                      const OperationTimes& times) {
  if (threshold_ == Duration{} || times.total < threshold_) return std::nullopt;
  SlowOperation slow;
  slow.process = std::max(Duration{}, times.total - times.database - times.pool - times.wire);
  const std::array<Duration, 4> parts{times.database, times.pool, times.wire, slow.process};
  slow.mostly = static_cast<SlowPart>(std::max_element(parts.begin(), parts.end()) - parts.begin());
  if (slow.mostly == SlowPart::kProcess && !times.seen_beneath) slow.mostly = SlowPart::kUnseen;
  slow.left_out = pace_.on_happened(now, name);
  return slow;
}

std::string_view to_string(SlowPart part) noexcept {
  switch (part) {
    case SlowPart::kDatabase: return "database";
    case SlowPart::kPool: return "pool";
    case SlowPart::kWire: return "wire";
    case SlowPart::kProcess: return "process";
    case SlowPart::kUnseen: return "unseen";
  }
  return {};
}

}  // namespace resilience
