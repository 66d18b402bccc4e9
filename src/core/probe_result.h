// What one look at the database found, and the words that the I/O layer has for it.
//
// A result is a fact; what follows from it (a gate, a recovery, a reset) is the supervisor's business. A down result
// has no vote while `ever_up` is false: a probe that never reached its database may simply be pointed at the wrong one.
#pragma once

#include <cstdint>
#include <string>

#include "core/types.h"

namespace resilience {

enum class ProbeVerdict : std::uint8_t {
  kUp = 0,            // it answered as a database does, if only to refuse this user, database or connection
  kDown = 1,          // nothing answered, or it said that it takes no connections now
  kInconclusive = 2,  // the attempt failed for a reason of ours (no file handle, an untrusted certificate, bad options)
};

enum class ServerRole : std::uint8_t { kUnknown = 0, kPrimary = 1, kStandby = 2 };

// Why the attempt was made.
enum class ProbeTrigger : std::uint8_t {
  kSchedule = 0,  // the database is being looked for
  kOnDemand = 1,  // one look was asked for
  kSentinel = 2,  // the standing connection was made, checked or lost
};

struct ProbeResult {
  ProbeVerdict verdict = ProbeVerdict::kInconclusive;
  ServerRole role = ServerRole::kUnknown;
  ProbeTrigger trigger = ProbeTrigger::kSchedule;
  bool read_only = false;            // new sessions there start read-only: a standby, or default_transaction_read_only
  bool let_in = false;               // down: a session was opened, and its question is not answered yet
  bool ever_up = false;              // this or an earlier attempt at the same database was up
  Epoch epoch;                       // as given by whoever asked
  Duration latency{};                // from the beginning of the attempt to its answer
  Duration loop_stall{};             // how late the subscriber's event loop was when the result was made
  std::uint32_t server_version = 0;  // as PostgreSQL counts, 150018; 0 where unknown
  std::string host;                  // the endpoint that decided, as configured; empty where none did
  std::uint16_t port = 0;
  std::string code;     // SQLSTATE, or the name of an errno, or one of core/probe_code.h; empty on success
  std::string message;  // for people; holds no password
};

}  // namespace resilience
