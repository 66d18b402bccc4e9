#include "probe.h"

#include <algorithm>
#include <utility>

namespace resilience::world {

void Probe::start() {
  schedule_.begin(events_.now());
  arm();
}

void Probe::stop() {
  schedule_.end();
  ++look_;
  ++armed_;
  under_way_.clear();
  queue_.leave();
  staying_ = nullptr;
}

void Probe::arm() {
  const std::uint64_t armed = ++armed_;
  const auto due = [self = shared_from_this(), armed](void (Probe::*what)()) {
    return [self, armed, what] {
      if (armed == self->armed_) (self.get()->*what)();
    };
  };
  if (const auto next = schedule_.next_attempt(static_cast<unsigned>(under_way_.size())))
    events_.at(*next, due(&Probe::attempt));
  if (const auto next = schedule_.next_knock()) events_.at(*next, due(&Probe::knock));
}

void Probe::knock() {
  schedule_.on_knock(events_.now());
  if (mood_ == ProbeMood::kHonest) {
    events_.after(server_.round_trip(), [self = shared_from_this(), look = look_] {
      if (look != self->look_ || !self->server_.listens()) return;
      self->schedule_.on_knock_accepted(self->events_.now());
      self->arm();
    });
  }
  arm();
}

bool Probe::waits() const {
  return staying_ || std::any_of(under_way_.begin(), under_way_.end(), [](const Attempt& a) { return a->taken_in; });
}

void Probe::attempt() {
  const TimePoint began = events_.now();
  schedule_.on_attempt(began, waits());
  const auto attempt = std::make_shared<Progress>();
  attempt->look = look_;
  attempt->round = ++last_round_;
  attempt->began = began;
  under_way_.push_back(attempt);
  events_.after(timeout_, [self = shared_from_this(), attempt] { self->time_out(attempt); });
  const auto soon = [this, attempt](ProbeVerdict verdict, const char* code) {
    events_.after(std::chrono::milliseconds{1},
                  [self = shared_from_this(), attempt, verdict, code] { self->settle(attempt, verdict, code); });
  };
  switch (mood_) {
    case ProbeMood::kSilent: break;
    case ProbeMood::kSaysDown: soon(ProbeVerdict::kDown, "ECONNREFUSED"); break;
    case ProbeMood::kCannotTell: soon(ProbeVerdict::kInconclusive, "EMFILE"); break;
    case ProbeMood::kHonest: dial(attempt); break;
  }
  arm();
}

void Probe::dial(const Attempt& attempt) {
  events_.after(server_.round_trip(),
                [self = shared_from_this(), attempt] { attempt->taken_in = self->server_.listens(); });
  const auto end = [self = shared_from_this(), attempt](ProbeVerdict verdict, const char* code) {
    self->settle(attempt, verdict, code);
  };
  const auto connected = [this, end](Reply what, Server::SessionId session) {
    if (what == Reply::kRefused) return end(ProbeVerdict::kDown, "ECONNREFUSED");
    if (what == Reply::kStarting) return end(ProbeVerdict::kDown, "57P03");
    if (what != Reply::kOk) return end(ProbeVerdict::kDown, "ECONNRESET");
    server_.query(session, {}, [this, end](Reply answer, Server::SessionId id) {
      if (answer == Reply::kOk) server_.close(id);
      end(answer == Reply::kOk ? ProbeVerdict::kUp : ProbeVerdict::kDown, answer == Reply::kOk ? "" : "ECONNRESET");
    });
  };
  const auto wanted = [attempt] { return !attempt->over && (!attempt->timed_out || attempt->stays); };
  server_.connect(server_.primary(), false, connected, wanted);
}

void Probe::time_out(const Attempt& attempt) {
  if (attempt->over || attempt->look != look_) return;
  attempt->timed_out = true;
  if (attempt->taken_in && queue_.join(events_.now())) {
    if (staying_) staying_->over = true;
    staying_ = attempt;
    attempt->stays = true;
  }
  report(*attempt, ProbeVerdict::kDown, "ETIMEDOUT");
}

void Probe::settle(const Attempt& attempt, ProbeVerdict verdict, const char* code) {
  if (attempt->over || attempt->look != look_) return;
  if (attempt->timed_out && !attempt->stays) return;
  attempt->over = true;
  if (attempt == staying_ || verdict == ProbeVerdict::kUp) {
    queue_.leave();
    if (staying_) std::exchange(staying_, nullptr)->over = true;
  }
  report(*attempt, verdict, code);
}

void Probe::lose_sentinel() {
  ProbeResult result;
  result.verdict = ProbeVerdict::kDown;
  result.trigger = ProbeTrigger::kSentinel;
  result.code = "ECONNRESET";
  result.ever_up = ever_up_;
  report_(result);
}

void Probe::report(const Progress& attempt, ProbeVerdict verdict, const char* code) {
  // What began earlier knows less, unless it has kept its place.
  const bool in_turn = attempt.round >= reported_round_;
  std::erase_if(under_way_, [&attempt](const Attempt& other) { return other->round <= attempt.round; });
  if (!in_turn && !attempt.stays) return arm();
  reported_round_ = std::max(reported_round_, attempt.round);
  ever_up_ = ever_up_ || verdict == ProbeVerdict::kUp;
  ProbeResult result;
  result.verdict = verdict;
  result.code = code;
  result.ever_up = ever_up_;
  result.latency = events_.now() - attempt.began;
  if (verdict == ProbeVerdict::kUp) {
    result.role = ServerRole::kPrimary;
    result.host = "db";
    result.port = static_cast<std::uint16_t>(5432 + server_.primary());
  }
  schedule_.on_sign(events_.now(), sign_of(result));
  if (attempt.stays && attempt.over) schedule_.on_waited(result.latency);
  arm();
  report_(result);
}

}  // namespace resilience::world
