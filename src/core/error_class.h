// The classes of failure, described by what one may do next rather than by where they came from.
//
// Pure: everything is a function of its arguments. The enumerators cross into JavaScript as numbers
// and as the names of `to_string`: never renumber or rename them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/outcome.h"

namespace resilience {

struct ErrorFacts;

enum class ErrorClass : std::uint8_t {
  kNotSent = 0,             // this statement did not reach the database
  kSaturated = 1,           // not sent either, but the database is well: pool or server is full
  kUnknownOutcome = 2,      // a write may have been committed
  kRolledBack = 3,          // the database undid it, or will
  kReadOnly = 4,            // refused because the server, or the session, takes no writes
  kCancelled = 5,           // stopped by a time limit: the caller's time is spent
  kEngineFault = 6,         // the client is beyond repair
  kFatalConfiguration = 7,  // asking again cannot help
  kQuery = 8,               // the caller's own
  kLocal = 9,               // ours: admission, deadline, shutdown
};

inline constexpr std::uint8_t kErrorClassCount = 10;

struct ErrorTraits {
  bool sent;                    // something of it may have reached the database
  Outcome outcome;              // of a write; a read has nothing to apply
  bool poisons_client;          // the client must be replaced before it is used again
  bool retry_may_help;          // the same operation may succeed later, unchanged
  bool counts_against_breaker;  // infrastructure failures and timeouts only
  bool connection_class;        // evidence about the connection: counts as consecutive error, starts a recovery
};

// The traits of a class on its own. A rolled-back failure has two sorts, so prefer the traits of a
// Classification: here it is the server-side conflict, which says nothing about the connection.
[[nodiscard]] constexpr ErrorTraits traits_of(ErrorClass error_class) {
  constexpr Outcome kNo = Outcome::kNotApplied;
  constexpr Outcome kMaybe = Outcome::kUnknown;
  switch (error_class) {  //   sent, outcome, poisons, retry, breaker, connection
    case ErrorClass::kNotSent: return {false, kNo, false, true, true, true};
    case ErrorClass::kSaturated: return {false, kNo, false, true, false, false};
    case ErrorClass::kUnknownOutcome: return {true, kMaybe, false, true, true, true};
    case ErrorClass::kRolledBack: return {true, kNo, false, true, false, false};
    case ErrorClass::kReadOnly: return {true, kNo, false, false, false, false};
    case ErrorClass::kCancelled: return {true, kNo, false, false, true, false};
    case ErrorClass::kEngineFault: return {true, kMaybe, true, true, true, true};
    case ErrorClass::kFatalConfiguration: return {false, kNo, false, false, false, false};
    case ErrorClass::kQuery: return {true, kNo, false, false, false, false};
    case ErrorClass::kLocal: return {false, kNo, false, false, false, false};
  }
  return {true, kMaybe, false, false, false, false};
}

// 'not-sent', 'saturated', 'unknown', 'rolled-back', 'read-only', 'cancelled', 'engine-fault',
// 'fatal-configuration', 'query', 'local'.
[[nodiscard]] std::string_view to_string(ErrorClass error_class);

// The inverse, for the overrides that users return. Empty for any other text.
[[nodiscard]] std::optional<ErrorClass> parse_error_class(std::string_view name);

// Which fact decided. The names of `to_string` are for people: 'sqlstate', 'kind', 'message', ...
enum class RuleSource : std::uint8_t {
  kNone = 0,  // no rule knows this error
  kName = 1,
  kSqlstate = 2,
  kMysqlErrno = 3,
  kSqliteCode = 4,
  kKind = 5,
  kCode = 6,
  kErrorCode = 7,
  kMessage = 8,
  kLastResort = 9,  // the class name alone
  kOverride = 10,   // the user's own verdict
};

[[nodiscard]] std::string_view to_string(RuleSource source);

// One failure, judged.
struct Classification {
  ErrorClass error_class = ErrorClass::kQuery;
  // Those of the class, refined by the facts: decide by these.
  ErrorTraits traits = traits_of(ErrorClass::kQuery);
  // Rolled back because of another transaction (serialization failure, deadlock), on a sound connection.
  bool conflict = false;
  // An interactive transaction could not start: its callback, which is user code, has not run.
  bool callback_not_called = false;
  // Read-only only: run it again elsewhere if the probe finds the server in recovery or another primary.
  bool wrong_server_suspected = false;
  // Fatal configuration only: the server, or TLS, refuses the credentials that the adapter was made with. Those that
  // the factory reads now may be others.
  bool credentials_suspected = false;
  // The row that decided, for logs and tests: which fact it reads and what it looks for, e.g.
  // kSqlstate and "57P01". Static storage.
  RuleSource source = RuleSource::kNone;
  std::string_view rule;

  // Whether an operation may be run again whatever it does: nothing of it is, or will be, applied.
  [[nodiscard]] constexpr bool safe_to_run_again() const {
    return traits.retry_may_help && traits.outcome == Outcome::kNotApplied;
  }
};

// Judges a failure. Order of reading: original code and driver adapter kind, `code`, `errorCode`,
// message; what the guard and the transaction prove then sharpens the answer. An error that no rule
// knows is kQuery, never retried, and of unknown outcome unless its circumstances prove otherwise.
// Linear in the length of the facts; any bytes are accepted.
//
// Three connection-class failures in a row on new connections while the probe is up are an engine
// fault as well; that is counted where the failures come together, not here.
[[nodiscard]] Classification classify(const ErrorFacts& facts);

// The user's own verdict in place of ours: the class's traits, nothing inferred beyond them.
[[nodiscard]] Classification override_with(ErrorClass error_class);

}  // namespace resilience
