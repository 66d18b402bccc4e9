// One host of a round: look its name up, try its addresses, keep the answer.
//
// Addresses are tried in their order, the next one beside the last after kStagger or as soon as the last has failed
// (RFC 8305), so that a dead address hides no living one. Never blocks; time is handed in. Owner: the probe's thread.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/types.h"
#include "io/attempt.h"
#include "io/host_resolver.h"
#include "io/probe_target.h"

namespace resilience {

// What a probe leaves for the next one of the same host.
struct HostMemory {
  std::vector<std::string> addresses;  // of the last look-up that succeeded
};

class HostProbe {
 public:
  static constexpr Duration kStagger = std::chrono::milliseconds{250};
  // How long a look-up may take before the addresses of an earlier one are used.
  static constexpr Duration kLookupGrace = std::chrono::milliseconds{100};
  static constexpr std::size_t kMostAddresses = 8;

  HostProbe(const ProbeTarget& target, Dialer& dialer, const HostSpec& host, HostMemory& memory) noexcept
      : target_(target), dialer_(dialer), host_(host), memory_(memory) {}

  void begin(TimePoint now, HostResolver& resolver, const std::shared_ptr<Waker>& waker);
  // Adds what poll(2) shall wait for; the same number of entries is expected by advance().
  void add_interests(std::vector<PollInterest>& interests) const;
  // `ready`: for each entry of add_interests() whether something happened.
  void advance(TimePoint now, const std::vector<bool>& ready, std::size_t first);
  // When advance() is due without anything having happened; kEndOfTime if never.
  [[nodiscard]] TimePoint deadline() const noexcept;
  // The time is up: settles by saying how far the attempt came.
  void give_up();
  // Somebody was let in, and awaits an answer.
  [[nodiscard]] bool let_in() const noexcept { return has_come_to(AttemptPhase::kAwaitingAnswer); }
  // Somebody was taken in, if only by the server's kernel, and has heard nothing yet.
  [[nodiscard]] bool taken_in() const noexcept { return has_come_to(AttemptPhase::kAwaitingReply); }

  [[nodiscard]] bool settled() const noexcept { return outcome_.has_value(); }
  [[nodiscard]] const HostSpec& host() const noexcept { return host_; }
  // REQUIRES: settled().
  [[nodiscard]] const AttemptOutcome& outcome() const noexcept { return *outcome_; }
  // When the attempt that settled it began.
  [[nodiscard]] TimePoint began() const noexcept { return began_; }
  [[nodiscard]] std::unique_ptr<Session> take_session() noexcept { return std::move(session_); }
  [[nodiscard]] bool holds_session() const noexcept { return session_ != nullptr; }
  // The attempt that had been taken in and was given up. Null where none was.
  [[nodiscard]] std::unique_ptr<Attempt> take_attempt() noexcept { return std::move(taken_in_); }
  // Those at which nothing listens.
  [[nodiscard]] const std::vector<SocketAddress>& refused() const noexcept { return refused_; }

 private:
  struct Running {
    std::unique_ptr<Attempt> attempt;
    SocketAddress address;
    TimePoint began;
  };

  void use(std::vector<std::string> addresses);
  void check_lookup(TimePoint now);
  void start_next(TimePoint now);
  void collect();
  void note_failure(const Running& running, const AttemptOutcome& outcome);
  void settle(AttemptOutcome outcome, TimePoint began);
  [[nodiscard]] bool has_come_to(AttemptPhase phase) const noexcept;

  const ProbeTarget& target_;
  Dialer& dialer_;
  const HostSpec& host_;
  HostMemory& memory_;
  std::shared_ptr<Lookup> lookup_;
  TimePoint lookup_patience_ = kEndOfTime;
  std::vector<SocketAddress> addresses_;
  std::size_t next_address_ = 0;
  TimePoint next_start_ = kEndOfTime;
  std::list<Running> running_;
  std::optional<AttemptOutcome> best_failure_;
  std::vector<SocketAddress> refused_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Attempt> taken_in_;
  TimePoint began_;
  std::optional<AttemptOutcome> outcome_;
};

}  // namespace resilience
