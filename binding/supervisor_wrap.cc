#include "binding/supervisor_wrap.h"

#include <utility>

namespace resilience {

SupervisorWrap::SupervisorWrap(ControlBlock block, const Config& config, const HostAbilities& abilities,
                               std::uint64_t seed, TimePoint now)
    : block_(std::move(block)), supervisor_(config, abilities, seed, now) {}

std::unique_ptr<SupervisorWrap> SupervisorWrap::create(js::Env env, const ConfigWrap& config,
                                                       const HostAbilities& abilities, std::uint64_t seed,
                                                       TimePoint now) {
  auto block = ControlBlock::create(env);
  if (!block) return nullptr;
  std::unique_ptr<SupervisorWrap> made(new SupervisorWrap(std::move(*block), config.config(), abilities, seed, now));
  if (!made->block_.attach()) return nullptr;
  made->publish();
  return made;
}

js::Done SupervisorWrap::begin(TimePoint now) {
  if (!block_.attach()) return js::Done{false};
  supervisor_.fold(now, block_.counters());
  return js::Done{true};
}

void SupervisorWrap::publish() {
  for (const Effect& effect : supervisor_.take_effects()) pending_.push_back(effect);
  block_.publish(supervisor_, pending_.size());
}

template <typename Tell>
js::Done SupervisorWrap::input(TimePoint now, Tell&& tell) {
  if (!begin(now)) return js::Done{false};
  tell();
  publish();
  return js::Done{true};
}

template <typename Tell>
auto SupervisorWrap::question(TimePoint now, Tell&& tell) -> js::Maybe<decltype(tell())> {
  if (!begin(now)) return {};
  auto answer = tell();
  publish();
  return answer;
}

js::Maybe<ControlView> SupervisorWrap::block() const noexcept {
  const auto view = block_.view();
  if (!view) return {};
  return ControlView{*view};
}

js::Maybe<Admission> SupervisorWrap::admit(TimePoint now, const Operation& operation) {
  return question(now, [&] { return supervisor_.admit(now, operation); });
}

js::Maybe<Admission> SupervisorWrap::admit_beneath(TimePoint now) {
  return question(now, [&] { return supervisor_.admit_beneath(now); });
}

js::Maybe<JudgedFailure> SupervisorWrap::on_failed(TimePoint now, const FailedAttempt& failed, const ErrorFacts& facts,
                                                   std::optional<ErrorClass> override_class) {
  return question(now, [&] {
    const Classification failure = override_class ? override_with(*override_class) : judge(facts);
    return JudgedFailure{supervisor_.on_failed(now, failed, failure), failure.error_class,
                         failure.traits.counts_against_breaker, failure.traits.connection_class};
  });
}

js::Maybe<JudgedFailure> SupervisorWrap::ask_outcome(TimePoint now, const FailedAttempt& commit,
                                                     const ErrorFacts& facts) {
  return question(now, [&] {
    const Classification failure = judge(facts);
    return JudgedFailure{supervisor_.ask_outcome(now, commit, failure), failure.error_class,
                         failure.traits.counts_against_breaker, failure.traits.connection_class};
  });
}

js::Maybe<Decision> SupervisorWrap::on_hanging(TimePoint now, const FailedAttempt& hanging, bool connection_dead,
                                               Duration own_limit) {
  return question(now, [&] { return supervisor_.on_hanging(now, hanging, connection_dead, own_limit); });
}

js::Maybe<bool> SupervisorWrap::hangs(TimePoint now, const FailedAttempt& work, bool connection_dead,
                                      const UsedConnection& connection) {
  return question(now, [&] { return supervisor_.hangs(now, work, connection_dead, connection); });
}

js::Done SupervisorWrap::on_activity(TimePoint now, std::uint64_t look, const std::optional<ServerActivity>& activity) {
  // Nobody could be asked: not known.
  return input(now, [&] { supervisor_.on_activity(now, look, activity.value_or(ServerActivity{})); });
}

js::Done SupervisorWrap::on_succeeded(TimePoint now, TicketId ticket) {
  return input(now, [&] { supervisor_.on_succeeded(now, ticket); });
}

js::Done SupervisorWrap::on_cancelled(TimePoint now, TicketId ticket) {
  return input(now, [&] { supervisor_.on_cancelled(now, ticket); });
}

js::Done SupervisorWrap::on_ended_beneath(TimePoint now, TicketId ticket) {
  return input(now, [&] { supervisor_.on_ended_beneath(now, ticket); });
}

js::Done SupervisorWrap::on_probe_result(TimePoint now, const ProbeResult& result) {
  return input(now, [&] { supervisor_.on_probe_result(now, result); });
}

js::Done SupervisorWrap::on_verified(TimePoint now, std::uint64_t id, VerifyVerdict verdict) {
  return input(now, [&] { supervisor_.on_verified(now, id, verdict); });
}

js::Done SupervisorWrap::on_delivered(TimePoint now, Epoch epoch) {
  return input(now, [&] { supervisor_.on_delivered(now, epoch); });
}

js::Done SupervisorWrap::on_made(TimePoint now, Epoch epoch, MakeVerdict verdict, const std::string& beneath) {
  return input(now, [&] { supervisor_.on_made(now, epoch, verdict, beneath); });
}

js::Done SupervisorWrap::on_drained(TimePoint now, Epoch epoch) {
  return input(now, [&] { supervisor_.on_drained(now, epoch); });
}

js::Done SupervisorWrap::on_closed(TimePoint now, Epoch epoch) {
  return input(now, [&] { supervisor_.on_closed(now, epoch); });
}

js::Done SupervisorWrap::on_woken(TimePoint now) {
  return input(now, [&] { supervisor_.on_woken(now); });
}

js::Done SupervisorWrap::on_loop_turned(TimePoint now) {
  return input(now, [&] { supervisor_.on_loop_turned(now); });
}

js::Done SupervisorWrap::on_tick(TimePoint now) {
  return input(now, [&] { supervisor_.on_tick(now); });
}

js::Maybe<bool> SupervisorWrap::request_replacement(TimePoint now, ReplaceReason reason,
                                                    std::optional<Duration> drain) {
  return question(now, [&] { return supervisor_.request_replacement(now, reason, drain); });
}

js::Done SupervisorWrap::want_connection(TimePoint now) {
  return input(now, [&] { supervisor_.want_connection(now); });
}

js::Done SupervisorWrap::request_reconnect(TimePoint now) {
  return input(now, [&] { supervisor_.request_reconnect(now); });
}

js::Done SupervisorWrap::stop(TimePoint now, Duration drain) {
  return input(now, [&] { supervisor_.stop(now, drain); });
}

js::Maybe<Effects> SupervisorWrap::take_effects() {
  if (!block_.attach()) return {};
  block_.publish(supervisor_, 0);
  return std::exchange(pending_, {});
}

Classification SupervisorWrap::judge(ErrorFacts facts) const {
  facts.probe = supervisor_.database_view();
  return resilience::classify(facts);
}

ErrorClass SupervisorWrap::classify(const ErrorFacts& facts) const {
  return judge(facts).error_class;
}

VerifyVerdict SupervisorWrap::verify_verdict(const ErrorFacts& facts) const {
  return verdict_of(judge(facts));
}

MakeVerdict SupervisorWrap::make_verdict(const ErrorFacts& facts) const {
  return make_verdict_of(judge(facts));
}

js::Maybe<SupervisorStats> SupervisorWrap::stats(TimePoint now) {
  return question(now, [&] { return supervisor_.stats(); });
}

js::Maybe<LatencySummary> SupervisorWrap::latency() {
  if (!block_.attach()) return {};
  return block_.latencies();
}

js::Maybe<std::vector<LatencyBound>> SupervisorWrap::latency_bounds(bool fine) {
  if (!block_.attach()) return {};
  std::vector<LatencyBound> bounds;
  const auto add = [&](const auto& counts, std::uint32_t (*bound_us)(std::size_t)) {
    for (std::size_t i = 0; i < counts.size(); ++i) bounds.push_back({bound_us(i) / 1000.0, counts[i]});
  };
  if (fine) {
    add(block_.latencies_below_fine_bounds(), &fine_bound_us);
  } else {
    add(block_.latencies_below_bounds(), &exported_bound_us);
  }
  return bounds;
}

}  // namespace resilience
