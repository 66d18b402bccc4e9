#include "io/sentinel.h"

#include <utility>

#include "core/probe_verdict.h"

namespace resilience {

Sentinel::Sentinel(std::unique_ptr<Session> session, TimePoint now, Duration interval, Duration timeout,
                   std::uint64_t seed)
    : session_(std::move(session)), interval_(interval), timeout_(timeout), rng_(seed) {
  schedule(now);
}

void Sentinel::schedule(TimePoint now) {
  const double share = 0.75 + 0.25 * rng_.next_unit();  // so that the processes of a fleet do not ask in step
  const auto wait = static_cast<Duration::rep>(static_cast<double>(interval_.count()) * share);
  next_question_ = saturating_add(now, Duration{wait});
}

void Sentinel::advance(TimePoint now, bool ready) {
  if (loss_) return;
  if (ready) session_->advance();
  if (!session_->loss() && !session_->asking() && now >= next_question_) {
    asked_ = now;
    answer_due_ = saturating_add(now, timeout_);
    schedule(now);
    session_->ask();
  }
  if (std::optional<AttemptOutcome> answer = session_->take_answer()) {
    answer_ = std::move(answer);
    latency_ = now - asked_;
  }
  if (session_->loss()) {
    loss_ = session_->loss();
    if (loss_->code == probe_code::kClosed) loss_->code = probe_code::kSentinelLost;
  } else if (session_->asking() && now >= answer_due_) {
    loss_.emplace();
    loss_->code = probe_code::kTimeout;
    loss_->message = "the standing connection does not answer";
  }
}

std::optional<AttemptOutcome> Sentinel::take_answer() {
  return std::exchange(answer_, std::nullopt);
}

}  // namespace resilience
