#include "core/outage_report.h"

namespace resilience {

void OutageReport::on_begin(TimePoint now, const OutageCounts& counts) noexcept {
  if (began_) return;
  began_ = now;
  due_ = saturating_add(now, kInterval);
  at_begin_ = counts;
}

std::optional<OutageLine> OutageReport::on_tick(TimePoint now, const OutageCounts& counts) noexcept {
  if (!began_ || now < due_) return std::nullopt;
  // On the minutes of the outage, so that a late line does not put off all that follow.
  const auto passed = (now - *began_) / kInterval;
  due_ = saturating_add(*began_, kInterval * (passed + 1));
  return line(now, counts);
}

std::optional<OutageLine> OutageReport::on_end(TimePoint now, const OutageCounts& counts) noexcept {
  if (!began_) return std::nullopt;
  const OutageLine last = line(now, counts);
  began_.reset();
  return last;
}

OutageLine OutageReport::line(TimePoint now, const OutageCounts& counts) const noexcept {
  return {now - *began_,
          {counts.failed - at_begin_.failed, counts.retried - at_begin_.retried, counts.given_up - at_begin_.given_up}};
}

}  // namespace resilience
