#include "core/primary_watch.h"

namespace resilience {

void PrimaryWatch::ask(TimePoint until) noexcept {
  if (answer_ == Answer::kPending) return;
  answer_ = Answer::kPending;
  until_ = until;
}

void PrimaryWatch::on_up(const ProbeResult& result) {
  if (!result.host.empty() && result.role == ServerRole::kPrimary) {
    seen_ = result.host + ":" + std::to_string(result.port);
    if (serving_.empty()) serving_ = seen_;
  }
  if (answer_ != Answer::kPending) return;
  answer_ = moved() || result.role == ServerRole::kStandby ? Answer::kWrongServer : Answer::kSamePrimary;
}

void PrimaryWatch::tick(TimePoint now) noexcept {
  if (answer_ == Answer::kPending && now >= until_) answer_ = Answer::kSamePrimary;
}

TimePoint PrimaryWatch::next_deadline() const noexcept {
  return answer_ == Answer::kPending ? until_ : kEndOfTime;
}

}  // namespace resilience
