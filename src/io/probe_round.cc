#include "io/probe_round.h"

#include <algorithm>

#include "core/probe_verdict.h"

namespace resilience {
namespace {

Duration time_limit(const ProbeTarget& target, Duration timeout) {
  const auto* info = std::get_if<ConnInfo>(&target);
  if (!info || !info->connect_timeout) return timeout;
  return std::min<Duration>(timeout, *info->connect_timeout);
}

}  // namespace

ProbeRound::ProbeRound(std::uint64_t id, ProbeTrigger trigger, RoundMemory& memory, TimePoint now, Duration timeout)
    : id_(id),
      trigger_(trigger),
      session_(session_of(memory.target)),
      memory_(memory),
      expires_(saturating_add(now, time_limit(memory.target, timeout))) {
  for (std::size_t i = 0; i < memory.hosts.size(); ++i) {
    host_probes_.emplace_back(memory.target, *memory.dialer, memory.hosts[i], memory.by_host[i]);
  }
}

void ProbeRound::begin(TimePoint now, HostResolver& resolver, const std::shared_ptr<Waker>& waker) {
  for (HostProbe& probe : host_probes_) probe.begin(now, resolver, waker);
  decide(now);
}

void ProbeRound::add_interests(std::vector<PollInterest>& interests) const {
  for (const HostProbe& probe : host_probes_) probe.add_interests(interests);
}

void ProbeRound::advance(TimePoint now, const std::vector<bool>& ready, std::size_t first) {
  if (result_) return;
  std::vector<PollInterest> counted;
  for (HostProbe& probe : host_probes_) {
    counted.clear();
    probe.add_interests(counted);
    probe.advance(now, ready, first);
    first += counted.size();
  }
  if (now >= expires_) return give_up(now);
  decide(now);
}

void ProbeRound::give_up(TimePoint now) {
  if (result_) return;
  for (HostProbe& probe : host_probes_) probe.give_up();
  decide(now);
}

void ProbeRound::decide(TimePoint now) {
  std::vector<HostAnswer> answers;
  bool all_settled = true;
  for (const HostProbe& probe : host_probes_) {
    answers.push_back(probe.settled() ? as_answer(probe.outcome()) : HostAnswer{});
    all_settled = all_settled && probe.settled();
  }
  const auto choose = [&](Patience patience) {
    return choose_endpoint(session_, answers, memory_.last_chosen, patience);
  };
  if (all_settled) return settle(now, choose(Patience::kNoMore).value_or(EndpointChoice{}));
  if (const std::optional<EndpointChoice> choice = choose(now >= patience_ends_ ? Patience::kEnded : Patience::kFull)) {
    return settle(now, *choice);
  }
  if (patience_ends_ == kEndOfTime && choose(Patience::kEnded)) patience_ends_ = saturating_add(now, kRankGrace);
}

void ProbeRound::settle(TimePoint now, const EndpointChoice& choice) {
  decider_ = &*std::next(host_probes_.begin(), static_cast<std::ptrdiff_t>(choice.index));
  const AttemptOutcome& outcome = decider_->outcome();
  ProbeResult result = as_result(outcome, decider_->host(), trigger_);
  result.latency = now - decider_->began();
  result.let_in = outcome.verdict != ProbeVerdict::kUp && decider_->holds_session();
  if (choice.matches) {
    memory_.last_chosen = choice.index;
  } else if (outcome.verdict == ProbeVerdict::kUp) {
    result.verdict = ProbeVerdict::kDown;
    result.code = probe_code::kNoMatchingHost;
    result.message = "servers answer, but none is what target_session_attrs asks for";
  }
  result_ = std::move(result);
}

bool ProbeRound::let_in() const noexcept {
  return std::any_of(host_probes_.begin(), host_probes_.end(), [](const HostProbe& probe) { return probe.let_in(); });
}

bool ProbeRound::taken_in() const noexcept {
  return std::any_of(host_probes_.begin(), host_probes_.end(), [](const HostProbe& probe) { return probe.taken_in(); });
}

TimePoint ProbeRound::deadline() const noexcept {
  TimePoint soonest = std::min(expires_, patience_ends_);
  for (const HostProbe& probe : host_probes_) soonest = std::min(soonest, probe.deadline());
  return soonest;
}

std::unique_ptr<Session> ProbeRound::take_session() {
  if (!decider_ || !result_ || (result_->verdict != ProbeVerdict::kUp && !result_->let_in)) return nullptr;
  return decider_->take_session();
}

std::unique_ptr<Attempt> ProbeRound::take_attempt() {
  return decider_ ? decider_->take_attempt() : nullptr;
}

std::vector<SocketAddress> ProbeRound::refused() const {
  std::vector<SocketAddress> addresses;
  for (const HostProbe& probe : host_probes_)
    addresses.insert(addresses.end(), probe.refused().begin(), probe.refused().end());
  return addresses;
}

}  // namespace resilience
