// One look at the database: all its hosts at once, one verdict.
//
// Never blocks; time is handed in. Owner: the probe's thread.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "core/endpoint_choice.h"
#include "core/probe_result.h"
#include "core/types.h"
#include "io/host_probe.h"
#include "io/probe_target.h"

namespace resilience {

// What the rounds of one target share, and leave for the next one.
struct RoundMemory {
  std::vector<HostSpec> hosts;
  std::vector<HostMemory> by_host;
  std::optional<std::size_t> last_chosen;
  const ProbeTarget& target;  // outlives this
  const std::unique_ptr<Dialer> dialer;

  RoundMemory(const ProbeTarget& to, MakeDialer make_dialer)
      : hosts(hosts_of(to)), by_host(hosts.size()), target(to), dialer(make_dialer(to)) {}
};

class ProbeRound {
 public:
  // How long hosts of better rank may take after another one has answered well.
  static constexpr Duration kRankGrace = std::chrono::milliseconds{50};

  // `memory` outlives the round.
  ProbeRound(std::uint64_t id, ProbeTrigger trigger, RoundMemory& memory, TimePoint now, Duration timeout);

  void begin(TimePoint now, HostResolver& resolver, const std::shared_ptr<Waker>& waker);
  void add_interests(std::vector<PollInterest>& interests) const;
  void advance(TimePoint now, const std::vector<bool>& ready, std::size_t first);
  // Its time is up.
  void give_up(TimePoint now);
  [[nodiscard]] TimePoint deadline() const noexcept;

  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] const std::optional<ProbeResult>& result() const noexcept { return result_; }
  [[nodiscard]] ProbeTrigger trigger() const noexcept { return trigger_; }
  [[nodiscard]] bool let_in() const noexcept;
  [[nodiscard]] bool taken_in() const noexcept;
  // The session of the host that decided: where the result is up, or where it was let in and got no answer in time.
  [[nodiscard]] std::unique_ptr<Session> take_session();
  // The attempt at the host that decided, where it was taken in and heard nothing in time; else null.
  [[nodiscard]] std::unique_ptr<Attempt> take_attempt();
  // When that attempt, or the one that was answered, began. REQUIRES: result().
  [[nodiscard]] TimePoint began() const noexcept { return decider_->began(); }
  // Addresses at which nothing listens.
  [[nodiscard]] std::vector<SocketAddress> refused() const;

 private:
  void decide(TimePoint now);
  void settle(TimePoint now, const EndpointChoice& choice);

  const std::uint64_t id_;
  const ProbeTrigger trigger_;
  const TargetSession session_;
  RoundMemory& memory_;
  const TimePoint expires_;
  std::list<HostProbe> host_probes_;
  TimePoint patience_ends_ = kEndOfTime;
  HostProbe* decider_ = nullptr;
  std::optional<ProbeResult> result_;
};

}  // namespace resilience
