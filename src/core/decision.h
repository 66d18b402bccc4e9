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
  kCredentials = 9,  // new connections are refused for their password, role or certificate: a secret was rotated
  kReconnect = 10,   // the database is back, and the pool would have slept on: see opens_late()
};

// What is replaced. With the guard, the client may stay: call sites and running transactions do not notice.
enum class ReplacePart : std::uint8_t {
  kClient = 0,       // the whole client, by the factory
  kConnections = 1,  // the adapters beneath it connect again: new pools
  kAdapters = 2,     // the factory is called, and the adapters that it makes take over beneath the client that stays
};

// What came of making a generation: the factory, a connection, one trivial query.
enum class MakeVerdict : std::uint8_t {
  kMade = 0,     // it has answered
  kFailed = 1,   // thrown, hung, or not answered
  kRefused = 2,  // the server refuses its password, role or certificate
  kPutOff = 3,   // not begun: a connection of the one that serves holds what would end with it
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
// Let the probe outside the client look for the database until StopLooking. LookControl in band is done by Verify.
struct StartLooking {};
struct StopLooking {};
// Run one trivial query and answer with on_verified(): through the current client, or, to look at the database alone,
// through a client of its own where one can be made (the current one's pool may be full).
struct Verify {
  std::uint64_t id;  // goes back with the answer: a later verification makes an earlier one's answer void
  Duration timeout;
  bool of_database;
};
// Make a generation and ask it one trivial query; answer with on_made(), however late. `part` says what is made.
struct Replace {
  Epoch epoch;  // the number of the new generation
  ReplaceReason reason;
  ReplacePart part;
  // Nothing is broken. Where a connection holds state of its session (an advisory lock, SET, LISTEN), make nothing, and
  // answer kPutOff.
  bool spares_sessions = false;
};
// Nobody waits for this generation any more. What still arrives is told by on_made() all the same.
struct StopMaking {
  Epoch epoch;
  Duration after;
};
// The generation that was made takes its place: new operations go to it.
struct ServeGeneration {
  Epoch epoch;
};
// It no longer serves. Answer with on_drained() once nothing is in flight on it.
struct DrainGeneration {
  Epoch epoch;
};
// Its time is over for everybody: destroy the connections that can be reached.
struct CutGeneration {
  Epoch epoch;
};
// Nothing is in flight on it any more: close it, and answer with on_closed().
struct CloseGeneration {
  Epoch epoch;
};
// It cannot be closed, or takes too long: nobody waits for it any more.
struct AbandonGeneration {
  Epoch epoch;
};
// After stop(): all generations have come to their end.
struct Ended {};
// A replacement is over, for users to see.
struct Replaced {
  Epoch epoch;
  ReplaceReason reason;
  bool hard;  // it counts as a hard reset
  Duration took;
};
struct ReplaceFailed {
  ReplaceReason reason;
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
// Something may wait in the sockets that nobody has read for long: read them, then tell on_loop_turned(). Until then
// nothing is to be sent, see Supervisor::stalled_after().
struct ReadSockets {};
struct LoopStalled {
  Duration delay;
};

// Ask the server what the processes behind the connections in use do; answer with on_activity().
struct LookAtConnections {
  std::uint64_t look;  // goes back with the answer
};

using Effect =
    std::variant<Release, Expire, StartLooking, StopLooking, Verify, Replace, ReplaceImpossible, StateChanged,
                 Connected, Disconnected, Reconnecting, Reconnected, ReconnectFailed, SweepInFlight, RunHealthCheck,
                 LoopStalled, ReadSockets, LookAtConnections, StopMaking, ServeGeneration, DrainGeneration,
                 CutGeneration, CloseGeneration, AbandonGeneration, Ended, Replaced, ReplaceFailed>;
using Effects = std::vector<Effect>;

[[nodiscard]] std::string_view to_string(GiveUpReason reason) noexcept;
[[nodiscard]] std::string_view to_string(ReplaceReason reason) noexcept;

}  // namespace resilience
