// What is known about one failed operation: strings taken from the error that was thrown, and the
// circumstances that only the host knows. Facts are never judged here; error_class.h does that.
//
// Owner: the caller. All views must outlive the call they are handed to. Every field is optional:
// an empty view or the first enumerator means "not known".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/outcome.h"

namespace resilience {

// How far the operation had come, told by the guard beneath Prisma.
enum class GuardPhase : std::uint8_t {
  kNone = 0,       // no guard, or it did not see this error
  kAcquire = 1,    // a connection was asked for; nothing of the operation was sent
  kBegin = 2,      // the transaction's BEGIN was sent, none of its statements
  kStatement = 3,  // a statement was sent; `in_transaction` tells whether it commits on its own
  kCommit = 4,     // COMMIT was sent
  kRollback = 5,   // ROLLBACK was sent; COMMIT was not and never will be
};

// What the probe, which looks at the database on its own connection, says at the moment.
enum class ProbeView : std::uint8_t {
  kUnknown = 0,  // no probe, or it has never succeeded: it has no vote
  kUp = 1,
  kDown = 2,
};

struct ErrorFacts {
  std::string_view kind;           // driver adapter error kind, e.g. "DatabaseNotReachable"
  std::string_view original_code;  // SQLSTATE, or MySQL's or SQLite's number, as text
  std::string_view original_message;
  std::string_view severity;    // PostgreSQL's "ERROR" or "FATAL"; may be in the server's language
  std::string_view code;        // Prisma's or Node's `code`, e.g. "P1017", "ECONNREFUSED"
  std::string_view error_code;  // Prisma's `errorCode` of an initialization error
  std::string_view name;        // the error's class name
  std::string_view message;
  std::string_view cause_code;  // the innermost nested cause that has a code
  std::string_view cause_message;
  std::string_view syscall;       // Node's: "connect", "getaddrinfo", "read", "write"
  std::string_view host;          // that a driver adapter could not connect to
  std::string_view driver;        // "pg", "mariadb", "better-sqlite3", ...
  std::int32_t pool_active = -1;  // of the driver's pool, where its error tells; -1: not told
  std::int32_t pool_idle = -1;
  std::uint16_t prisma_major = 0;  // 5, 6, 7; 0: not known
  // By Prisma's query compiler: 7, and 6 with engineType "client"; false: an engine in Rust, or not known.
  bool compiles_queries = false;
  GuardPhase phase = GuardPhase::kNone;
  ProbeView probe = ProbeView::kUnknown;
  // What is proven already, by the guard's mechanics or by asking the database; nothing: judge by the rest.
  std::optional<Outcome> proven_outcome;
  // Inside a transaction whose COMMIT is known not to have been sent.
  bool in_transaction = false;
  // The statement may commit a part of its work before it fails: CALL, DO, several statements in
  // one (see sql_kind.h).
  bool may_commit_inside = false;
};

}  // namespace resilience
