// One outage from its first sign to its end: what is believed of the database and of the client, whom to ask, and what
// the client is replaced for.
//
// Drives the transition table (connection_state.h) and nothing else drives it. Single flight: however many operations
// fail, an outage begins once, one look is under way, one replacement is made. The gate never closes on the probe
// alone, and a probe that has never succeeded has no vote. Owner: the supervisor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/client_patience.h"
#include "core/config.h"
#include "core/connection_state.h"
#include "core/counters.h"
#include "core/decision.h"
#include "core/error_class.h"
#include "core/evidence.h"
#include "core/generation_life.h"
#include "core/hang_watch.h"
#include "core/look_control.h"
#include "core/look_queue.h"
#include "core/operation.h"
#include "core/primary_watch.h"
#include "core/probe_result.h"
#include "core/replacement.h"
#include "core/stuck_sweep.h"
#include "core/types.h"

namespace resilience {

// What the host can do, and knows.
struct HostAbilities {
  bool can_replace = true;   // there is a factory
  bool has_probe = false;    // a probe outside the client; without one the core looks in band
  std::string serving = {};  // "host:port" that the first client connects to; empty: wherever the primary is first seen
  bool has_client = true;    // false: the factory has still to deliver the first one
  std::string beneath = {};  // provider of the guarded adapters beneath the first client; empty: there is no guard
};

class Recovery {
 public:
  // The least time our own client gets to answer once the database does. Where the probe's look took long (TLS across a
  // continent), the client gets kGraceInLooks times as long as that. See client_patience.h for what follows.
  static constexpr Duration kClientGrace = std::chrono::milliseconds{150};
  static constexpr int kGraceInLooks = 4;
  // So often our client fails to reach a database that answers others, before it is to blame.
  static constexpr int kUnreachableProofs = 2;
  // So many of the probe's timeouts a silent client is waited for at the most.
  static constexpr int kPatienceInTimeouts = 5;
  // While the probe says down, our own client is asked this often as well: the probe may be the one who is wrong, and
  // in its slow phase it may be the last to know.
  static constexpr Duration kWitnessInterval = std::chrono::milliseconds{500};
  // Every so many times a client of its own is asked: the pool of the one in use may be full of dead connections.
  static constexpr std::uint32_t kFreshWitness = 8;
  // An answer that took so long, and kGraceInLooks times as long as others, comes from a busy database. (Or the
  // question lay before a frozen one, and the caution costs a round trip.)
  static constexpr Duration kSlowAnswer = std::chrono::milliseconds{100};
  // How long answers may still come out of the sockets of a server that is gone.
  static constexpr Duration kLateAnswers = std::chrono::seconds{1};
  // A suspicion that nobody can confirm or dispel within so many timeouts of the probe is dropped.
  static constexpr int kSuspicionInTimeouts = 3;

  Recovery(const Config& config, const HostAbilities& abilities, std::uint64_t seed, TimePoint start, Effects& effects);
  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;

  // ---- inputs; `counters` are those folded at `now`
  void on_failure(TimePoint now, const FailedAttempt& failed, const Classification& failure, bool may_run_again);
  void on_successes(TimePoint now, const Counters& counters);
  void on_probe_result(TimePoint now, const ProbeResult& result, const Counters& counters);
  void on_verified(TimePoint now, std::uint64_t id, VerifyVerdict verdict, const Counters& counters);
  void on_delivered(TimePoint now, Epoch epoch) { life_.on_delivered(now, epoch); }
  // Of the generation that was asked for by Replace. `beneath`: see HostAbilities.
  void on_made(TimePoint now, Epoch epoch, MakeVerdict verdict, const std::string& beneath);
  void on_generation_drained(TimePoint now, Epoch epoch) { life_.on_drained(now, epoch); }
  void on_generation_closed(Epoch epoch) { life_.on_closed(epoch); }
  void on_taken_back(Epoch epoch) noexcept { life_.on_taken_back(epoch); }
  void on_drained(TimePoint now) { apply(now, ConnectionEvent::kDrained); }
  void on_expired();
  void on_loop_stalled(TimePoint now, Duration delay);
  void on_tick(TimePoint now, const Counters& counters);
  // Somebody waits for the connection, or asks whether it is there: the warm-up begins. Until then the client is left
  // alone. Prisma loads its engine with the first query, and test runners refuse a module that is loaded while none of
  // their tests runs: such an engine stays broken.
  void want_connection(TimePoint now);
  // reconnect(): ask now, whatever the state.
  void look_now(TimePoint now);
  // A write was refused as read-only: is this still the primary? See role_answer().
  void question_role(TimePoint now);
  void forget_role_answer() noexcept { primary_.forget_answer(); }
  // A try was taken back from a connection of this generation: the connection sits in the client's pool, as dead as the
  // try, and only a new pool is rid of it. Nobody has to wait for that.
  void on_stuck(TimePoint now, Epoch epoch);
  // False where a client cannot be made, or, where nobody needs it, should not now. `drain`: what was asked for by hand
  // cuts everybody's work then.
  bool replace(TimePoint now, ReplaceReason reason, std::optional<Duration> drain);
  // A new connection was refused for its password, role or certificate: the factory may know a new secret. True where
  // it is being asked; see renewing_credentials().
  bool renew_credentials(TimePoint now);
  void stop(TimePoint now, Duration drain);

  // ---- what the supervisor decides by
  [[nodiscard]] ConnectionState state() const noexcept { return state_; }
  [[nodiscard]] bool gate_closed() const noexcept;
  // Nothing has been heard from this client yet, or nothing is heard any more.
  [[nodiscard]] bool connected() const noexcept { return ever_connected_ && counts_as_connected(state_); }
  // Nothing can run before that, whatever the database does.
  [[nodiscard]] bool has_client() const noexcept { return has_client_; }
  [[nodiscard]] Epoch epoch() const noexcept { return life_.serving(); }
  [[nodiscard]] Epoch take_number() noexcept { return life_.take_number(); }
  [[nodiscard]] std::optional<GenerationLife::GivenUp> given_up(Epoch epoch) const noexcept {
    return life_.given_up(epoch);
  }
  // How often generations have been given up with perhaps somebody on them.
  [[nodiscard]] std::uint64_t give_ups() const noexcept { return give_ups_; }
  [[nodiscard]] bool any_given_up() const noexcept { return life_.any_given_up(); }
  [[nodiscard]] bool outage() const noexcept { return outage_since_.has_value(); }
  // Retries now are retries against a database that was believed up when they failed: budget and backoff apply.
  [[nodiscard]] bool believed_up() const noexcept { return !slow_start_wanted_; }
  // Its answer to the look that ended the outage took much longer than its answers do.
  [[nodiscard]] bool database_busy() const noexcept;
  // How often a recovery has begun to let waiting operations go.
  [[nodiscard]] std::uint64_t recoveries() const noexcept { return recoveries_; }
  // How often a silence has turned out not to be the database's.
  [[nodiscard]] std::uint64_t false_alarms() const noexcept { return false_alarms_; }
  [[nodiscard]] OutageFacts outage_facts() const noexcept;
  // It began before the last outage was over: whatever became of it, the outage is to blame.
  [[nodiscard]] bool caught(const FailedAttempt& failed) const noexcept {
    return recovered_at_ && failed.try_started < *recovered_at_;
  }
  // Whether the probe has a say about roles, or may have one in a moment, and anything could be made of it.
  [[nodiscard]] bool can_tell_role() const noexcept {
    return (probe_ever_up_ || introduction_) && replacement_.possible();
  }
  [[nodiscard]] PrimaryWatch::Answer role_answer() const noexcept { return primary_.answer(); }
  // A new client is being made, or will be after a failed attempt.
  [[nodiscard]] bool replacing() const noexcept { return replacement_.under_way() || replacement_.retry_pending(); }
  // The factory is being asked for a client, or adapters, that may have other credentials.
  [[nodiscard]] bool renewing_credentials() const noexcept {
    return replacement_.does_for(ReplaceReason::kCredentials) || replacement_.waits();
  }
  [[nodiscard]] TimePoint next_deadline(const Counters& counters) const noexcept;
  // All is well, or was never asked for, and nothing is under way but what is preventive.
  [[nodiscard]] bool at_rest(const Counters& counters) const noexcept;
  void on_woken(TimePoint now, TimePoint then) noexcept { replacement_.on_woken(now, then); }

  // ---- statistics
  [[nodiscard]] std::uint32_t consecutive_errors() const noexcept { return evidence_.consecutive_errors(); }
  [[nodiscard]] std::uint32_t look_attempts() const noexcept { return look_attempts_; }
  [[nodiscard]] std::uint64_t reconnects() const noexcept { return reconnects_; }
  [[nodiscard]] std::uint64_t hard_resets() const noexcept { return hard_resets_; }
  [[nodiscard]] std::optional<Duration> warmup() const noexcept { return warmup_; }
  [[nodiscard]] TimePoint generation_since() const noexcept { return replacement_.generation_since(); }

 private:
  void apply(TimePoint now, ConnectionEvent event);
  void enter(TimePoint now, ConnectionState from, ConnectionState to);
  void begin_outage(TimePoint now);
  void begin_recovering(TimePoint now, ConnectionState from);
  [[nodiscard]] bool may_warm_up() const noexcept;
  void note_connected(TimePoint now);
  void note_proven(TimePoint now);
  void stop_looking();
  void await_witness(TimePoint now) noexcept;

  void on_probe_up(TimePoint now, const ProbeResult& result, const Counters& counters);
  void on_probe_down(TimePoint now, Sign sign);
  void database_up(TimePoint now, const Counters& counters);
  void database_down(TimePoint now);
  void drop_suspicion(TimePoint now);
  void note_false_alarm() noexcept;
  bool blame_client(TimePoint now, ReplaceReason reason);
  [[nodiscard]] bool may_blame_client(TimePoint now, ReplaceReason reason) const noexcept;
  bool follow_primary(TimePoint now);
  bool begin_replacement(TimePoint now, ReplaceReason reason);
  void finish_replacement(TimePoint now, MakeVerdict verdict, const std::string& beneath);
  bool renew_connections(TimePoint now);
  void follow_replaced(TimePoint now, ReplaceReason reason, bool more);
  [[nodiscard]] Ending ending_for(ReplaceReason reason) const noexcept;

  void on_client_verified(TimePoint now, VerifyVerdict verdict, const LookControl::Verification& verification,
                          const Counters& counters);
  void on_database_verified(TimePoint now, VerifyVerdict verdict, const Counters& counters);
  void verify_client(TimePoint now, Duration grace);
  void watch_client(TimePoint now, const Counters& counters);
  void forget_client_question() noexcept;
  [[nodiscard]] bool cannot_be_reached_alone(TimePoint now, const LookControl::Verification& verification,
                                             const Counters& counters);
  [[nodiscard]] bool blame_silent_client(TimePoint now, const LookControl::Verification& verification,
                                         const Counters& counters);
  void on_client_silent(TimePoint now, const LookControl::Verification& verification, const Counters& counters);
  [[nodiscard]] bool proof_wanted(const Counters& counters) const noexcept;
  [[nodiscard]] Duration client_grace() const noexcept;

  void heed_probe(TimePoint now);
  void watch_for_hangs(TimePoint now, const Counters& counters);
  [[nodiscard]] bool hang_matters() const noexcept;
  [[nodiscard]] ReplaceWhen replace_when() const noexcept;

  const Config& config_;
  Effects& effects_;
  GenerationLife life_;
  Replacement replacement_;
  LookControl looks_;
  ClientPatience patience_;  // with the client that is being verified
  Evidence evidence_;
  HangWatch hang_watch_;
  PrimaryWatch primary_;

  ConnectionState state_ = ConnectionState::kConnecting;
  bool has_client_;
  std::optional<Duration> manual_drain_;  // of the replacement that was asked for by hand
  std::uint64_t give_ups_ = 0;
  TimePoint started_at_;
  std::optional<TimePoint> wanted_at_;
  std::optional<Duration> warmup_;
  bool warmup_over_ = false;
  bool ever_connected_ = false;
  TimePoint next_warmup_verify_ = kEndOfTime;

  // What the probe says.
  bool introduction_ = false;  // the look at the start, which gives the probe its vote and us the primary's name
  bool probe_ever_up_ = false;
  bool probe_says_down_ = false;           // with its vote
  std::optional<TimePoint> queued_since_;  // it was let in and awaits its answer: a pooler serves whom it can
  TimePoint probe_said_at_;
  Duration look_latency_{};
  Duration last_answer_took_{};

  // The suspicion.
  bool by_hang_ = false;
  std::uint64_t false_alarms_ = 0;
  TimePoint suspect_since_;
  TimePoint suspect_until_;
  TimePoint in_band_at_ = kEndOfTime;  // a probe that has not answered by then is not waited for alone
  TimePoint trouble_since_;
  TimePoint last_success_;

  // The outage.
  std::optional<TimePoint> outage_since_;
  TimePoint down_since_;
  bool silent_outage_ = false;  // somebody got no answer at all: standing connections may never answer again
  TimePoint verifying_since_;
  TimePoint next_witness_ = kEndOfTime;
  std::uint32_t witnesses_ = 0;
  std::uint32_t look_attempts_ = 0;
  bool failed_told_ = false;

  // The recovery.
  bool slow_start_wanted_ = false;
  std::optional<TimePoint> answered_at_;
  std::optional<TimePoint> recovered_at_;
  std::optional<TimePoint> proven_at_;
  TimePoint next_proof_ = kEndOfTime;
  int unreachable_proofs_ = 0;  // since the outage, or since our client was reached
  bool silent_ = false;         // nothing moved on our client while it was asked
  std::optional<Epoch> silent_epoch_;
  TimePoint silent_until_;
  ReplaceReason fault_ = ReplaceReason::kEngineFault;
  std::uint64_t recoveries_ = 0;
  std::uint64_t reconnects_ = 0;
  std::uint64_t hard_resets_ = 0;
};

}  // namespace resilience
