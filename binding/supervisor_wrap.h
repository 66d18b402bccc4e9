// The supervisor for JavaScript: folds the counters, makes one core call, publishes the gate. No policy here.
//
// All times are the host's milliseconds (performance.now()). Owner: the environment's thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "binding/config_wrap.h"
#include "binding/control_block.h"
#include "binding/js/node_api.h"
#include "binding/records/attempt.h"
#include "binding/records/decision.h"
#include "binding/records/probe.h"
#include "binding/records/supervisor.h"
#include "binding/seam/bind.h"
#include "core/supervisor.h"

namespace resilience {

// Of the latencies: how many successful tries took less than the bound.
struct LatencyBound {
  double bound_ms = 0;
  std::uint64_t below = 0;
};

class SupervisorWrap {
 public:
  static std::unique_ptr<SupervisorWrap> create(js::Env env, const ConfigWrap& config, const HostAbilities& abilities,
                                                std::uint64_t seed, TimePoint now);

  // What JavaScript and the core share (core/control_block.h).
  js::Maybe<ControlView> block() const noexcept;

  js::Maybe<Admission> admit(TimePoint now, const Operation& operation);
  js::Maybe<Admission> admit_beneath(TimePoint now);
  js::Maybe<JudgedFailure> on_failed(TimePoint now, const FailedAttempt& failed, const ErrorFacts& facts,
                                     std::optional<ErrorClass> override_class);
  js::Maybe<JudgedFailure> ask_outcome(TimePoint now, const FailedAttempt& commit, const ErrorFacts& facts);
  js::Maybe<Decision> on_hanging(TimePoint now, const FailedAttempt& hanging, bool connection_dead, Duration own_limit);
  js::Maybe<bool> hangs(TimePoint now, const FailedAttempt& work, bool connection_dead,
                        const UsedConnection& connection);
  js::Done on_activity(TimePoint now, std::uint64_t look, const std::optional<ServerActivity>& activity);
  js::Done on_succeeded(TimePoint now, TicketId ticket);
  js::Done on_cancelled(TimePoint now, TicketId ticket);
  js::Done on_ended_beneath(TimePoint now, TicketId ticket);
  js::Done on_probe_result(TimePoint now, const ProbeResult& result);
  js::Done on_verified(TimePoint now, std::uint64_t id, VerifyVerdict verdict);
  js::Done on_delivered(TimePoint now, Epoch epoch);
  js::Done on_made(TimePoint now, Epoch epoch, MakeVerdict verdict, const std::string& beneath);
  js::Done on_drained(TimePoint now, Epoch epoch);
  js::Done on_closed(TimePoint now, Epoch epoch);
  js::Done on_tick(TimePoint now);
  js::Done on_woken(TimePoint now);
  js::Done on_loop_turned(TimePoint now);
  js::Maybe<bool> request_replacement(TimePoint now, ReplaceReason reason, std::optional<Duration> drain);
  js::Done want_connection(TimePoint now);
  js::Done request_reconnect(TimePoint now);
  js::Done stop(TimePoint now, Duration drain);
  [[nodiscard]] Epoch take_generation_number() noexcept { return supervisor_.take_generation_number(); }
  js::Maybe<Effects> take_effects();

  // How a failure is judged at the moment: the suggestion that a user's classifyError sees.
  [[nodiscard]] ErrorClass classify(const ErrorFacts& facts) const;
  // What a verification that failed like this says.
  [[nodiscard]] VerifyVerdict verify_verdict(const ErrorFacts& facts) const;
  // What a making that failed like this says.
  [[nodiscard]] MakeVerdict make_verdict(const ErrorFacts& facts) const;
  [[nodiscard]] bool connected() const noexcept { return supervisor_.connected(); }
  [[nodiscard]] bool begins_late(std::string_view provider, bool has_isolation_level, bool may_be_interactive,
                                 bool may_have_user_code, bool shows_errors) const noexcept {
    return supervisor_.begins_late(
        {provider, has_isolation_level, may_be_interactive, may_have_user_code, shows_errors});
  }
  js::Maybe<SupervisorStats> stats(TimePoint now);
  js::Maybe<LatencySummary> latency();
  // `fine`: four bounds for each power of two instead of one.
  js::Maybe<std::vector<LatencyBound>> latency_bounds(bool fine);

 private:
  SupervisorWrap(ControlBlock block, const Config& config, const HostAbilities& abilities, std::uint64_t seed,
                 TimePoint now);

  // Before an input: the memory is there, what ran without the core's knowledge is told.
  js::Done begin(TimePoint now);
  void publish();
  [[nodiscard]] Classification judge(ErrorFacts facts) const;
  // One input that answers nothing.
  template <typename Tell>
  js::Done input(TimePoint now, Tell&& tell);
  // One input that is answered.
  template <typename Tell>
  auto question(TimePoint now, Tell&& tell) -> js::Maybe<decltype(tell())>;

  ControlBlock block_;
  Supervisor supervisor_;
  Effects pending_;
};

namespace seam {

template <>
struct Record<LatencyBound> {
  static constexpr auto kFields = std::tuple{required<&LatencyBound::bound_ms>, required<&LatencyBound::below>};
};

template <>
struct ClassOf<SupervisorWrap> {
  static constexpr const char* kName = "NativeSupervisor";
  static constexpr napi_type_tag kTag = {0x3b6c1a0d97e84f52ULL, 0xa41f7c2be05d9386ULL};
  static constexpr auto kConstructor = callable<&SupervisorWrap::create, "config", "abilities", "seed", "nowMs">;
  static constexpr auto kMethods = std::tuple{
      callable<&SupervisorWrap::block>,
      callable<&SupervisorWrap::admit, "nowMs", "operation">,
      callable<&SupervisorWrap::admit_beneath, "nowMs">,
      callable<&SupervisorWrap::on_failed, "nowMs", "failed", "facts", "overrideClass">,
      callable<&SupervisorWrap::ask_outcome, "nowMs", "commit", "facts">,
      callable<&SupervisorWrap::on_hanging, "nowMs", "hanging", "connectionDead", "ownLimitMs">,
      callable<&SupervisorWrap::hangs, "nowMs", "work", "connectionDead", "connection">,
      callable<&SupervisorWrap::on_activity, "nowMs", "look", "activity">,
      callable<&SupervisorWrap::on_succeeded, "nowMs", "ticket">,
      callable<&SupervisorWrap::on_cancelled, "nowMs", "ticket">,
      callable<&SupervisorWrap::on_ended_beneath, "nowMs", "ticket">,
      callable<&SupervisorWrap::on_probe_result, "nowMs", "result">,
      callable<&SupervisorWrap::on_verified, "nowMs", "id", "verdict">,
      callable<&SupervisorWrap::on_delivered, "nowMs", "epoch">,
      callable<&SupervisorWrap::on_made, "nowMs", "epoch", "verdict", "beneath">,
      callable<&SupervisorWrap::on_drained, "nowMs", "epoch">,
      callable<&SupervisorWrap::on_closed, "nowMs", "epoch">,
      callable<&SupervisorWrap::take_generation_number>,
      callable<&SupervisorWrap::on_tick, "nowMs">,
      callable<&SupervisorWrap::on_woken, "nowMs">,
      callable<&SupervisorWrap::on_loop_turned, "nowMs">,
      callable<&SupervisorWrap::request_replacement, "nowMs", "reason", "drainMs">,
      callable<&SupervisorWrap::want_connection, "nowMs">,
      callable<&SupervisorWrap::request_reconnect, "nowMs">,
      callable<&SupervisorWrap::stop, "nowMs", "drainMs">,
      callable<&SupervisorWrap::take_effects>,
      callable<&SupervisorWrap::classify, "facts">,
      callable<&SupervisorWrap::verify_verdict, "facts">,
      callable<&SupervisorWrap::make_verdict, "facts">,
      callable<&SupervisorWrap::connected>,
      callable<&SupervisorWrap::begins_late, "provider", "hasIsolationLevel", "mayBeInteractive", "mayHaveUserCode",
               "showsErrors">,
      callable<&SupervisorWrap::stats, "nowMs">,
      callable<&SupervisorWrap::latency>,
      callable<&SupervisorWrap::latency_bounds, "fine">,
  };
};

}  // namespace seam
}  // namespace resilience
