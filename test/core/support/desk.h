// A supervisor on a desk: tests tell it by hand what happens and read what it answers, in virtual time.
//
// The desk does only what any host must: it counts tries, ticks when it is asked to, drains effects, settles those of
// tickets, and tells when a generation has drained or is closed. It answers no look, no verification and no replacement
// by itself.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/supervisor.h"

namespace resilience {

// Prints in test failures.
inline void PrintTo(ConnectionState state, std::ostream* out) {
  *out << to_string(state);
}
inline void PrintTo(GiveUpReason reason, std::ostream* out) {
  *out << to_string(reason);
}
inline void PrintTo(ReplaceReason reason, std::ostream* out) {
  *out << to_string(reason);
}
inline void PrintTo(Outcome outcome, std::ostream* out) {
  *out << to_string(outcome);
}

namespace testing_support {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

inline constexpr TimePoint kStart = TimePoint{} + std::chrono::hours{1};

struct TimedEffect {
  TimePoint at;
  Effect effect;
};

class Desk {
 public:
  // `wanted`: the application waits for the connection from the start, as with ready().
  explicit Desk(const Config& use = {}, HostAbilities abilities = {true, true}, std::uint64_t seed = 1,
                bool wanted = true)
      : config(use), core(config, abilities, seed, kStart), now(kStart) {
    if (wanted) core.want_connection(now);
    drain();
  }

  // ---- time
  // Ticks whenever it is asked for until `duration` has passed. Fails the test where ticking leads nowhere.
  void pass(Duration duration) {
    const TimePoint until = now + duration;
    int idle = 0;
    while (core.next_deadline() <= until) {
      const TimePoint due = std::max(now, core.next_deadline());
      idle = due == now ? idle + 1 : 0;
      ASSERT_LT(idle, 100) << "the supervisor asks for ticks that lead nowhere, in state " << to_string(core.state());
      now = due;
      tick();
    }
    now = until;
  }
  // The same, with an operation each second.
  void live(Duration duration) {
    for (const TimePoint until = now + duration; now < until;) {
      succeed(start());
      pass(std::min<Duration>(std::chrono::seconds{1}, until - now));
    }
  }
  void tick() {
    fold();
    const std::size_t seen = log.size();
    core.on_tick(now);
    drain();
    for (std::size_t i = seen; i < log.size() && answers; ++i) {
      if (const auto* verify = std::get_if<Verify>(&log[i].effect)) verified(verify->id, *answers);
    }
  }
  [[nodiscard]] Duration elapsed() const { return now - kStart; }

  // ---- operations
  // As a host does before an operation begins.
  void wake() {
    if (!core.asleep()) return;
    fold();
    core.on_woken(now);
    core.on_loop_turned(now);
    drain();
  }
  // A try begins; see fail() and succeed() for its end.
  FailedAttempt start(OperationKind kind = OperationKind::kRead) {
    wake();
    FailedAttempt a_try;
    a_try.operation.kind = kind;
    a_try.first_started = now;
    a_try.epoch = core.epoch();
    begin(a_try);
    return a_try;
  }
  // The next try of one that was released or may run again at once.
  FailedAttempt again(const FailedAttempt& earlier, TicketId ticket) {
    FailedAttempt a_try = earlier;
    a_try.ticket = ticket;
    ++a_try.tries;
    a_try.epoch = core.epoch();
    begin(a_try);
    return a_try;
  }
  // An operation that was parked before its first try is released.
  FailedAttempt start_parked(TicketId ticket, TimePoint first_started) {
    FailedAttempt a_try;
    a_try.operation.kind = OperationKind::kRead;
    a_try.ticket = ticket;
    a_try.first_started = first_started;
    a_try.epoch = core.epoch();
    begin(a_try);
    return a_try;
  }
  void succeed(const FailedAttempt& a_try) {
    ended(a_try);
    ++counters.succeeded;
    counters.last_success = now;
    if (!a_try.ticket.valid()) return;
    fold();
    core.on_succeeded(now, a_try.ticket);
    drain();
  }
  Decision fail(const FailedAttempt& a_try, const Classification& failure) {
    ended(a_try);
    ++counters.failed;
    fold();
    const Decision decision = core.on_failed(now, a_try, failure);
    drain();
    return decision;
  }
  // The COMMIT of a try went unanswered; see Supervisor::ask_outcome().
  Decision ask(const FailedAttempt& commit, const Classification& failure) {
    ended(commit);
    ++counters.failed;
    fold();
    const Decision decision = core.ask_outcome(now, commit, failure);
    drain();
    return decision;
  }
  Decision fail(const FailedAttempt& a_try, ErrorClass error_class) { return fail(a_try, override_with(error_class)); }
  // Reports a try as hanging. Unless it is left alone it has ended for the counters.
  Decision hangs(const FailedAttempt& a_try, bool dead = false, Duration own_limit = {}) {
    fold();
    const Decision decision = core.on_hanging(now, a_try, dead, own_limit);
    if (decision.verdict != DecisionVerdict::kLeave) {
      ended(a_try);
      ++counters.failed;
    }
    drain();
    return decision;
  }
  Admission admit() {
    fold();
    const Admission admission = core.admit(now, {});
    drain();
    return admission;
  }
  void cancel(TicketId ticket) {
    fold();
    core.on_cancelled(now, ticket);
    drain();
  }
  void ended_beneath(TicketId ticket) {
    fold();
    core.on_ended_beneath(now, ticket);
    drain();
  }

  // ---- answers
  ProbeResult result(ProbeVerdict verdict, Duration latency = milliseconds{2}) {
    ever_up = ever_up || verdict == ProbeVerdict::kUp;
    ProbeResult answer;
    answer.verdict = verdict;
    answer.ever_up = ever_up;
    answer.latency = latency;
    return answer;
  }
  void probe(const ProbeResult& answer) {
    if (answer.verdict == ProbeVerdict::kUp) answers.reset();
    fold();
    core.on_probe_result(now, answer);
    drain();
  }
  void probe(ProbeVerdict verdict) { probe(result(verdict)); }
  // Answers the verification asked for last.
  void verified(VerifyVerdict verdict) {
    answers.reset();
    verified(last<Verify>().id, verdict);
  }
  void verified(std::uint64_t id, VerifyVerdict verdict) {
    fold();
    core.on_verified(now, id, verdict);
    drain();
  }
  // Answers the look at connections that was asked for last.
  void activity(const ServerActivity& seen) {
    fold();
    core.on_activity(now, last<LookAtConnections>().look, seen);
    drain();
  }
  bool work_hangs(const FailedAttempt& work, const UsedConnection& connection) {
    fold();
    const bool hangs = core.hangs(now, work, false, connection);
    drain();
    return hangs;
  }
  // What came of the replacement that was asked for last.
  void replaced(bool ok, const std::string& beneath = {}) {
    made(ok ? MakeVerdict::kMade : MakeVerdict::kFailed, beneath);
  }
  void made(MakeVerdict verdict, const std::string& beneath = {}) {
    drain();
    made(making, verdict, beneath);
  }
  void made(Epoch epoch, MakeVerdict verdict, const std::string& beneath = {}) {
    fold();
    core.on_made(now, epoch, verdict, beneath);
    drain();
  }

  // Connected, and the probe has its vote. A look takes 2 ms.
  Desk& up() {
    pass(milliseconds{5});
    probe(ProbeVerdict::kUp);
    verified(VerifyVerdict::kOk);
    EXPECT_EQ(core.state(), ConnectionState::kUp);
    pass(milliseconds{20});
    log.clear();
    return *this;
  }
  // Up, then down: by one operation that waits now, and the probe. Nothing listens any more.
  FailedAttempt down() {
    FailedAttempt caught = start();
    pass(milliseconds{5});
    const Decision decision = fail(caught, ErrorClass::kNotSent);
    EXPECT_EQ(decision.verdict, DecisionVerdict::kWait);
    caught.ticket = decision.ticket;
    pass(milliseconds{5});
    probe(ProbeVerdict::kDown);
    EXPECT_EQ(core.state(), ConnectionState::kDown);
    answers = VerifyVerdict::kUnreachable;
    return caught;
  }

  // ---- effects, oldest first, since they were last forgotten
  template <typename Kind>
  [[nodiscard]] std::vector<Kind> all() const {
    std::vector<Kind> found;
    for (const TimedEffect& timed : log) {
      if (const auto* effect = std::get_if<Kind>(&timed.effect)) found.push_back(*effect);
    }
    return found;
  }
  template <typename Kind>
  [[nodiscard]] std::size_t count() const {
    return all<Kind>().size();
  }
  template <typename Kind>
  [[nodiscard]] Kind last() const {
    const auto found = all<Kind>();
    EXPECT_FALSE(found.empty()) << "no such effect";
    return found.empty() ? Kind{} : found.back();
  }
  // When effects of this kind came, since kStart.
  template <typename Kind>
  [[nodiscard]] std::vector<Duration> times() const {
    std::vector<Duration> found;
    for (const TimedEffect& timed : log) {
      if (std::holds_alternative<Kind>(timed.effect)) found.push_back(timed.at - kStart);
    }
    return found;
  }
  [[nodiscard]] bool released(TicketId ticket) const {
    const auto releases = all<Release>();
    return std::any_of(releases.begin(), releases.end(), [&](const Release& r) { return r.ticket == ticket; });
  }
  [[nodiscard]] std::optional<GiveUpReason> expired(TicketId ticket) const {
    for (const Expire& expire : all<Expire>()) {
      if (expire.ticket == ticket) return expire.reason;
    }
    return std::nullopt;
  }
  // The states since then, in order.
  [[nodiscard]] std::vector<ConnectionState> states() const {
    std::vector<ConnectionState> found;
    for (const StateChanged& change : all<StateChanged>()) found.push_back(change.to);
    return found;
  }
  void forget() { log.clear(); }

  void fold() {
    counters.oldest_in_flight = in_flight_.empty() ? kEndOfTime : *in_flight_.begin();
    core.fold(now, counters);
  }
  void drain() {
    for (Effects effects = core.take_effects(); !effects.empty(); effects = core.take_effects()) {
      for (Effect& effect : effects) {
        if (const auto* e = std::get_if<Replace>(&effect)) making = e->epoch;
        if (const auto* e = std::get_if<DrainGeneration>(&effect)) draining_.insert(e->epoch);
        if (const auto* e = std::get_if<CloseGeneration>(&effect); e != nullptr && closes) {
          core.on_closed(now, e->epoch);
        }
        log.push_back({now, std::move(effect)});
      }
      tell_drained();
    }
  }

  Config config;
  Supervisor core;
  TimePoint now;
  Counters counters;
  std::vector<TimedEffect> log;
  bool ever_up = false;
  Epoch making;                          // the generation that was asked for last
  bool closes = true;                    // whether generations that are to be closed are, at once
  std::optional<VerifyVerdict> answers;  // what verifications asked for by ticks are answered at once, if they are

 private:
  void begin(FailedAttempt& a_try) {
    a_try.try_started = now;
    ++counters.started;
    in_flight_.insert(now);
    on_generation_.insert(a_try.epoch);
  }
  void ended(const FailedAttempt& a_try) {
    const auto found = in_flight_.find(a_try.try_started);
    ASSERT_NE(found, in_flight_.end()) << "it has ended before";
    in_flight_.erase(found);
    on_generation_.erase(on_generation_.find(a_try.epoch));
    tell_drained();
  }
  void tell_drained() {
    const auto drained = [&](Epoch epoch) { return !on_generation_.contains(epoch); };
    for (auto at = std::find_if(draining_.begin(), draining_.end(), drained); at != draining_.end();
         at = std::find_if(draining_.begin(), draining_.end(), drained)) {
      const Epoch epoch = *at;
      draining_.erase(at);
      core.on_drained(now, epoch);
    }
  }

  std::multiset<TimePoint> in_flight_;
  std::multiset<Epoch> on_generation_;  // tries in flight
  std::set<Epoch> draining_;
};

}  // namespace testing_support
}  // namespace resilience
