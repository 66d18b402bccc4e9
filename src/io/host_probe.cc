#include "io/host_probe.h"

#include <algorithm>
#include <utility>

#include "core/probe_schedule.h"
#include "core/probe_verdict.h"

namespace resilience {
namespace {

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

void HostProbe::begin(TimePoint now, HostResolver& resolver, const std::shared_ptr<Waker>& waker) {
  began_ = now;
  if (host_.is_socket()) {
    std::optional<SocketAddress> address = unix_address(socket_path(target_, host_));
    if (!address) return settle(failed_attempt("ENAMETOOLONG", "the path of the Unix socket is too long"), now);
    addresses_.push_back(*std::move(address));
    return start_next(now);
  }
  const std::string& numeric = host_.hostaddr.empty() ? host_.host : host_.hostaddr;
  if (std::optional<SocketAddress> address = numeric_address(numeric, host_.port)) {
    addresses_.push_back(*std::move(address));
    return start_next(now);
  }
  if (!host_.hostaddr.empty())
    return settle(failed_attempt(probe_code::kOptions, "hostaddr is no numeric address"), now);
  lookup_ = resolver.look_up(host_.host, waker);
  if (!memory_.addresses.empty()) lookup_patience_ = saturating_add(now, kLookupGrace);
  check_lookup(now);
}

void HostProbe::check_lookup(TimePoint now) {
  if (!lookup_) return;
  if (const ResolvedHost* resolved = lookup_->result()) {
    if (resolved->addresses.empty()) {
      settle(failed_attempt(resolved->code, "the host name has no address"), began_);
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

void HostProbe::use(std::vector<std::string> addresses) {
  if (addresses.size() > kMostAddresses) addresses.resize(kMostAddresses);
  for (const std::string& text : addresses) {
    if (std::optional<SocketAddress> address = numeric_address(text, host_.port))
      addresses_.push_back(*std::move(address));
  }
}

void HostProbe::start_next(TimePoint now) {
  while (!settled() && next_address_ < addresses_.size()) {
    SocketAddress address = addresses_[next_address_++];
    next_start_ = next_address_ < addresses_.size() ? saturating_add(now, kStagger) : kEndOfTime;
    running_.push_back({dialer_.dial(host_, address), address, now});
    const std::size_t under_way = running_.size();
    collect();
    if (running_.size() == under_way) return;  // it did not fail at once
  }
  if (!settled() && running_.empty() && !lookup_) {
    settle(best_failure_ ? *std::move(best_failure_)
                         : failed_attempt(probe_code::kHostNotFound, "the host name has no address"),
           began_);
  }
}

void HostProbe::collect() {
  for (auto it = running_.begin(); it != running_.end() && !settled();) {
    const std::optional<AttemptOutcome>& outcome = it->attempt->outcome();
    if (!outcome) {
      ++it;
    } else if (outcome->verdict == ProbeVerdict::kUp) {
      session_ = it->attempt->take_session();
      settle(AttemptOutcome(*outcome), it->began);
    } else {
      note_failure(*it, *outcome);
      it = running_.erase(it);
    }
  }
}

void HostProbe::note_failure(const Running& running, const AttemptOutcome& outcome) {
  if (sign_of(outcome) == Sign::kRefused) refused_.push_back(running.address);
  if (!best_failure_ || sign_of(outcome) > sign_of(*best_failure_)) {
    best_failure_ = outcome;
    began_ = running.began;
  }
}

void HostProbe::settle(AttemptOutcome outcome, TimePoint began) {
  outcome_ = std::move(outcome);
  began_ = began;
  running_.clear();
  lookup_.reset();
}

void HostProbe::add_interests(std::vector<PollInterest>& interests) const {
  for (const Running& running : running_) {
    interests.push_back(running.attempt->interest().value_or(PollInterest{}));
  }
}

void HostProbe::advance(TimePoint now, const std::vector<bool>& ready, std::size_t first) {
  if (settled()) return;
  std::size_t index = first;
  for (Running& running : running_) {
    if (ready[index++]) running.attempt->advance();
  }
  const std::size_t under_way = running_.size();
  collect();
  if (settled()) return;
  check_lookup(now);
  if (running_.size() < under_way || now >= next_start_) start_next(now);
}

TimePoint HostProbe::deadline() const noexcept {
  if (settled()) return kEndOfTime;
  return std::min(lookup_patience_, next_start_);
}

void HostProbe::give_up() {
  if (settled()) return;
  if (lookup_) return settle(failed_attempt(probe_code::kTimeout, "the name server does not answer"), began_);
  AttemptPhase phase = AttemptPhase::kConnecting;
  for (const Running& running : running_) {
    phase = std::max(phase, running.attempt->phase());
  }
  for (Running& running : running_) {
    if (running.attempt->phase() == AttemptPhase::kAwaitingAnswer) session_ = running.attempt->take_session();
    const bool first_taken_in = running.attempt->phase() == AttemptPhase::kAwaitingReply && !taken_in_;
    if (first_taken_in && phase == AttemptPhase::kAwaitingReply) {
      taken_in_ = std::move(running.attempt);
      began_ = running.began;
    }
  }
  settle(failed_attempt(probe_code::kTimeout, std::string(words_for(phase))), began_);
}

bool HostProbe::has_come_to(AttemptPhase phase) const noexcept {
  return std::any_of(running_.begin(), running_.end(),
                     [phase](const Running& running) { return running.attempt->phase() == phase; });
}

}  // namespace resilience
