#include "core/hold_watch.h"

#include <algorithm>

namespace resilience {

TimePoint HoldWatch::counts_from(const Hold& hold) const noexcept {
  return std::max(floor_, hold.kind == HoldKind::kTransaction ? hold.since : hold.idle_since);
}

TimePoint HoldWatch::due(TimePoint now, const Hold& hold) const noexcept {
  if (limit_ == Duration{}) return kEndOfTime;
  const TimePoint from = counts_from(hold);
  // What works now may begin to idle at any moment.
  return saturating_add(from == kEndOfTime ? now : from, limit_);
}

std::optional<HoldWarning> HoldWatch::on_look(TimePoint now, bool database_is_up, const Hold& hold,
                                              std::string_view place) {
  if (!database_is_up) on_outage(now);
  const TimePoint from = counts_from(hold);
  if (limit_ == Duration{} || from == kEndOfTime || now < saturating_add(from, limit_)) return std::nullopt;
  return HoldWarning{now - hold.since, pace_.on_happened(now, place)};
}

}  // namespace resilience
