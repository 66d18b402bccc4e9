// The table of errors: what is looked for in which fact, under which condition, and what it proves.
//
// Data only, apart from the lookup. Within a table the first row that matches decides, so a row with
// a condition stands before the row without. To add an error: add a row here and a test that makes
// the real fault.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/error_class.h"
#include "core/error_verdict.h"

namespace resilience {

enum class Condition : std::uint8_t {
  kAlways = 0,
  kProbeUp = 1,
  kProbeDown = 2,
  kWhileConnecting = 3,  // the system call, or the text, says connect or getaddrinfo
  kInitialization = 4,   // a PrismaClientInitializationError: the engine has not started
  kBeforePrisma7 = 5,    // Prisma 5, 6 or not known, which map any I/O error to P1001
  kSqlite = 6,
  kCauseWhileConnecting = 7,  // a nested cause says that no connection could be made
  kPoolEmptyProbeUp = 8,      // the pool has no connection at all while the database is well
  kPoolBusyProbeUp = 9,       // every connection of the pool is in use while the database is well
  kErrorSeverity = 10,        // the server answered ERROR: the statement is undone, the connection is sound
  kAtCommit = 11,             // COMMIT failed: the guard says so, or Prisma passes the adapter's error on as it is
  kRustEngine = 12,           // Prisma 5, 6 unless it compiles its queries, or not known
  kAdapterNamesHost = 13,     // a driver adapter connects, not Prisma's engine, and says to which host it could not
  kConnected = 14,            // the system call, or the text, says read or write
};

enum class Match : std::uint8_t {
  kExact = 0,
  kPrefix = 1,
};

struct ErrorRule {
  std::string_view text;
  RuleVerdict verdict;
  Condition condition = Condition::kAlways;
  Match match = Match::kExact;
  std::string_view message = {};  // must stand in the error's own message as well
};

[[nodiscard]] std::span<const ErrorRule> error_rules(RuleSource source);

}  // namespace resilience
