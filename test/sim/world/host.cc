#include "host.h"

#include <algorithm>

namespace resilience::world {

// Tells the supervisor something, and carries out what follows from it before the answer is read: the hardest order.
template <typename Tell>
auto Host::input(const char* what, Tell tell) {
  using Answer = std::invoke_result_t<Tell, Supervisor&>;
  ++totals_.told;
  if (options_.trace) trace(what);
  counters_.oldest_in_flight = tries_.empty() ? kEndOfTime : tries_.begin()->second.started;
  if (!waiting_beneath_.empty()) {
    counters_.oldest_in_flight = std::min(counters_.oldest_in_flight, *waiting_beneath_.begin());
  }
  core_.fold(now(), counters_);
  if (twin_) twin_->fold(now(), counters_);
  if constexpr (std::is_void_v<Answer>) {
    tell(core_);
    if (twin_) tell(*twin_);
    carry_out_effects();
  } else {
    const Answer answer = tell(core_);
    if (twin_) compare(describe(answer), describe(tell(*twin_)), "answer");
    if (options_.trace) trace("  answers " + describe(answer));
    carry_out_effects();
    return answer;
  }
}

Host::Host(EventQueue& events, Server& server, const HostOptions& options, Watcher& watcher)
    : events_(events),
      server_(server),
      options_(options),
      watcher_(watcher),
      core_(options.config, options.abilities, options.seed, events.now()),
      releases_(core_.slow_start()),
      last_run_(options.first_run) {
  if (options.twin) twin_.emplace(options.config, options.abilities, options.seed, events.now());
  counters_.last_success = now();
  last_tick_ = now();
  generations_[generation_].client = make_client(options.pool);
  probe_ = std::make_shared<Probe>(events, server, options.config.probe, options.seed + 1,
                                   [this](const ProbeResult& result) {
                                     post([this, result] {
                                       input(result.verdict == ProbeVerdict::kUp ? "probe: up" : "probe: not up",
                                             [&](Supervisor& core) { core.on_probe_result(now(), result); });
                                     });
                                   });
  input("begin", [](Supervisor&) {});
}

std::shared_ptr<Client> Host::make_client(std::size_t pool) const {
  return std::make_shared<Client>(events_, server_, pool, options_.pool_timeout, server_.primary());
}

// ---- the event loop ------------------------------------------------------------------------------------------------

void Host::stall(Duration duration) {
  stalled_ += duration;
  stalled_until_ = std::max(stalled_until_, now() + duration);
}

void Host::post(EventQueue::Action action) {
  if (now() < stalled_until_) {
    events_.at(stalled_until_, [this, action = std::move(action)]() mutable { post(std::move(action)); });
  } else {
    ++posted_;
    action();
    if (--posted_ == 0) check_releases();
  }
}

void Host::compare(const std::string& summed, const std::string& told, const char* what) {
  if (summed != told) broken(std::string(what) + ": in one sum '" + summed + "', told one by one '" + told + "'");
}

void Host::broken(const std::string& promise) {
  watcher_.broken(promise);
  if (options_.trace) trace(kBroken + promise);
}

void Host::trace(const std::string& line) const {
  const std::chrono::duration<double> at = now().time_since_epoch();
  options_.trace(std::to_string(at.count()) + " [" + std::string(to_string(core_.state())) + "] " + line);
}

void Host::carry_out_effects() {
  if (carrying_out_) return;
  carrying_out_ = true;
  for (Effects effects = core_.take_effects(); !effects.empty(); effects = core_.take_effects()) {
    if (twin_) compare(describe(effects), describe(twin_->take_effects()), "effects");
    if (options_.trace) trace("  " + describe(effects));
    for (const Effect& effect : effects) carry_out(effect);
  }
  if (twin_) compare("", describe(twin_->take_effects()), "effects");
  carrying_out_ = false;
  check_waiting();
  successes_told_ = counters_.succeeded;
  check_gate();
  arm();
}

// The gate closes for a reason, and the reason lasts until all is well again.
void Host::check_gate() {
  const auto hanging = [this] {
    return !tries_.empty() && now() - tries_.begin()->second.started >= options_.config.probe.suspect_after;
  };
  reason_given_ = reason_given_ || hanging();
  const ConnectionState state = core_.state();
  const bool beginning = state == ConnectionState::kConnecting || state == ConnectionState::kRecovering;
  if (core_.gate_closed() && !reason_given_ && !beginning) {
    broken("the gate closed although no operation gave a reason");
  }
  if (state == ConnectionState::kUp) reason_given_ = false;
}

void Host::check_harmless(const Effect& effect) {
  if (const auto* e = std::get_if<Replace>(&effect)) broken("a full pool or a refused query led to " + describe({*e}));
  const auto* const change = std::get_if<StateChanged>(&effect);
  if (change == nullptr) return;
  switch (change->to) {
    case ConnectionState::kSuspect:
    case ConnectionState::kDown:
    case ConnectionState::kReplacing: broken("a full pool or a refused query led to " + describe({*change})); return;
    case ConnectionState::kConnecting:
    case ConnectionState::kUp:
    case ConnectionState::kVerifying:
    case ConnectionState::kRecovering:
    case ConnectionState::kStopped: return;
  }
}

void Host::check_releases() {
  const ConnectionState state = core_.state();
  const bool flowing = state == ConnectionState::kRecovering || state == ConnectionState::kUp;
  if (const auto promise = releases_.broken(flowing)) broken(*promise);
}

void Host::arm() {
  const TimePoint due = core_.next_deadline();
  if (twin_)
    compare(std::to_string(due.time_since_epoch().count()),
            std::to_string(twin_->next_deadline().time_since_epoch().count()), "next deadline");
  if (due == timer_due_) return;
  if (timer_) events_.cancel(*timer_);
  timer_.reset();
  timer_due_ = due;
  if (due != kEndOfTime) timer_ = events_.at(due, [this] { post([this] { tick(); }); });
}

void Host::tick() {
  timer_due_ = kEndOfTime;
  ticks_in_place_ = last_tick_ == now() ? ticks_in_place_ + 1 : 0;
  last_tick_ = now();
  if (ticks_in_place_ > 50) {
    broken("ticks lead nowhere");
    return;
  }
  input("tick", [&](Supervisor& core) { core.on_tick(now()); });
}

void Host::carry_out(const Effect& effect) {
  if (harmless_) check_harmless(effect);
  if (const auto* e = std::get_if<StateChanged>(&effect)) {
    reset_owed_ = reset_owed_ || (e->to == ConnectionState::kReplacing && reason_given_);
  }
  if (const auto* e = std::get_if<Release>(&effect)) release(e->ticket);
  if (const auto* e = std::get_if<Expire>(&effect)) expire(*e);
  if (std::holds_alternative<StartLooking>(effect)) probe_->start();
  if (std::holds_alternative<StopLooking>(effect)) probe_->stop();
  if (const auto* e = std::get_if<Verify>(&effect)) verify(*e);
  if (const auto* e = std::get_if<Replace>(&effect)) replace(*e);
  if (std::holds_alternative<Disconnected>(effect)) {
    if (std::exchange(in_outage_, true)) broken("an outage begins within another");
    ++totals_.outages;
  }
  if (std::holds_alternative<Reconnected>(effect) && !std::exchange(in_outage_, false)) {
    broken("the end of no outage");
  }
  if (std::holds_alternative<SweepInFlight>(effect)) sweep();
  if (std::holds_alternative<ReadSockets>(effect)) {
    events_.after(std::chrono::microseconds{100}, [this] {
      post([this] { input("the loop has turned", [&](Supervisor& core) { core.on_loop_turned(now()); }); });
    });
  }
  carry_out_life(effect);
}

void Host::hard_reset(bool limited) {
  post([this, drain = limited ? std::optional{options_.drain} : std::nullopt] {
    reason_given_ = true;
    input("hard reset",
          [&](Supervisor& core) { return core.request_replacement(now(), ReplaceReason::kManual, drain); });
  });
}

void Host::reconnect() {
  post([this] { input("reconnect", [&](Supervisor& core) { core.request_reconnect(now()); }); });
}

void Host::shut_down() {
  post([this] {
    reason_given_ = true;
    input("shutdown", [&](Supervisor& core) { core.stop(now(), options_.drain); });
  });
}

// ---- operations ----------------------------------------------------------------------------------------------------

void Host::run(const OperationPlan& plan) {
  post([this, plan] { begin(++last_run_, plan); });
}

void Host::begin(std::uint64_t number, const OperationPlan& plan) {
  ++totals_.begun;
  ++totals_.told;
  Run& run = runs_[number];
  run.number = number;
  run.plan = plan;
  run.first_started = now();
  if (core_.asleep()) input("an operation wakes it", [&](Supervisor& core) { core.on_woken(now()); });
  if (!core_.gate_closed()) {
    begin_try(run);
    return;
  }
  const Admission admission =
      input("an operation comes", [&](Supervisor& core) { return core.admit(now(), plan.operation); });
  switch (admission.verdict) {
    case AdmissionVerdict::kRun: begin_try(run); return;
    case AdmissionVerdict::kParked:
      wait(run, admission.ticket);
      releases_.on_parked(admission.ticket);
      return;
    case AdmissionVerdict::kRejected: settle(number, false, Outcome::kNotApplied); return;
  }
}

void Host::begin_try(Run& run) {
  if (run.maybe_applied && run.plan.operation.kind == OperationKind::kWrite) {
    broken("a write of unknown outcome runs again");
  }
  if (run.under_way) broken("it runs again while something of its last try is under way");
  if (run.plan.operation.has_user_code && run.tries > 0) broken("user code runs twice");
  if (now() > run.first_started && now() >= run.first_started + options_.config.reconnect.deadline) {
    broken("a run begins beyond its deadline");
  }
  ++run.tries;
  const std::uint64_t number = ++last_try_;
  tries_[number] = {run.number, generation_, core_.epoch(), now()};
  Generation& generation = generations_.at(generation_);
  ++generation.in_flight;
  ++counters_.started;
  const Statement statement{run.number, run.plan.operation.kind != OperationKind::kRead, run.plan.work};
  generation.client->run(statement, [this, number](const TryResult& result) {
    post([this, number, result] { end_try(number, result); });
  });
}

void Host::leave_flight(std::uint64_t number) {
  const std::uint64_t generation = tries_.at(number).generation;
  tries_.erase(number);
  Generation& left = generations_.at(generation);
  if (--left.in_flight == 0 && left.draining) {
    input("drained", [&](Supervisor& core) { core.on_drained(now(), Epoch{generation}); });
  }
}

void Host::end_try(std::uint64_t number, const TryResult& result) {
  const auto found = tries_.find(number);
  if (found == tries_.end()) return end_late_try(number, result);
  const Try a_try = found->second;
  leave_flight(number);
  const auto owner = runs_.find(a_try.run);
  if (result.ok) {
    ++counters_.succeeded;
    counters_.last_success = now();
    ++totals_.told;
    if (twin_) twin_->fold(now(), counters_);
    if (owner != runs_.end()) succeed(owner->second);
    return;
  }
  ++counters_.failed;
  if (owner == runs_.end()) return;
  Run& run = owner->second;
  Classification failure = result.failure;
  // "timeout exceeded when trying to connect": only the state of the database says what that means.
  if (result.pool_timeout && core_.database_view() == ProbeView::kDown) failure = override_with(ErrorClass::kNotSent);
  FailedAttempt failed = describe_try(run, a_try);
  failed.new_connection = result.new_connection;
  reason_given_ = reason_given_ || failure.traits.connection_class;
  harmless_ = !failure.traits.connection_class && !failure.wrong_server_suspected &&
              counters_.succeeded == successes_told_;  // successes may have effects of their own
  run.under_way = failed.under_way = leaves_work(run);
  if (run.under_way) {
    events_.after(options_.leaves_work, [this, left = run.number, tries = run.tries] {
      post([this, left, tries] { end_beneath(left, tries); });
    });
  }
  const bool unknown = failure.traits.outcome == Outcome::kUnknown;
  run.maybe_applied = run.maybe_applied || unknown;
  releases_.on_end(run.ticket, failure.error_class == ErrorClass::kSaturated ? End::kSaturated : End::kOther);
  if (options_.trace) {
    trace("run " + std::to_string(run.number) + ", try " + std::to_string(run.tries) +
          " failed: " + std::string(to_string(failure.error_class)));
  }
  const Decision decision = input("failure", [&](Supervisor& core) { return core.on_failed(now(), failed, failure); });
  harmless_ = false;
  follow(run, decision);
}

// Some, and each time the same.
bool Host::leaves_work(const Run& run) const noexcept {
  constexpr std::uint64_t kOneIn = 5;
  return options_.leaves_work > Duration::zero() && (run.number + run.tries) % kOneIn == 0;
}

// What the try number `tries` left has ended. Its operation waits for that, or has been answered.
void Host::end_beneath(std::uint64_t number, std::uint32_t tries) {
  const auto found = runs_.find(number);
  if (found == runs_.end() || found->second.tries != tries) return;
  Run& run = found->second;
  run.under_way = false;
  if (run.waiting) input("ended beneath", [&](Supervisor& core) { core.on_ended_beneath(now(), run.ticket); });
}

// One that was taken back as hanging: the first answer wins, any other news of it changes nothing.
void Host::end_late_try(std::uint64_t number, const TryResult& result) {
  const auto found = taken_back_.find(number);
  if (found == taken_back_.end()) return;
  const auto owner = runs_.find(found->second);
  taken_back_.erase(found);
  if (result.ok && owner != runs_.end()) succeed(owner->second);
}

void Host::succeed(Run& run) {
  const TicketId ticket = run.ticket;
  if (run.waiting) {
    leave_waiting(run);
    waiting_.erase(ticket.value);
    releases_.on_left_queue(ticket);
    input("its earlier run succeeded", [&](Supervisor& core) { core.on_cancelled(now(), ticket); });
  } else if (ticket.valid()) {
    releases_.on_end(ticket, End::kSuccess);
    input("success", [&](Supervisor& core) { core.on_succeeded(now(), ticket); });
  }
  settle(run.number, true, Outcome::kApplied);
}

FailedAttempt Host::describe_try(const Run& run, const Try& a_try) const {
  FailedAttempt failed;
  failed.ticket = run.ticket;
  failed.operation = run.plan.operation;
  failed.first_started = run.first_started;
  failed.try_started = a_try.started;
  failed.tries = run.tries;
  failed.epoch = a_try.epoch;
  return failed;
}

void Host::follow(Run& run, const Decision& decision) {
  switch (decision.verdict) {
    case DecisionVerdict::kGiveUp: settle(run.number, false, decision.outcome); return;
    case DecisionVerdict::kRunNow:
      run.ticket = decision.ticket;
      releases_.on_released(run.ticket);
      begin_try(run);
      return;
    case DecisionVerdict::kWait: wait(run, decision.ticket); return;
    case DecisionVerdict::kLeave: return;
  }
}

void Host::wait(Run& run, TicketId ticket) {
  run.ticket = ticket;
  run.waiting = true;
  if (options_.guarded && run.tries > 0) {
    waiting_beneath_.insert(run.first_started);
    ++counters_.started;  // to whoever counts above, its try has not ended
  }
  ++totals_.waited;
  if (!waiting_.emplace(ticket.value, run.number).second) broken("one ticket for two");
  check_waiting();
}

void Host::check_waiting() {
  // Until all effects of an input are carried out, some wait here whom the core has let go already.
  if (carrying_out_) return;
  if (waiting_.size() > options_.config.reconnect.max_parked) broken("more wait than maxParked");
}

void Host::leave_waiting(Run& run) {
  run.waiting = false;
  const auto beneath = waiting_beneath_.find(run.first_started);
  if (run.tries == 0 || beneath == waiting_beneath_.end()) return;
  waiting_beneath_.erase(beneath);
  ++counters_.failed;
}

void Host::release(TicketId ticket) {
  const auto found = waiting_.find(ticket.value);
  if (found == waiting_.end()) return broken("a release for nobody who waits");
  Run& run = runs_.at(found->second);
  waiting_.erase(found);
  leave_waiting(run);
  releases_.on_released(ticket);
  begin_try(run);
}

void Host::expire(const Expire& effect) {
  const auto found = waiting_.find(effect.ticket.value);
  if (found == waiting_.end()) return broken("an end for nobody who waits");
  const std::uint64_t number = found->second;
  waiting_.erase(found);
  releases_.on_left_queue(effect.ticket);
  Run& run = runs_.at(number);
  leave_waiting(run);
  if (now() > run.first_started + options_.config.reconnect.deadline + stalled_) {
    broken("waited beyond its deadline");
  }
  settle(number, false, run.maybe_applied ? Outcome::kUnknown : Outcome::kNotApplied);
}

void Host::settle(std::uint64_t number, bool ok, Outcome outcome) {
  const Run& run = runs_.at(number);
  if (run.waiting) broken("settled while it waits");
  ok ? ++totals_.succeeded : ++totals_.failed;
  totals_.longest = std::max(totals_.longest, now() - run.first_started);
  totals_.last_settled = now();
  if (run.first_started <= watched_since_) totals_.backlog_settled = now();
  if (ok && totals_.first_success == kEndOfTime) totals_.first_success = now();
  if (run.plan.operation.kind == OperationKind::kWrite) {
    totals_.unknown += !ok && outcome == Outcome::kUnknown ? 1U : 0U;
    settled_.push_back({number, ok, outcome});
  }
  runs_.erase(number);
}

void Host::sweep() {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, a_try] : tries_) numbers.push_back(number);
  for (const std::uint64_t number : numbers) {
    const auto found = tries_.find(number);
    if (found == tries_.end()) continue;
    const Try a_try = found->second;
    const auto owner = runs_.find(a_try.run);
    if (owner == runs_.end()) {
      leave_flight(number);  // an earlier try of it has answered: nobody waits for this one
      ++counters_.failed;
      continue;
    }
    Run& run = owner->second;
    reason_given_ = reason_given_ || now() - a_try.started >= StuckSweep::kGrace;
    const Decision decision =
        input("hanging", [&](Supervisor& core) { return core.on_hanging(now(), describe_try(run, a_try), false, {}); });
    if (decision.verdict == DecisionVerdict::kLeave) continue;
    releases_.on_end(run.ticket, End::kOther);
    leave_flight(number);
    ++counters_.failed;
    run.maybe_applied = true;
    taken_back_[number] = run.number;
    follow(run, decision);
  }
}

std::uint64_t Host::check_ledger() {
  std::uint64_t twice = 0;
  for (const Settled& settled : settled_) {
    const std::uint32_t times = server_.times_applied(settled.run);
    twice += times > 1 ? 1U : 0U;
    const bool unknown = !settled.ok && settled.outcome == Outcome::kUnknown;
    const std::uint32_t expected = settled.ok ? 1 : 0;
    if (times > 1 && options_.config.on_unknown_outcome != UnknownOutcomePolicy::kRetry) broken("a row twice");
    if (!unknown && times != expected && times <= 1)
      broken(settled.ok ? "an acknowledged row lost" : "a row that was said not to be");
  }
  settled_.clear();
  return twice;
}

// ---- verifications and replacements --------------------------------------------------------------------------------

void Host::verify(const Verify& effect) {
  const bool fresh = effect.of_database && options_.abilities.can_replace;
  const std::shared_ptr<Client> client = fresh ? make_client(1) : generations_.at(generation_).client;
  const auto answer = [this, id = effect.id, fresh, client,
                       over = std::make_shared<bool>(false)](VerifyVerdict verdict) {
    if (std::exchange(*over, true)) return;
    post([this, id, verdict] {
      reason_given_ = reason_given_ || verdict != VerifyVerdict::kOk;
      input(verdict == VerifyVerdict::kOk ? "verified" : "not verified",
            [&](Supervisor& core) { core.on_verified(now(), id, verdict); });
    });
    if (fresh) client->destroy();
  };
  client->run(
      {}, [answer](const TryResult& result) { answer(result.ok ? VerifyVerdict::kOk : verdict_of(result.failure)); });
  events_.after(effect.timeout, [answer] { answer(VerifyVerdict::kTimedOut); });
}

// Resets that nobody asked for: never out of saturation or queries' own errors, and never close together. One whose
// factory failed has reset nothing, and is tried again.
void Host::check_reset(ReplaceReason reason) {
  if (reason != ReplaceReason::kConsecutiveErrors && reason != ReplaceReason::kFinalAttempt &&
      reason != ReplaceReason::kEngineFault) {
    return;
  }
  if (!reason_given_ && !reset_owed_) broken("a reset although no operation gave a reason");
  if (last_reset_ && now() - *last_reset_ < options_.config.reconnect.min_reset_interval) {
    broken("two resets within minResetInterval");
  }
  reset_begun_ = now();
  reset_owed_ = true;
}

// A factory that hangs may deliver in the end, long after anybody waits for it.
void Host::replace(const Replace& effect) {
  if (std::exchange(replacing_, true)) broken("two replacements at a time");
  check_reset(effect.reason);
  ++totals_.replacements;
  const Duration late = factory_mood_ == FactoryMood::kHangs ? std::chrono::seconds{20} : Duration::zero();
  events_.after(options_.make_client + late, [this, epoch = effect.epoch] {
    if (factory_mood_ == FactoryMood::kThrows) return post([this, epoch] { made(epoch, MakeVerdict::kFailed); });
    const auto client = make_client(options_.pool);
    made_[epoch.value] = client;
    if (stopped_making_.count(epoch.value) != 0) return post([this, epoch] { made(epoch, MakeVerdict::kMade); });
    client->run({}, [this, epoch](const TryResult& result) {
      if (stopped_making_.count(epoch.value) != 0) return;
      post([this, epoch, ok = result.ok] { made(epoch, ok ? MakeVerdict::kMade : MakeVerdict::kFailed); });
    });
  });
}

// One that is still asked its trivial question has failed; one that is delivered later is asked none.
void Host::stop_making(Epoch epoch) {
  stopped_making_.insert(epoch.value);
  if (made_.count(epoch.value) != 0) post([this, epoch] { made(epoch, MakeVerdict::kFailed); });
}

void Host::made(Epoch epoch, MakeVerdict verdict) {
  if (verdict != MakeVerdict::kMade) end_client(epoch);
  input(verdict == MakeVerdict::kMade ? "made" : "not made",
        [&](Supervisor& core) { core.on_made(now(), epoch, verdict, {}); });
}

void Host::replacement_over(bool ok) {
  if (!std::exchange(replacing_, false)) broken("the end of no replacement");
  if (ok) {
    reset_owed_ = false;
    if (reset_begun_) last_reset_ = reset_begun_;
  }
  reset_begun_.reset();
}

void Host::carry_out_life(const Effect& effect) {
  if (const auto* e = std::get_if<StopMaking>(&effect)) stop_making(e->epoch);
  if (const auto* e = std::get_if<ServeGeneration>(&effect)) serve(e->epoch);
  if (const auto* e = std::get_if<DrainGeneration>(&effect)) drain(e->epoch);
  if (const auto* e = std::get_if<CloseGeneration>(&effect)) close(e->epoch);
  if (const auto* e = std::get_if<AbandonGeneration>(&effect)) end_client(e->epoch);
  if (std::holds_alternative<Replaced>(effect)) replacement_over(true);
  if (std::holds_alternative<ReplaceFailed>(effect)) replacement_over(false);
  if (std::holds_alternative<Ended>(effect)) {
    ended_ = true;
    if (!tries_.empty()) broken("the end of all generations with somebody in flight");
  }
}

void Host::serve(Epoch epoch) {
  const auto found = made_.find(epoch.value);
  if (found == made_.end()) return broken("a generation serves that was not made");
  if (epoch.value <= generation_) broken("a number was given twice");
  generation_ = epoch.value;
  generations_[generation_].client = std::move(found->second);
  made_.erase(found);
}

void Host::drain(Epoch epoch) {
  const auto found = generations_.find(epoch.value);
  if (found == generations_.end() || found->second.draining) return broken("nothing to drain");
  found->second.draining = true;
  if (found->second.in_flight > 0) return;
  input("drained", [&](Supervisor& core) { core.on_drained(now(), epoch); });
}

void Host::close(Epoch epoch) {
  const auto found = generations_.find(epoch.value);
  if (found != generations_.end() && found->second.in_flight > 0) broken("a client is closed with somebody on it");
  end_client(epoch);
  events_.after(std::chrono::milliseconds{1}, [this, epoch] {
    post([this, epoch] { input("closed", [&](Supervisor& core) { core.on_closed(now(), epoch); }); });
  });
}

void Host::end_client(Epoch epoch) {
  std::shared_ptr<Client> client;
  if (const auto found = made_.find(epoch.value); found != made_.end()) {
    client = std::move(found->second);
    made_.erase(found);
  } else if (const auto old = generations_.find(epoch.value); old != generations_.end()) {
    client = std::move(old->second.client);
    generations_.erase(old);
  }
  if (client) client->destroy();
}

}  // namespace resilience::world
