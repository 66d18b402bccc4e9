#include "io/host_lane.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "core/probe_schedule.h"
#include "core/probe_verdict.h"

namespace resilience {
namespace {

AttemptOutcome failure(std::string_view code, std::string_view message) {
  AttemptOutcome outcome;
  outcome.verdict = verdict_of(code, message);
  outcome.code = code;
  outcome.message = message;
  return outcome;
}

Sign sign_of(const AttemptOutcome& outcome) {
  ProbeResult result;
  result.verdict = outcome.verdict;
  result.code = outcome.code;
  return resilience::sign_of(result);
}

std::string_view words_for(AttemptPhase phase) {
  switch (phase) {
    case AttemptPhase::kConnecting: return "no connection within the time limit";
    case AttemptPhase::kAwaitingReply: return "connected, but the server says nothing";
    case AttemptPhase::kAwaitingAnswer: return "logged in, but the server does not answer a query";
  }
  return {};
}

std::string socket_path(const ProbeTarget& target, const HostSpec& host) {
  // libpq takes the folder, others the file itself.
  if (std::holds_alternative<TcpTarget>(target)) return host.host;
  return host.host + "/.s.PGSQL." + std::to_string(host.port);
}

}  // namespace

void HostLane::begin(TimePoint now, HostResolver& resolver, const std::shared_ptr<Waker>& waker) {
  began_ = now;
  if (host_.is_socket()) {
    std::optional<SocketAddress> address = unix_address(socket_path(target_, host_));
    if (!address) return settle(failure("ENAMETOOLONG", "the path of the Unix socket is too long"), now);
    addresses_.push_back(*std::move(address));
    return start_next(now);
  }
  const std::string& numeric = host_.hostaddr.empty() ? host_.host : host_.hostaddr;
  if (std::optional<SocketAddress> address = numeric_address(numeric, host_.port)) {
    addresses_.push_back(*std::move(address));
    return start_next(now);
  }
  if (!host_.hostaddr.empty()) return settle(failure(probe_code::kOptions, "hostaddr is no numeric address"), now);
  lookup_ = resolver.look_up(host_.host, waker);
  if (!memory_.addresses.empty()) lookup_patience_ = saturating_add(now, kLookupGrace);
  check_lookup(now);
}

void HostLane::check_lookup(TimePoint now) {
  if (!lookup_) return;
  if (const ResolvedHost* resolved = lookup_->result()) {
    if (resolved->addresses.empty()) {
      settle(failure(resolved->code, "the host name has no address"), began_);
    } else {
      memory_.addresses = resolved->addresses;
      use(resolved->addresses);
    }
    lookup_.reset();
  } else if (now >= lookup_patience_) {
    use(memory_.addresses);
    lookup_.reset();
  } else {
    return;
  }
  lookup_patience_ = kEndOfTime;
  if (!settled()) start_next(now);
}

void HostLane::use(std::vector<std::string> addresses) {
  if (addresses.size() > kMostAddresses) addresses.resize(kMostAddresses);
  for (const std::string& text : addresses) {
    if (std::optional<SocketAddress> address = numeric_address(text, host_.port))
      addresses_.push_back(*std::move(address));
  }
}

void HostLane::start_next(TimePoint now) {
  while (!settled() && next_address_ < addresses_.size()) {
    SocketAddress address = addresses_[next_address_++];
    next_start_ = next_address_ < addresses_.size() ? saturating_add(now, kStagger) : kEndOfTime;
    if (const auto* tcp = std::get_if<TcpTarget>(&target_)) {
      running_.push_back(
          {std::variant<PgAttempt, TcpAttempt>(std::in_place_type<TcpAttempt>, address, tcp->awaits_greeting), address,
           now});
    } else {
      running_.push_back({std::variant<PgAttempt, TcpAttempt>(std::in_place_type<PgAttempt>,
                                                              std::get<ConnInfo>(target_), host_, address.text),
                          address, now});
    }
    const std::size_t under_way = running_.size();
    collect();
    if (running_.size() == under_way) return;  // it did not fail at once
  }
  if (!settled() && running_.empty() && !lookup_) {
    settle(
        best_failure_ ? *std::move(best_failure_) : failure(probe_code::kHostNotFound, "the host name has no address"),
        began_);
  }
}

void HostLane::collect() {
  for (auto it = running_.begin(); it != running_.end() && !settled();) {
    const AttemptOutcome* outcome =
        std::visit([](const auto& attempt) { return attempt.outcome() ? &*attempt.outcome() : nullptr; }, it->attempt);
    if (!outcome) {
      ++it;
    } else if (outcome->verdict == ProbeVerdict::kUp) {
      if (auto* pg = std::get_if<PgAttempt>(&it->attempt)) session_ = pg->take_session();
      settle(*outcome, it->began);
    } else {
      note_failure(*it, *outcome);
      it = running_.erase(it);
    }
  }
}

void HostLane::note_failure(const Running& running, const AttemptOutcome& outcome) {
  if (sign_of(outcome) == Sign::kRefused) refused_.push_back(running.address);
  if (!best_failure_ || sign_of(outcome) > sign_of(*best_failure_)) {
    best_failure_ = outcome;
    began_ = running.began;
  }
}

void HostLane::settle(AttemptOutcome outcome, TimePoint began) {
  outcome_ = std::move(outcome);
  began_ = began;
  running_.clear();
  lookup_.reset();
}

void HostLane::add_interests(std::vector<PollInterest>& interests) const {
  for (const Running& running : running_) {
    const std::optional<PollInterest> interest =
        std::visit([](const auto& attempt) { return attempt.interest(); }, running.attempt);
    interests.push_back(interest.value_or(PollInterest{}));
  }
}

void HostLane::advance(TimePoint now, const std::vector<bool>& ready, std::size_t first) {
  if (settled()) return;
  std::size_t index = first;
  for (Running& running : running_) {
    if (ready[index++]) std::visit([](auto& attempt) { attempt.advance(); }, running.attempt);
  }
  const std::size_t under_way = running_.size();
  collect();
  if (settled()) return;
  check_lookup(now);
  if (running_.size() < under_way || now >= next_start_) start_next(now);
}

TimePoint HostLane::deadline() const noexcept {
  if (settled()) return kEndOfTime;
  return std::min(lookup_patience_, next_start_);
}

void HostLane::give_up() {
  if (settled()) return;
  if (lookup_) return settle(failure(probe_code::kTimeout, "the name server does not answer"), began_);
  AttemptPhase phase = AttemptPhase::kConnecting;
  for (const Running& running : running_) {
    phase = std::max(phase, std::visit([](const auto& attempt) { return attempt.phase(); }, running.attempt));
  }
  settle(failure(probe_code::kTimeout, words_for(phase)), began_);
}

}  // namespace resilience
