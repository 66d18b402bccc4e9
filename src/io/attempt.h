// What reaches for a server: one attempt at one address, the session it may leave, and who makes attempts at a target.
//
// The loop, its rounds, the sentinel and the looks at activity know these interfaces alone. With libpq they are
// PgAttempt and PqSession (pg_dialer.h); without it, GreetingAttempt (greeting_attempt.h). Nothing here blocks; time is
// the owner's business. Owner: the probe's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/endpoint_choice.h"
#include "core/probe_result.h"
#include "core/server_activity.h"
#include "io/probe_target.h"
#include "io/socket_address.h"
#include "io/socket_io.h"

namespace resilience {

struct AttemptOutcome {
  ProbeVerdict verdict = ProbeVerdict::kInconclusive;
  ServerRole role = ServerRole::kUnknown;
  bool read_only = false;
  std::uint32_t server_version = 0;
  std::string code;
  std::string message;  // redacted
};

// How far an attempt came, for the message when its time is up.
enum class AttemptPhase : std::uint8_t { kConnecting = 0, kAwaitingReply = 1, kAwaitingAnswer = 2 };

[[nodiscard]] inline HostAnswer as_answer(const AttemptOutcome& outcome) {
  return {true, outcome.verdict, outcome.role, outcome.read_only};
}

// What it says of the database at `host`, asked for `trigger`.
[[nodiscard]] ProbeResult as_result(const AttemptOutcome& outcome, const HostSpec& host, ProbeTrigger trigger);

// The outcome of a failure; `message` is redacted already.
[[nodiscard]] AttemptOutcome failed_attempt(std::string_view code, std::string message);

// A session that is logged in, asked now and then, and watched for its end. Polled: interest(), then advance().
class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  // Each begins one round trip. REQUIRES: none is under way, not lost.
  virtual void ask() = 0;  // what is this server?
  virtual void ask_activity(std::span<const std::uint32_t> pids) = 0;
  [[nodiscard]] virtual bool asking() const noexcept = 0;

  [[nodiscard]] virtual PollInterest interest() const noexcept = 0;
  // Takes in what has come. Its end is noticed also while nothing was asked.
  virtual void advance() = 0;

  // The answers, each once; a server that refuses the question is up all the same.
  [[nodiscard]] virtual std::optional<AttemptOutcome> take_answer() = 0;
  [[nodiscard]] virtual std::optional<ServerActivity> take_activity() = 0;
  // Nothing more will be asked: whoever serves it may let it go, and still answer what was asked. A pooler that has a
  // connection for it ends it at once; one in whose queue it waits neither notices nor forgets it.
  virtual void say_no_more() noexcept = 0;
  // Set when the session has ended; stays.
  [[nodiscard]] virtual const std::optional<AttemptOutcome>& loss() const noexcept = 0;
};

// Polled: interest(), then advance(), until there is an outcome.
class Attempt {
 public:
  Attempt() = default;
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  virtual ~Attempt() = default;

  // Empty once there is an outcome.
  [[nodiscard]] virtual std::optional<PollInterest> interest() const = 0;
  virtual void advance() = 0;
  [[nodiscard]] virtual const std::optional<AttemptOutcome>& outcome() const noexcept = 0;
  [[nodiscard]] virtual AttemptPhase phase() const noexcept = 0;
  // The session that gave the answer, or of which one is still awaited. Null where nobody was let in.
  [[nodiscard]] virtual std::unique_ptr<Session> take_session() { return nullptr; }
};

// Makes the attempts at one target.
class Dialer {
 public:
  Dialer() = default;
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;
  virtual ~Dialer() = default;

  [[nodiscard]] virtual std::unique_ptr<Attempt> dial(const HostSpec& host, const SocketAddress& address) = 0;
  // For the attempts from now on: the driver's password is fetched anew now and then.
  virtual void set_password(const std::string&) {}
};

// `target` outlives the dialer.
using MakeDialer = std::unique_ptr<Dialer> (*)(const ProbeTarget& target);

}  // namespace resilience
