// Which connections have lost a request, or its answer, while the database is well: a firewall that has forgotten them,
// packets that vanished for a moment. Time alone cannot tell them from slow queries; the server can.
//
// Where something has been in flight for suspectAfterMs, the server is asked what the processes behind the connections
// in use do. One that idles while we wait for its answer has never got the question, or has answered in vain. That is
// held against a connection only if
// - the process is known to be ours: named by the server, and as old as our connection. Poolers name processes of their
//   own making, and one that is not there says nothing unless it was seen before, on this very server;
// - it idled before the look, and, looked at again after at least kLeastSilence and as long again as it had been
// silent,
//   still does, with nothing begun in between: what is merely late has been sent again by then;
// - nothing has come in on the connection meanwhile, and nothing waits to be sent.
// A process that works is a slow query and is left alone, however long it takes; so is one that nobody sees. A
// connection that is being opened has no process yet: that others are let in twice meanwhile stands in for it.
//
// Looks that find nothing grow rarer as those of HangWatch do. Owner: the supervisor.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "core/config.h"
#include "core/counters.h"
#include "core/hang_watch.h"
#include "core/operation.h"
#include "core/server_activity.h"
#include "core/types.h"

namespace resilience {

// What the host knows of the connection that a piece of work is on.
struct UsedConnection {
  std::uint64_t number = 0;  // the host's own, never given twice; 0: none is known
  bool opening = false;      // it is not ready yet
  std::uint32_t pid = 0;     // of the server's process behind it, as it was named to us; 0: it was not
  TimePoint opened{};        // when it was ready; the beginning of time where that was not seen
  bool moving = false;       // something has come in since it was last asked about, or waits to be sent
};

class SilentConnections {
 public:
  static constexpr Duration kLeastSilence = std::chrono::seconds{1};
  // Between the answer and the judgement: what was received while the look lasted is read by then.
  static constexpr Duration kReading = std::chrono::milliseconds{50};
  // How long a login may take, from the process's birth until the connection is ready.
  static constexpr Duration kLongestLogin = std::chrono::seconds{10};

  SilentConnections(const ProbeConfig& config, TimePoint start) noexcept
      : look_limit_(config.timeout * 3), watch_(config.suspect_after, start) {}

  // When the next look is due; kEndOfTime where nothing is in flight.
  [[nodiscard]] TimePoint due(const Counters& counters) const noexcept;
  // Somebody wants to know by then.
  void look_by(TimePoint at) noexcept { next_look_ = std::min(next_look_, at); }
  // A look begins. Its number goes back with the answer.
  [[nodiscard]] std::uint64_t begin_look(TimePoint now) noexcept;
  // True where connections can be judged, from kReading later on.
  [[nodiscard]] bool on_answer(TimePoint now, std::uint64_t look, const ServerActivity& activity);
  // What was seen says nothing any more: an outage, or an event loop that did not read what came.
  void restart(TimePoint now) noexcept;

  // Whether `work` waits for an answer that will not come. REQUIRES: asked about all that is in flight after an answer.
  [[nodiscard]] bool lost(const FailedAttempt& work, const UsedConnection& connection);
  // Whether the server was seen at work for it.
  [[nodiscard]] bool working(const FailedAttempt& work, const UsedConnection& connection) const noexcept;

 private:
  struct Suspect {
    std::int64_t since = 0;  // the server's time since which it idles: the same idling, or another
    TimePoint work_began;
    TimePoint convicted_at;     // a look begun then that sees the same convicts it
    std::uint64_t seen_by = 0;  // the last look that did
  };
  struct Sight {
    bool silent = false;
    std::int64_t since = 0;
    Duration lasts{};
  };

  [[nodiscard]] Sight sight_of(const FailedAttempt& work, const UsedConnection& connection);
  [[nodiscard]] bool is_ours(const Backend& backend, const UsedConnection& connection) const noexcept;

  const Duration look_limit_;
  HangWatch watch_;
  std::uint64_t last_look_ = 0;
  bool looks_ = false;
  TimePoint asked_at_;                // of the last look
  TimePoint answered_at_;             // of the last look
  TimePoint next_look_ = kEndOfTime;  // that may convict somebody
  bool in_view_ = false;              // what follows is what the last look saw
  std::int64_t server_started_ = 0;
  std::unordered_map<std::uint32_t, Backend> backends_;  // by pid
  std::unordered_map<std::uint64_t, Suspect> suspects_;  // by connection
  // Connections whose process was there once, with the last look at which they were in use.
  std::unordered_map<std::uint64_t, std::uint64_t> seen_;
};

}  // namespace resilience
