// What the core answers: admissions, decisions on failures, and effects for the host to carry out.
//
// Plain data; values cross into JavaScript: never renumber them. Inputs go in first, then the host drains the effects
// once: nothing is ever called from inside the core.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "core/connection_state.h"
#include "core/outcome.h"
#include "core/types.h"

namespace resilience {

// Why an operation ends with its failure instead of running again, or is not admitted.
enum class GiveUpReason : std::uint8_t {
  kNotRetryable = 0,       // the failure is the caller's own, or asking again cannot help
  kUnknownOutcome = 1,     // a write that may have been committed
  kUserCode = 2,           // user code ran inside it and must not run twice
  kTransactionPolicy = 3,  // transactions.retry forbids it
  kAttemptsExhausted = 4,  // reconnect.maxAttempts runs
  kDeadline = 5,           // reconnect.deadline
  kBudget = 6,             // reconnect.retryBudget
  kQueueFull = 7,          // reconnect.maxParked
  kShutdown = 8,           // after shutdown()
};

// Why a new client is made. The names users see are to_string()'s.
enum class ReplaceReason : std::uint8_t {
  kInitial = 0,
  kRefresh = 1,
  kAge = 2,
  kConsecutiveErrors = 3,
  kFinalAttempt = 4,
  kEngineFault = 5,
  kFailover = 6,
  kManual = 7,
  kMemory = 8,
};

enum class AdmissionVerdict : std::uint8_t { kRun = 0, kParked = 1, kRejected = 2 };

struct Admission {
  AdmissionVerdict verdict = AdmissionVerdict::kRun;
  TicketId ticket;                                    // where parked
  GiveUpReason reason = GiveUpReason::kNotRetryable;  // where rejected
};

enum class DecisionVerdict : std::uint8_t {
  kRunNow = 0,  // run it again at once
  kWait = 1,    // hold it: a Release or an Expire effect with its ticket follows
  kGiveUp = 2,  // the failure is the caller's
  kLeave = 3,   // only for tries found hanging: not yet known to be stuck, leave it alone
};

struct Decision {
  DecisionVerdict verdict = DecisionVerdict::kGiveUp;
  TicketId ticket;                                    // where it is run again or waits
  GiveUpReason reason = GiveUpReason::kNotRetryable;  // where given up
  Outcome outcome = Outcome::kNotApplied;             // what is known of its work, where given up
};

// ---- effects -------------------------------------------------------------------------------------------------------

// Run this waiting operation now, on the current generation.
struct Release {
  TicketId ticket;
};
// This waiting operation ends: with its own last error, or, where it never ran, as unavailable.
struct Expire {
  TicketId ticket;
  GiveUpReason reason;
};
// Let the probe outside the client look for the database until StopLooking. Looking in band is done by Verify.
struct StartLooking {};
struct StopLooking {};
// Run one trivial query and answer with on_verified(): through the current client, or, to look at the database alone,
// through a client of its own where one can be made (the current one's pool may be full).
struct Verify {
  std::uint64_t id;  // goes back with the answer: a later verification makes an earlier one's answer void
  Duration timeout;
  bool of_database;
};
// Make a new client, verify it, swap; answer with on_replaced(), after `timeout` at the latest: a factory that hangs
// has failed. `forced`: the old one is given up after a drain time; else it may finish whatever it takes.
struct Replace {
  ReplaceReason reason;
  bool forced;
  Duration timeout;
};
// A replacement was due, but the client was handed in ready-made and cannot be made again. Told once.
struct ReplaceImpossible {
  ReplaceReason reason;
};
struct StateChanged {
  ConnectionState from;
  ConnectionState to;
};
struct Connected {};     // the first verified connection
struct Disconnected {};  // an outage begins
struct Reconnecting {    // another look during an outage
  std::uint32_t attempt;
};
struct Reconnected {  // the outage is over
  Duration outage;
};
struct ReconnectFailed {};  // the first operation ran out of time in this outage
// Report every try in flight by on_hanging(), so that those caught on dead connections are not left there.
struct SweepInFlight {};
struct RunHealthCheck {};
// The event loop did not turn for this long: what looked late was not the database's fault.
struct LoopStalled {
  Duration delay;
};

// Ask the server what the processes behind the connections in use do; answer with on_activity().
struct LookAtConnections {
  std::uint64_t look;  // goes back with the answer
};

using Effect = std::variant<Release, Expire, StartLooking, StopLooking, Verify, Replace, ReplaceImpossible,
                            StateChanged, Connected, Disconnected, Reconnecting, Reconnected, ReconnectFailed,
                            SweepInFlight, RunHealthCheck, LoopStalled, LookAtConnections>;
using Effects = std::vector<Effect>;

[[nodiscard]] std::string_view to_string(GiveUpReason reason) noexcept;
[[nodiscard]] std::string_view to_string(ReplaceReason reason) noexcept;

}  // namespace resilience
