// The supervisor for JavaScript: checks arguments, folds the counters, makes one core call, publishes the gate.
//
// JavaScript: new NativeSupervisor(config, { canReplace, hasProbe, serving, seed, now, block, ConfigError }). All times
// are the host's milliseconds (performance.now()). Owner: the environment's thread. No policy here.
#pragma once

#include <optional>

#include "binding/control_block.h"
#include "binding/napi_setup.h"
#include "core/supervisor.h"

namespace resilience {

class SupervisorWrap : public Napi::ObjectWrap<SupervisorWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit SupervisorWrap(const Napi::CallbackInfo& info);

 private:
  // admit(now, kind, shape, hasUserCode) → ticket, 0 to run at once, or -(1 + GiveUpReason)
  Napi::Value admit(const Napi::CallbackInfo& info);
  // onFailed(now, try, facts, overrideClass?) → decision with errorClass; `try` is the host's in-flight entry
  Napi::Value on_failed(const Napi::CallbackInfo& info);
  // onHanging(now, try, connectionDead, ownLimitMs) → decision
  Napi::Value on_hanging(const Napi::CallbackInfo& info);
  // hangs(now, work, connectionDead, connection: { number, opening, pid, openedAt, moving }) → whether to end it
  Napi::Value hangs(const Napi::CallbackInfo& info);
  // onActivity(now, look, the probe's answer or undefined)
  void on_activity(const Napi::CallbackInfo& info);
  void on_succeeded(const Napi::CallbackInfo& info);
  void on_cancelled(const Napi::CallbackInfo& info);
  void on_probe_result(const Napi::CallbackInfo& info);
  void on_verified(const Napi::CallbackInfo& info);
  void on_delivered(const Napi::CallbackInfo& info);
  void on_made(const Napi::CallbackInfo& info);
  void on_drained(const Napi::CallbackInfo& info);
  void on_closed(const Napi::CallbackInfo& info);
  Napi::Value take_generation_number(const Napi::CallbackInfo& info);
  Napi::Value make_verdict(const Napi::CallbackInfo& info);
  void on_tick(const Napi::CallbackInfo& info);
  Napi::Value request_replacement(const Napi::CallbackInfo& info);
  void want_connection(const Napi::CallbackInfo& info);
  void request_reconnect(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);
  // classify(facts) → errorClass: the suggestion that a user's classifyError sees
  Napi::Value classify(const Napi::CallbackInfo& info);
  // verifyVerdict(facts) → what a verification that failed like this says: VerifyVerdict
  Napi::Value verify_verdict(const Napi::CallbackInfo& info);
  Napi::Value take_effects(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  // latencyCounts() → [bound in ms, how many below it, …]
  Napi::Value latency_counts(const Napi::CallbackInfo& info);

  // The time of an input: its first argument; folds the counters.
  TimePoint begin(const Napi::CallbackInfo& info);
  void publish();
  [[nodiscard]] ProbeView probe_view() const noexcept;

  std::optional<ControlBlock> block_;
  std::optional<Supervisor> supervisor_;
  Effects pending_;
};

}  // namespace resilience
