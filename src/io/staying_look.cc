#include "io/staying_look.h"

#include <utility>

namespace resilience {

void StayingLook::offer(TimePoint now, std::unique_ptr<Attempt> attempt, HostSpec host, TimePoint began) {
  if (!queue_.join(now)) return;
  attempt_ = std::move(attempt);
  host_ = std::move(host);
  began_ = began;
}

void StayingLook::clear() noexcept {
  attempt_.reset();
  queue_.leave();
}

void StayingLook::add_interests(std::vector<PollInterest>& interests) const {
  if (attempt_) interests.push_back(attempt_->interest().value_or(PollInterest{}));
}

std::optional<StayingLook::Answer> StayingLook::advance(const std::vector<bool>& ready, std::size_t first) {
  if (!attempt_ || !ready[first]) return std::nullopt;
  attempt_->advance();
  if (!attempt_->outcome()) return std::nullopt;
  Answer answer{*attempt_->outcome(), attempt_->take_session(), host_, began_};
  clear();
  return answer;
}

}  // namespace resilience
