// One look at what the database's connections do: find the server as a round does, then ask its pg_stat_activity.
//
// Never blocks; time is handed in. Owner: the probe's thread. Polled as a ProbeRound is, within one time limit.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/server_activity.h"
#include "io/attempt.h"
#include "io/probe_round.h"

namespace resilience {

class ActivityLook {
 public:
  // `memory` outlives the look. `pids`: the backends that are asked about by themselves.
  ActivityLook(std::uint64_t number, std::vector<std::uint32_t> pids, RoundMemory& memory, TimePoint now,
               Duration timeout);

  void begin(TimePoint now, HostResolver& resolver, const std::shared_ptr<Waker>& waker);
  void add_interests(std::vector<PollInterest>& interests) const;
  void advance(TimePoint now, const std::vector<bool>& ready, std::size_t first);
  [[nodiscard]] TimePoint deadline() const noexcept;

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] const std::optional<ServerActivity>& result() const noexcept { return result_; }

 private:
  void follow_round(TimePoint now);
  void follow_session(TimePoint now, bool ready);
  void settle(std::string code, std::string message);

  const std::uint64_t number_;
  const std::vector<std::uint32_t> pids_;
  const TimePoint expires_;
  ProbeRound round_;
  std::unique_ptr<Session> session_;  // of the round, once it has answered
  std::optional<ServerActivity> result_;
};

}  // namespace resilience
