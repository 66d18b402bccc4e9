// A database server behind a network, as far as its clients can tell: sessions, statements that take time on a few
// cores, a limit on sessions, and the faults that happen to it. Keeps the ledger: how often each write was applied.
//
// Messages are answered by callbacks, which never come while the fault lasts that swallows them.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/rng.h"
#include "event_queue.h"

namespace resilience::world {

struct Statement {
  std::uint64_t operation = 0;  // whose write it is; 0 for nobody's
  bool write = false;
  Duration work{};
};

enum class Reply : std::uint8_t {
  kOk,
  kRefused,     // nothing listens
  kTooMany,     // as many sessions as there may be
  kStarting,    // not yet
  kTerminated,  // the session was ended before it committed
  kLost,        // the session ended without a word
  kReadOnly,    // a standby by now
};

struct ServerOptions {
  unsigned cores = 4;
  Duration round_trip = std::chrono::microseconds{500};
  Duration connect_work = std::chrono::milliseconds{2};
  std::size_t max_sessions = 100;
  Duration accept_work = std::chrono::microseconds{500};  // until it is noticed that the client has gone
  bool newcomers_in_turn = false;                         // where the cores are full for long, a scheduler shares them
};

class Server {
 public:
  using SessionId = std::uint64_t;
  using OnReply = std::function<void(Reply, SessionId)>;
  using Wanted = std::function<bool()>;

  Server(EventQueue& events, const ServerOptions& options, std::uint64_t seed)
      : events_(events), options_(options), rng_(seed) {}

  // ---- what clients do. `endpoint`: where the client believes the primary to be.
  // `wanted`: whether the client still waits when its turn comes; a connection that is closed by then costs little.
  void connect(std::uint32_t endpoint, bool counts, OnReply reply, Wanted wanted);
  void query(SessionId session, const Statement& statement, OnReply reply);
  void close(SessionId session);
  // Called once where the server or the network ends the session.
  void on_closed(SessionId session, std::function<void()> told);

  // ---- what happens to it
  void stop();
  void start(Duration starting);
  // Faults that overlap last until the last of them is over.
  void freeze() { ++frozen_; }
  void thaw();
  void terminate_sessions();
  // Packets of the sessions there are vanish from now on; new sessions work.
  void swallow_sessions();
  // The network is cut; what is sent meanwhile arrives after it is mended.
  void cut() { ++cut_; }
  void mend();
  // The primary is elsewhere from now on; sessions with the old one can only read.
  void fail_over() { ++primary_; }

  // ---- what is true
  [[nodiscard]] bool listens() const noexcept { return !stopped_ && cut_ == 0; }
  [[nodiscard]] Duration round_trip() const noexcept { return options_.round_trip; }
  [[nodiscard]] bool well() const noexcept { return !stopped_ && frozen_ == 0 && cut_ == 0; }
  [[nodiscard]] std::uint32_t primary() const noexcept { return primary_; }
  [[nodiscard]] std::size_t sessions() const noexcept { return counted_; }
  [[nodiscard]] std::size_t most_sessions() const noexcept { return most_sessions_; }
  [[nodiscard]] std::size_t executing() const noexcept { return executing_; }
  [[nodiscard]] std::uint32_t times_applied(std::uint64_t operation) const;

 private:
  struct Session {
    bool silent = false;
    bool counts = true;
    std::uint32_t endpoint = 0;
    std::optional<Statement> running;
    OnReply reply;  // of the connect, then of the statement under way
    std::function<void()> closed;
  };

  struct Work {
    std::function<Duration()> amount;
    EventQueue::Action done;
  };

  void send(Duration delay, EventQueue::Action action);
  // Arrives at the server: waits there while it is frozen.
  void arrive(EventQueue::Action action);
  // On the first core that is free. Sessions come first: a scheduler lets who wakes for a moment go before who has
  // work.
  enum class Rank : std::uint8_t { kSession = 0, kNewcomer = 1 };
  void work(Rank rank, std::function<Duration()> amount, EventQueue::Action done);
  void take_up_work();
  void kill(SessionId id);
  void forget(SessionId id);
  void apply(const Statement& statement);

  EventQueue& events_;
  ServerOptions options_;
  Rng rng_;
  bool stopped_ = false;
  int frozen_ = 0;
  int cut_ = 0;
  TimePoint ready_at_;
  std::uint64_t incarnation_ = 0;
  std::uint32_t primary_ = 0;
  unsigned cores_busy_ = 0;
  bool newcomers_turn_ = false;
  std::array<std::deque<Work>, 2> waiting_work_;  // by rank
  std::vector<EventQueue::Action> held_;          // by the freeze
  std::vector<EventQueue::Action> delayed_;       // by the cut
  std::map<SessionId, Session> sessions_;
  SessionId last_session_ = 0;
  std::size_t counted_ = 0;
  std::size_t most_sessions_ = 0;
  std::size_t executing_ = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> applied_;
};

}  // namespace resilience::world
