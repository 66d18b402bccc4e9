#include "io/queued_look.h"

#include <utility>

namespace resilience {

void QueuedLooks::add(TimePoint now, std::unique_ptr<Session> session, HostSpec host) {
  session->say_no_more();
  if (queue_.join(now)) looks_.pop_front();
  looks_.push_back({std::move(session), std::move(host)});
}

void QueuedLooks::clear() noexcept {
  looks_.clear();
  queue_.clear();
}

void QueuedLooks::add_interests(std::vector<PollInterest>& interests) const {
  for (const Look& look : looks_) interests.push_back(look.session->interest());
}

std::optional<QueuedLooks::Answer> QueuedLooks::advance(const std::vector<bool>& ready, std::size_t first,
                                                        bool& ended) {
  for (auto it = looks_.begin(); it != looks_.end();) {
    if (ready[first++]) it->session->advance();
    std::optional<AttemptOutcome> outcome = it->session->take_answer();
    if (!outcome && !it->session->loss()) {
      ++it;
      continue;
    }
    HostSpec host = std::move(it->host);
    it = looks_.erase(it);
    queue_.leave();
    if (outcome) return Answer{*std::move(outcome), std::move(host)};
    ended = true;
  }
  return std::nullopt;
}

}  // namespace resilience
