#include "io/queued_look.h"

#include <algorithm>

namespace resilience {

void QueuedLooks::add(TimePoint now, std::unique_ptr<Session> session, HostSpec host, TimePoint asked) {
  session->say_no_more();
  if (looks_.empty()) wait_ = kFirstWait;
  if (looks_.size() == kMost) looks_.pop_front();
  looks_.push_back({std::move(session), std::move(host), asked});
  next_ = saturating_add(now, looks_.size() < kMost ? wait_ : kLongestWait);
  wait_ = std::min(wait_ * 2, kLongestWait);
}

void QueuedLooks::clear() noexcept {
  looks_.clear();
}

void QueuedLooks::add_interests(std::vector<PollInterest>& interests) const {
  for (const Look& look : looks_) interests.push_back(look.session->interest());
}

std::optional<QueuedLooks::Answer> QueuedLooks::advance(const std::vector<bool>& ready, std::size_t first,
                                                        bool& ended) {
  for (auto it = looks_.begin(); it != looks_.end();) {
    const std::size_t index = first++;
    if (ready[index]) it->session->advance();
    if (std::optional<AttemptOutcome> outcome = it->session->take_answer()) {
      Answer answer{*std::move(outcome), std::move(it->host), it->asked};
      looks_.erase(it);
      return answer;
    }
    ended = ended || it->session->loss().has_value();
    it = it->session->loss() ? looks_.erase(it) : std::next(it);
  }
  return std::nullopt;
}

}  // namespace resilience
