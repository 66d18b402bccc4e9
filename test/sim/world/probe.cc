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
  under_way_ = 0;
}

void Probe::arm() {
  const std::uint64_t armed = ++armed_;
  const auto due = [self = shared_from_this(), armed](void (Probe::*what)()) {
    return [self, armed, what] {
      if (armed == self->armed_) (self.get()->*what)();
    };
  };
  if (const auto next = schedule_.next_attempt(under_way_)) events_.at(*next, due(&Probe::attempt));
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

void Probe::attempt() {
  const TimePoint began = events_.now();
  const std::uint64_t round = ++last_round_;
  schedule_.on_attempt(began);
  ++under_way_;
  const auto over = std::make_shared<bool>(false);
  const auto end = [self = shared_from_this(), look = look_, round, began, over](ProbeVerdict verdict,
                                                                                 const char* code) {
    if (!std::exchange(*over, true)) self->settle(look, round, began, verdict, code);
  };
  events_.after(timeout_, [end] { end(ProbeVerdict::kDown, "ETIMEDOUT"); });
  switch (mood_) {
    case ProbeMood::kSilent: break;
    case ProbeMood::kSaysDown:
      events_.after(std::chrono::milliseconds{1}, [end] { end(ProbeVerdict::kDown, "ECONNREFUSED"); });
      break;
    case ProbeMood::kCannotTell:
      events_.after(std::chrono::milliseconds{1}, [end] { end(ProbeVerdict::kInconclusive, "EMFILE"); });
      break;
    case ProbeMood::kHonest: {
      const auto connected = [this, end](Reply what, Server::SessionId session) {
        if (what == Reply::kRefused) return end(ProbeVerdict::kDown, "ECONNREFUSED");
        if (what == Reply::kStarting) return end(ProbeVerdict::kDown, "57P03");
        if (what != Reply::kOk) return end(ProbeVerdict::kDown, "ECONNRESET");
        server_.query(session, {}, [this, end](Reply answer, Server::SessionId id) {
          if (answer == Reply::kOk) server_.close(id);
          end(answer == Reply::kOk ? ProbeVerdict::kUp : ProbeVerdict::kDown, answer == Reply::kOk ? "" : "ECONNRESET");
        });
      };
      server_.connect(server_.primary(), false, connected, [over] { return !*over; });
      break;
    }
  }
  arm();
}

void Probe::lose_sentinel() {
  ProbeResult result;
  result.verdict = ProbeVerdict::kDown;
  result.trigger = ProbeTrigger::kSentinel;
  result.code = "ECONNRESET";
  result.ever_up = ever_up_;
  report_(result);
}

void Probe::settle(std::uint64_t look, std::uint64_t round, TimePoint began, ProbeVerdict verdict, const char* code) {
  if (look != look_) return;
  if (under_way_ > 0) --under_way_;
  if (round < reported_round_) return arm();
  reported_round_ = round;
  ever_up_ = ever_up_ || verdict == ProbeVerdict::kUp;
  ProbeResult result;
  result.verdict = verdict;
  result.code = code;
  result.ever_up = ever_up_;
  result.latency = events_.now() - began;
  if (verdict == ProbeVerdict::kUp) {
    result.role = ServerRole::kPrimary;
    result.host = "db";
    result.port = static_cast<std::uint16_t>(5432 + server_.primary());
  }
  schedule_.on_sign(events_.now(), sign_of(result));
  arm();
  report_(result);
}

}  // namespace resilience::world
