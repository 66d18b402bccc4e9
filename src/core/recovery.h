// One outage from its first sign to its end: evidence, looking, verifying, and what the client is to be replaced for.
//
// Drives the transition table (connection_state.h) and nothing else drives it. Single flight: however many operations
// fail, an outage begins once, one look is under way, one replacement is made. What belongs to an older generation, or
// to a try begun before the last recovery, is no evidence. Owner: the supervisor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/config.h"
#include "core/connection_state.h"
#include "core/decision.h"
#include "core/error_class.h"
#include "core/operation.h"
#include "core/probe_result.h"
#include "core/probe_schedule.h"
#include "core/replacement.h"
#include "core/types.h"

namespace resilience {

// What the host can do.
struct HostAbilities {
  bool can_replace = true;  // there is a factory
  bool has_probe = false;   // a probe outside the client; without one the core looks in band
};

// How a verification (one trivial query through a client) ended.
enum class VerifyVerdict : std::uint8_t {
  kOk = 0,            // it answered
  kUnreachable = 1,   // a connection-class failure
  kTimedOut = 2,      // no answer in time: the client, its pool or the network
  kOtherFailure = 3,  // the server is up and refuses: the caller's affair
};

// What a failed verification says of the database. Saturation is silence: a full pool keeps the question waiting.
[[nodiscard]] VerifyVerdict verdict_of(const Classification& failure) noexcept;

// What operations have done, folded from the control block.
struct Counters {
  std::uint64_t started = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;  // settled otherwise
  TimePoint last_completion;
  TimePoint oldest_in_flight = kEndOfTime;

  [[nodiscard]] std::uint64_t in_flight() const noexcept {
    const std::uint64_t settled = succeeded + failed;
    return started > settled ? started - settled : 0;
  }
};

class Recovery {
 public:
  // How long our own client may take to answer once the database does, before it is replaced.
  static constexpr Duration kClientGrace = std::chrono::milliseconds{250};
  // While the probe says down, our own client is asked this often as well: the probe may be the one who is wrong.
  static constexpr Duration kWitnessInterval = std::chrono::seconds{1};
  // Connection-class failures in a row, on newly opened connections and with the probe up, that blame the client.
  static constexpr std::uint32_t kFailedConnects = 3;

  Recovery(const Config& config, HostAbilities abilities, Replacement& replacement, std::uint64_t seed, TimePoint start,
           Effects& effects);

  // ---- inputs; `counters` are those folded at `now`
  void on_failure(TimePoint now, const FailedTry& failed, const Classification& failure, bool may_run_again);
  void on_successes(TimePoint now, TimePoint last_completion);
  void on_probe_result(TimePoint now, const ProbeResult& result, const Counters& counters);
  void on_verified(TimePoint now, std::uint64_t id, VerifyVerdict verdict, const Counters& counters);
  void on_replaced(TimePoint now, bool ok);
  void on_drained(TimePoint now) { apply(now, ConnectionEvent::kDrained); }
  void on_expired(TimePoint now);
  void on_tick(TimePoint now, const Counters& counters);
  void on_loop_stalled(TimePoint now) { hang_clock_floor_ = now; }
  // reconnect(): look now, whatever the state.
  void look_now(TimePoint now);
  // A read-only refusal: is this still the primary? Answered by the next probe result.
  void question_role(TimePoint now);
  void stop(TimePoint now) { apply(now, ConnectionEvent::kStop); }

  // ---- what the supervisor decides by
  [[nodiscard]] ConnectionState state() const noexcept { return state_; }
  [[nodiscard]] bool gate_closed() const noexcept;
  [[nodiscard]] Epoch epoch() const noexcept { return epoch_; }
  [[nodiscard]] bool outage() const noexcept { return outage_since_.has_value(); }
  // Retries now are retries against a database believed up: budget and backoff apply.
  [[nodiscard]] bool believed_up() const noexcept { return !came_from_outage_; }
  // End of the last outage, and when it is thought to have begun; for tries that began before it.
  [[nodiscard]] std::optional<TimePoint> recovered_at() const noexcept { return recovered_at_; }
  [[nodiscard]] TimePoint trouble_since() const noexcept { return trouble_since_; }
  // Whether the probe has a say about roles at all, and its latest answer to question_role().
  [[nodiscard]] bool can_tell_role() const noexcept { return abilities_.has_probe && probe_ever_up_; }
  enum class RoleAnswer : std::uint8_t { kPending = 0, kSamePrimary = 1, kWrongServer = 2 };
  [[nodiscard]] RoleAnswer role_answer() const noexcept { return role_answer_; }

  [[nodiscard]] TimePoint next_deadline(const Counters& counters) const noexcept;

  // ---- statistics
  [[nodiscard]] std::uint32_t consecutive_errors() const noexcept { return consecutive_errors_; }
  [[nodiscard]] std::uint32_t look_attempts() const noexcept { return look_attempts_; }
  [[nodiscard]] std::uint64_t reconnects() const noexcept { return reconnects_; }
  [[nodiscard]] std::uint64_t hard_resets() const noexcept { return hard_resets_; }
  [[nodiscard]] std::optional<Duration> warmup() const noexcept { return warmup_; }

 private:
  void apply(TimePoint now, ConnectionEvent event);
  void enter(TimePoint now, ConnectionState from, ConnectionState to);
  void look(TimePoint now);
  void look_in_band(TimePoint now);
  void stop_looking();
  void verify(TimePoint now, Duration timeout, bool of_database);
  void database_up(TimePoint now, const Counters& counters);
  void database_down(TimePoint now);
  void note_endpoint(TimePoint now, const ProbeResult& result);
  void replace_for_failover(TimePoint now);
  [[nodiscard]] std::optional<ReplaceReason> client_fault() const noexcept;
  void forget_evidence() noexcept;

  const Config& config_;
  HostAbilities abilities_;
  Replacement& replacement_;
  Effects& effects_;

  ConnectionState state_ = ConnectionState::kConnecting;
  Epoch epoch_;
  TimePoint started_at_;
  std::optional<Duration> warmup_;
  bool warmup_over_ = false;
  bool ever_connected_ = false;

  // Evidence since the last success.
  bool operations_agree_ = false;  // an operation failed or hangs: the probe does not speak alone
  bool by_hang_ = false;
  bool poisoned_ = false;
  bool final_attempt_wanted_ = false;
  std::uint32_t errors_towards_reset_ = 0;
  std::uint32_t failed_connects_ = 0;
  std::uint32_t consecutive_errors_ = 0;  // for the statistics: an outage does not reset it

  // Looking.
  bool looking_ = false;
  bool introduction_ = false;  // the look at the start, which gives the probe its vote and us the primary's name
  bool probe_ever_up_ = false;
  std::optional<ProbeVerdict> verdict_;
  TimePoint verdict_at_;
  ProbeSchedule in_band_;            // when to look through a client, where no probe can be asked
  TimePoint next_witness_ = kEndOfTime;  // while down by the probe's word: when to ask our own client as well
  bool verify_under_way_ = false;
  std::uint64_t verify_id_ = 0;
  TimePoint verify_due_ = kEndOfTime;  // no answer by then counts as none
  std::uint32_t look_attempts_ = 0;

  // The outage.
  TimePoint suspect_since_;
  TimePoint trouble_since_;
  TimePoint last_completion_;
  TimePoint hang_clock_floor_;
  std::optional<TimePoint> outage_since_;
  std::optional<TimePoint> down_since_;
  std::optional<TimePoint> recovered_at_;
  bool came_from_outage_ = false;
  bool leftovers_ = false;
  bool failed_told_ = false;
  ReplaceReason fault_ = ReplaceReason::kEngineFault;
  std::uint64_t reconnects_ = 0;
  std::uint64_t hard_resets_ = 0;

  // The primary.
  std::string primary_;
  RoleAnswer role_answer_ = RoleAnswer::kSamePrimary;
};

}  // namespace resilience
