// When to look for the database.
//
// Pure: told what was seen and when, it answers when to look next. Owner: the probe's thread.
//
// LookControl begins with begin() and ends with end(). While the database is not up, an attempt follows the other after
// down_interval for kFastPhase, then after doubling delays up to kSlowest, all jittered downwards. Three things make
// up for the slow phase without more load on a server that comes back:
// - where the last attempt was refused (nothing listens, so asking costs a packet), a knock, which is a bare
//   connection, goes out every down_interval; an accepted knock makes an attempt due at once, and that one is waited
//   for: a server that has just begun to listen, to a whole fleet perhaps, answers one attempt sooner than eight;
// - an attempt that hangs is not waited for, however slow the phase: a lost packet is never answered and costs nobody
//   anything, so up to kMostUnderWay run side by side, evenly spread over the time limit. Not so where a server has
//   taken one in and is silent, as it is while it is frozen or overrun: further ones cost it work (accept_queue.h), so
//   the time between them doubles, up to kSlowestBesideEager, kSlowest after the eager phase, and kSlowestBesideAlive
//   where the server is known to live;
// - a sign of progress (silent, refused, turned away) begins the fast phase anew.
// Knocks and overlapping attempts thin out after kEagerPhase, for the sake of a fleet in a long outage.
#pragma once

#include <cstdint>
#include <optional>

#include "core/probe_result.h"
#include "core/rng.h"
#include "core/types.h"

namespace resilience {

struct ProbeTiming {
  Duration interval = std::chrono::milliseconds{5000};     // while the database is up
  Duration down_interval = std::chrono::milliseconds{50};  // while it is not
  Duration timeout = std::chrono::milliseconds{1000};      // of one attempt
};

// What serves everybody who shares one probe: the shorter intervals, the longer timeout.
[[nodiscard]] ProbeTiming merge(const ProbeTiming& one, const ProbeTiming& other) noexcept;

// How near to an answer an attempt came, in rising order.
enum class Sign : std::uint8_t {
  kNone = 0,        // nothing is known, or the attempt failed for a reason of ours
  kSilent = 1,      // no answer in time
  kRefused = 2,     // the machine answers, nothing listens
  kListening = 3,   // something has begun to listen
  kTurnedAway = 4,  // something listens and lets nobody in
  kUp = 5,
};
[[nodiscard]] Sign sign_of(const ProbeResult& result) noexcept;

class ProbeSchedule {
 public:
  static constexpr Duration kFastPhase = std::chrono::seconds{2};
  static constexpr Duration kSlowest = std::chrono::seconds{1};
  static constexpr Duration kEagerPhase = std::chrono::seconds{10};
  static constexpr unsigned kMostUnderWay = 8;
  static constexpr Duration kSlowestBesideEager = std::chrono::milliseconds{500};
  static constexpr Duration kSlowestBesideAlive = std::chrono::seconds{4};
  static constexpr Duration kLongestWait = std::chrono::seconds{8};

  ProbeSchedule(const ProbeTiming& timing, std::uint64_t seed) noexcept : timing_(timing), rng_(seed) {}

  void set_timing(const ProbeTiming& timing) noexcept { timing_ = timing; }

  // An attempt is due at once, and the fast phase begins, also where looking was under way already.
  void begin(TimePoint now) noexcept;
  void end() noexcept { active_ = false; }
  [[nodiscard]] bool active() const noexcept { return active_; }

  // `beside_waiting`: beside one that a server has taken in and not answered yet.
  void on_attempt(TimePoint now, bool beside_waiting = false) noexcept;
  void on_sign(TimePoint now, Sign sign) noexcept;
  void on_knock(TimePoint now) noexcept;
  void on_knock_accepted(TimePoint now) noexcept;

  // One that a server had taken in, and that stayed beyond its time, was answered after `took`.
  void on_waited(Duration took) noexcept;

  // Empty while there is nothing to do: not active, or as many attempts under way as there may be.
  [[nodiscard]] std::optional<TimePoint> next_attempt(unsigned under_way) const noexcept;
  [[nodiscard]] std::optional<TimePoint> next_knock() const noexcept;

 private:
  void begin_fast_phase(TimePoint now) noexcept;
  [[nodiscard]] Duration jittered(Duration bound) noexcept;
  // Something has listened, or answered, since it was not up: where it says nothing, it has its hands full.
  [[nodiscard]] bool alive() const noexcept { return sign_ == Sign::kListening || sign_ == Sign::kTurnedAway; }
  [[nodiscard]] unsigned most_under_way() const noexcept { return alive() ? 1 : kMostUnderWay; }
  [[nodiscard]] Duration slowest_beside(TimePoint now) const noexcept;
  [[nodiscard]] bool eager(TimePoint now) const noexcept { return now < saturating_add(began_, kEagerPhase); }
  [[nodiscard]] Duration slowest() const noexcept;

  ProbeTiming timing_;
  Rng rng_;
  bool active_ = false;
  Sign sign_ = Sign::kNone;
  TimePoint began_;
  TimePoint fast_until_;
  TimePoint last_attempt_;
  Duration down_delay_{};    // before jitter; grows in the slow phase
  Duration beside_delay_{};  // before jitter; grows while one waits
  Duration wait_{};          // how long the server has kept one waiting of late
  TimePoint next_;           // by the schedule, whatever is under way
  TimePoint next_beside_;    // the same while an attempt hangs
  TimePoint next_knock_;
};

}  // namespace resilience
