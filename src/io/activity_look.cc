#include "io/activity_look.h"

#include <algorithm>
#include <utility>

#include "core/probe_verdict.h"

namespace resilience {

ActivityLook::ActivityLook(std::uint64_t number, std::vector<std::uint32_t> pids, RoundMemory& memory, TimePoint now,
                           Duration timeout)
    : number_(number),
      pids_(std::move(pids)),
      expires_(saturating_add(now, timeout)),
      round_(number, ProbeTrigger::kOnDemand, memory, now, timeout) {}

void ActivityLook::begin(TimePoint now, HostResolver& resolver, const std::shared_ptr<Waker>& waker) {
  round_.begin(now, resolver, waker);
  follow_round(now);
}

void ActivityLook::add_interests(std::vector<PollInterest>& interests) const {
  if (result_) return;
  if (session_) {
    interests.push_back(session_->interest());
  } else {
    round_.add_interests(interests);
  }
}

void ActivityLook::advance(TimePoint now, const std::vector<bool>& ready, std::size_t first) {
  if (result_) return;
  if (session_) return follow_session(now, ready[first]);
  round_.advance(now, ready, first);
  follow_round(now);
}

void ActivityLook::follow_round(TimePoint now) {
  if (!round_.result()) return;
  const ProbeResult& found = *round_.result();
  session_ = round_.take_session();
  if (!session_ || !found.code.empty()) {
    session_.reset();
    if (found.code.empty())
      return settle(std::string(probe_code::kCannotLogIn), "nobody to ask: this is no PostgreSQL");
    return settle(found.code, found.message);
  }
  session_->ask_activity(pids_);
  follow_session(now, false);
}

void ActivityLook::follow_session(TimePoint now, bool ready) {
  if (ready) session_->advance();
  if (std::optional<ServerActivity> activity = session_->take_activity()) {
    result_ = std::move(activity);
    session_.reset();
  } else if (session_->loss()) {
    settle(session_->loss()->code, session_->loss()->message);
  } else if (now >= expires_) {
    settle(std::string(probe_code::kTimeout), "the server does not say in time what its connections do");
  }
}

void ActivityLook::settle(std::string code, std::string message) {
  session_.reset();
  result_.emplace();
  result_->code = std::move(code);
  result_->message = std::move(message);
}

TimePoint ActivityLook::deadline() const noexcept {
  if (result_) return TimePoint{};
  return session_ ? expires_ : std::min(expires_, round_.deadline());
}

}  // namespace resilience
