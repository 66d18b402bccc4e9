// A standing session whose end is news: watched all the time, asked now and then.
//
// Owner: the probe's thread. Time is handed in.
#pragma once

#include <memory>
#include <optional>

#include "core/rng.h"
#include "core/types.h"
#include "io/attempt.h"

namespace resilience {

class Sentinel {
 public:
  Sentinel(std::unique_ptr<Session> session, TimePoint now, Duration interval, Duration timeout, std::uint64_t seed);

  [[nodiscard]] PollInterest interest() const noexcept { return session_->interest(); }
  void advance(TimePoint now, bool ready);
  [[nodiscard]] bool asking() const noexcept { return session_->asking(); }
  [[nodiscard]] TimePoint deadline() const noexcept { return session_->asking() ? answer_due_ : next_question_; }

  // The answer to a question of ours, once.
  [[nodiscard]] std::optional<AttemptOutcome> take_answer();
  [[nodiscard]] Duration latency() const noexcept { return latency_; }
  // Why it is over: the server closed it, or did not answer in time.
  [[nodiscard]] const std::optional<AttemptOutcome>& loss() const noexcept { return loss_; }

 private:
  void schedule(TimePoint now);

  std::unique_ptr<Session> session_;
  const Duration interval_;
  const Duration timeout_;
  Rng rng_;
  TimePoint next_question_;
  TimePoint asked_;
  TimePoint answer_due_;
  Duration latency_{};
  std::optional<AttemptOutcome> answer_;
  std::optional<AttemptOutcome> loss_;
};

}  // namespace resilience
