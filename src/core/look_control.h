// Whom to ask about the database, and which answers still count: the probe outside the client, or, where there is none
// or it cannot tell, trivial queries ("in band").
//
// One look and one verification at a time: a later verification makes an earlier one's answer void. An event loop that
// stood still has been nobody's timeout: a verification that ran meanwhile is asked again. Owner: the recovery.
#pragma once

#include <cstdint>
#include <optional>

#include "core/config.h"
#include "core/decision.h"
#include "core/error_class.h"
#include "core/probe_schedule.h"
#include "core/types.h"

namespace resilience {

// How a verification (one trivial query through a client) ended. Values cross into JavaScript: never renumber them.
enum class VerifyVerdict : std::uint8_t {
  kOk = 0,            // it answered
  kUnreachable = 1,   // a connection-class failure
  kTimedOut = 2,      // no answer in time: the client, its pool or the network
  kOtherFailure = 3,  // the server is up and refuses: the caller's affair
  kInconclusive = 4,  // there was no client of its own to ask, and the silence of another says nothing of the database
};

// What a failed verification says. A server that takes no more connections has answered; a pool that is full has not.
[[nodiscard]] VerifyVerdict verdict_of(const Classification& failure) noexcept;

class LookControl {
 public:
  struct Verification {
    std::uint64_t id = 0;
    bool of_database = false;
    Duration timeout{};
    TimePoint began;
    bool disturbed = false;  // the event loop stood still meanwhile: its silence proves nothing
  };

  LookControl(const ProbeConfig& config, bool has_probe, std::uint64_t seed, Effects& effects) noexcept;

  // ---- looking: the probe's, until end(); without one, in band
  void begin(TimePoint now);
  // The same, and at once, wherever the schedule is.
  void begin_anew(TimePoint now);
  // In band as well, because the probe cannot tell.
  void begin_in_band(TimePoint now);
  void end();
  [[nodiscard]] bool active() const noexcept { return active_; }
  [[nodiscard]] bool in_band() const noexcept { return schedule_.active(); }
  [[nodiscard]] bool has_probe() const noexcept { return has_probe_; }
  void on_in_band_answer(TimePoint now, VerifyVerdict verdict) noexcept;

  // ---- verifications
  void verify(TimePoint now, Duration timeout, bool of_database);
  [[nodiscard]] bool verifying() const noexcept { return under_way_.has_value(); }
  // The one that is answered; nothing where nobody waits for this answer (any more).
  std::optional<Verification> settle(std::uint64_t id) noexcept;
  // A host that does not answer is not waited for much longer than the time it was given.
  [[nodiscard]] std::optional<std::uint64_t> overdue(TimePoint now) const noexcept;
  // Its answer is not waited for any longer.
  std::optional<Verification> give_up() noexcept;
  void forget_verification() noexcept { under_way_.reset(); }

  void on_loop_stalled(TimePoint now) noexcept;
  // Asks in band when that is due.
  void tick(TimePoint now);
  [[nodiscard]] TimePoint next_deadline() const noexcept;

 private:
  const ProbeConfig& config_;
  bool has_probe_;
  Effects& effects_;
  bool active_ = false;
  ProbeSchedule schedule_;  // in band; the probe keeps its own
  std::optional<Verification> under_way_;
  TimePoint due_ = kEndOfTime;  // of the verification under way
  std::uint64_t last_id_ = 0;
};

}  // namespace resilience
