#include "core/silent_connections.h"

#include <algorithm>

namespace resilience {
namespace {

// Stands for a server's time where there is none.
constexpr std::int64_t kGone = -1;
constexpr std::int64_t kOpening = -2;

}  // namespace

TimePoint SilentConnections::due(const Counters& counters) const noexcept {
  if (counters.in_flight() == 0) return kEndOfTime;
  // That others come to their end says nothing of those that do not.
  Counters oldest = counters;
  oldest.last_success = TimePoint{};
  const TimePoint usual = watch_.due(oldest);
  // One that comes a moment before it could convict somebody is one too many.
  const TimePoint due = next_look_ <= saturating_add(usual, kLeastSilence) ? next_look_ : usual;
  return looks_ ? std::max(due, saturating_add(asked_at_, look_limit_)) : due;
}

std::uint64_t SilentConnections::begin_look(TimePoint now) noexcept {
  std::erase_if(suspects_, [this](const auto& entry) { return entry.second.seen_by != last_look_; });
  if (suspects_.empty()) watch_.on_innocent();
  watch_.on_suspicion(now);
  looks_ = true;
  in_view_ = false;
  asked_at_ = now;
  next_look_ = kEndOfTime;
  return ++last_look_;
}

bool SilentConnections::on_answer(TimePoint now, std::uint64_t look, const ServerActivity& activity) {
  if (!looks_ || look != last_look_) return false;
  looks_ = false;
  backends_.clear();
  // Another server, or another life of it: the same numbers mean other processes.
  const bool another = activity.server_started_us != server_started_;
  if (!activity.known || another) {
    suspects_.clear();
    seen_.clear();
  }
  if (!activity.known) return false;
  server_started_ = activity.server_started_us;
  for (const Backend& backend : activity.backends) backends_.emplace(backend.pid, backend);
  std::erase_if(seen_, [this](const auto& entry) { return entry.second + 1 != last_look_; });
  answered_at_ = now;
  in_view_ = true;
  return true;
}

void SilentConnections::restart(TimePoint now) noexcept {
  watch_.restart(now);
  in_view_ = false;
  suspects_.clear();
  next_look_ = kEndOfTime;
}

bool SilentConnections::is_ours(const Backend& backend, const UsedConnection& connection) const noexcept {
  // It was born between the two: when exactly the server has counted its age is not known.
  const TimePoint earliest = asked_at_ - backend.age;
  const TimePoint latest = answered_at_ - backend.age;
  return earliest <= connection.opened && connection.opened <= saturating_add(latest, kLongestLogin);
}

SilentConnections::Sight SilentConnections::sight_of(const FailedAttempt& work, const UsedConnection& connection) {
  const Duration waited = asked_at_ - work.try_started;
  if (connection.opening) return {work.nothing_sent, kOpening, waited};
  if (connection.pid == 0) return {};
  const auto found = backends_.find(connection.pid);
  if (found == backends_.end()) {
    const auto seen = seen_.find(connection.number);
    if (seen == seen_.end()) return {};
    seen->second = last_look_;
    return {true, kGone, waited};
  }
  if (!is_ours(found->second, connection)) return {};
  seen_[connection.number] = last_look_;
  return {found->second.state == BackendState::kIdle, found->second.state_since_us,
          std::min(waited, found->second.in_state)};
}

bool SilentConnections::lost(const FailedAttempt& work, const UsedConnection& connection) {
  if (!in_view_ || connection.number == 0 || asked_at_ <= work.try_started) return false;
  const Sight sight = sight_of(work, connection);
  if (!sight.silent || connection.moving) {
    suspects_.erase(connection.number);
    return false;
  }
  const TimePoint convicted_at = saturating_add(asked_at_, std::max(kLeastSilence, sight.lasts));
  // Whoever waits for a connection to be opened, it is the same opening.
  const TimePoint began = connection.opening ? TimePoint{} : work.try_started;
  const Suspect fresh{sight.since, began, convicted_at, last_look_};
  Suspect& suspect = suspects_.try_emplace(connection.number, fresh).first->second;
  if (suspect.since != sight.since || suspect.work_began != began) suspect = fresh;
  suspect.seen_by = last_look_;
  if (asked_at_ >= suspect.convicted_at) return true;
  next_look_ = std::min(next_look_, suspect.convicted_at);
  return false;
}

bool SilentConnections::working(const FailedAttempt& work, const UsedConnection& connection) const noexcept {
  if (!in_view_ || connection.number == 0 || asked_at_ <= work.try_started) return false;
  const auto found = backends_.find(connection.pid);
  return found != backends_.end() && is_ours(found->second, connection) && found->second.state == BackendState::kActive;
}

}  // namespace resilience
