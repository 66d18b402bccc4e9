// How long our own client may take to answer, once the database does.
//
// At first as long as the database is known to need. Where the client is silent by then, the probe asks the database
// anew: in a fleet's rush everybody's answers come late, and the look that ended the outage came before the rush. The
// client then has kInLooks times as long as it took to hear of that, counted from its own question: a process that is
// busy itself hears late of everything, and needs many turns of its event loop to open a connection. Only a client that
// needs longer is silent. An answer on a standing connection tells nothing of how long one takes to open: then the
// client has as long as a look that opens one may take. A probe that does not answer either is waited for until the
// end. Owner: the recovery.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/types.h"

namespace resilience {

class ClientPatience {
 public:
  static constexpr int kInLooks = 8;

  enum class Advice : std::uint8_t {
    kWait = 0,
    kAskProbe = 1,  // nobody knows how long the database takes just now
    kSilent = 2,
  };

  // The client is asked. `grace`: what it has at first; `most`: what it has at the most.
  void begin(TimePoint now, Duration grace, Duration most) noexcept {
    phase_ = Phase::kGrace;
    began_ = now;
    grace_ = grace;
    end_ = saturating_add(now, std::max(grace, most));
    at_ = saturating_add(now, grace);
  }
  void end() noexcept { phase_ = Phase::kIdle; }

  [[nodiscard]] Advice judge(TimePoint now) noexcept {
    if (phase_ == Phase::kIdle || now < at_) return Advice::kWait;
    if (phase_ != Phase::kGrace) return Advice::kSilent;
    phase_ = Phase::kAsking;
    asked_at_ = now;
    at_ = end_;
    return Advice::kAskProbe;
  }
  // The news of an answer that the probe has had, and that took `latency`. `least`: what the client has all the same.
  void on_look(TimePoint now, Duration latency, Duration least = Duration::zero()) noexcept {
    if (phase_ != Phase::kAsking || now - latency < asked_at_) return;
    phase_ = Phase::kGranted;
    // Not multiplied beyond what there is of time.
    const Duration took = std::min(now - asked_at_, (end_ - began_) / kInLooks);
    const Duration granted = std::max({grace_, took * kInLooks, least});
    at_ = std::min(end_, saturating_add(began_, granted));
  }
  // The event loop stood still: nothing that came meanwhile was read.
  void on_loop_stalled(TimePoint now) noexcept {
    at_ = std::max(at_, saturating_add(now, grace_));
    end_ = std::max(end_, at_);
  }

  [[nodiscard]] bool active() const noexcept { return phase_ != Phase::kIdle; }
  // The probe was asked, and has not answered yet.
  [[nodiscard]] bool asking() const noexcept { return phase_ == Phase::kAsking; }
  [[nodiscard]] TimePoint next_deadline() const noexcept { return phase_ == Phase::kIdle ? kEndOfTime : at_; }

 private:
  enum class Phase : std::uint8_t { kIdle, kGrace, kAsking, kGranted };

  Phase phase_ = Phase::kIdle;
  TimePoint began_;
  TimePoint asked_at_;
  TimePoint at_;   // of this phase
  TimePoint end_;  // of all patience
  Duration grace_{};
};

}  // namespace resilience
