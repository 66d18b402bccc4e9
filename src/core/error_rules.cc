#include "core/error_rules.h"

#include <array>

namespace resilience {
namespace {

using enum RuleVerdict;
using enum Match;
using When = Condition;

// By class name. One of ours borrows a code of Prisma's, so names are read first.
constexpr std::array kNames{
    ErrorRule{"BulkheadRejectedError", kLocal},
    ErrorRule{"CircuitOpenError", kLocal},
    ErrorRule{"ConfigError", kLocal},
    ErrorRule{"DatabaseUnavailableError", kLocal},
    ErrorRule{"DeadlineExceededError", kLocal},
    ErrorRule{"QueueFullError", kLocal},
    ErrorRule{"ShutdownError", kLocal},
    // The operation was sent before its time was up.
    ErrorRule{"TimeoutError", kUnknownOutcome},
    // Prisma's: this one quotes the caller's own arguments, so its text must not be read.
    ErrorRule{"PrismaClientValidationError", kQuery},
    ErrorRule{"PrismaClientRustPanicError", kEngineFault},
};

constexpr std::array kSqlstates{
    ErrorRule{"08001", kNotSent},
    ErrorRule{"08004", kNotSent},
    // PgBouncer's own answers; 08P01 of a server is a protocol violation.
    ErrorRule{"08P01", kNotSent, When::kAlways, kExact, "server login has been failing"},
    ErrorRule{"08P01", kNotSent, When::kAlways, kExact, "query_wait_timeout"},
    ErrorRule{"08P01", kSaturated, When::kAlways, kExact, "no more connections allowed"},
    ErrorRule{"08", kUnknownOutcome, When::kAlways, kPrefix},
    // A migration has changed what a prepared statement answers: on another connection it is prepared anew.
    ErrorRule{"0A000", kRolledBackConflict, When::kAlways, kExact, "cached plan must not change result type"},
    ErrorRule{"22", kQuery, When::kAlways, kPrefix},
    ErrorRule{"23", kQuery, When::kAlways, kPrefix},
    ErrorRule{"25006", kReadOnly},
    ErrorRule{"25P03", kRolledBackExpired},
    ErrorRule{"25P04", kCancelled},
    ErrorRule{"28000", kRefused},
    ErrorRule{"28P01", kRefused},
    ErrorRule{"3D000", kFatalConfiguration},
    ErrorRule{"40001", kRolledBackConflict},
    ErrorRule{"40003", kUnknownOutcome},
    ErrorRule{"40P01", kRolledBackConflict},
    ErrorRule{"42", kQuery, When::kAlways, kPrefix},
    ErrorRule{"53300", kSaturated},
    ErrorRule{"55P03", kCancelled},
    ErrorRule{"57014", kCancelled},
    // Sent by the backend itself before it commits, or to a connection that was idle.
    ErrorRule{"57P01", kRolledBackConnection},
    // Sent from a signal handler at any moment, a finished commit included.
    ErrorRule{"57P02", kUnknownOutcome},
    ErrorRule{"57P03", kNotSent},
    ErrorRule{"57P05", kRolledBackConnection},
    ErrorRule{"N/A", kQueryAfterEffect, When::kAlways, kExact, "Failed to deserialize column of type"},
    ErrorRule{"N/A", kNotSent, When::kAdapterNamesHost, kExact,
              "Raw query failed. Code: `N/A`. Message: `Database not reachable"},
    // An error that has reached us without its code: something broke on the way.
    ErrorRule{"N/A", kUnknownOutcome},
    ErrorRule{"", kUnknownOutcome},
    ErrorRule{"", kQuery, When::kErrorSeverity, kPrefix},
};

// Numbers of the server, and from 45000 on those that the mariadb driver makes itself.
constexpr std::array kMysqlErrnos{
    // Changed since the snapshot of the transaction (innodb_snapshot_isolation).
    ErrorRule{"1020", kRolledBackConflict},
    ErrorRule{"1036", kReadOnly},
    ErrorRule{"1040", kSaturated},
    ErrorRule{"1044", kFatalConfiguration},
    ErrorRule{"1045", kRefused},
    ErrorRule{"1049", kFatalConfiguration},
    ErrorRule{"1203", kSaturated},
    ErrorRule{"1205", kRolledBackConflict},
    ErrorRule{"1213", kRolledBackConflict},
    ErrorRule{"1226", kSaturated},
    ErrorRule{"1290", kReadOnly},
    ErrorRule{"1317", kCancelled},
    ErrorRule{"1836", kReadOnly},
    ErrorRule{"1969", kCancelled},
    ErrorRule{"3024", kCancelled},
    ErrorRule{"1048", kQuery},
    ErrorRule{"1054", kQuery},
    ErrorRule{"1062", kQuery},
    ErrorRule{"1064", kQuery},
    ErrorRule{"1136", kQuery},
    ErrorRule{"1146", kQuery},
    ErrorRule{"1264", kQuery},
    ErrorRule{"1364", kQuery},
    ErrorRule{"1366", kQuery},
    ErrorRule{"1406", kQuery},
    ErrorRule{"1451", kQuery},
    ErrorRule{"1452", kQuery},
    // The server is leaving, or somebody killed the connection: nothing tells what was committed.
    ErrorRule{"1053", kUnknownOutcome},
    ErrorRule{"1927", kUnknownOutcome},
    ErrorRule{"2002", kNotSent},
    ErrorRule{"2003", kNotSent},
    ErrorRule{"2006", kUnknownOutcome},
    ErrorRule{"2013", kUnknownOutcome},
    // Given to the commands already sent when a connection is destroyed, whatever its constant's
    // name (ER_CMD_NOT_EXECUTED_DESTROYED) says.
    ErrorRule{"45004", kUnknownOutcome},
    ErrorRule{"45009", kUnknownOutcome},
    ErrorRule{"45012", kNotSent},
    ErrorRule{"45013", kNotSent},
    ErrorRule{"45019", kUnknownOutcome},
    ErrorRule{"45026", kUnknownOutcome},
    ErrorRule{"45027", kPoolGone},
    ErrorRule{"45028", kNotSent, When::kCauseWhileConnecting},
    ErrorRule{"45028", kPoolGone, When::kPoolEmptyProbeUp},
    ErrorRule{"45028", kSaturated, When::kPoolBusyProbeUp},
    ErrorRule{"45028", kNotSent},
    ErrorRule{"45037", kNotSent},
};

constexpr std::array kSqliteCodes{
    // SQLite then keeps the transaction open, and its adapter forgets it: what is written later vanishes with it.
    ErrorRule{"SQLITE_BUSY", kEngineFault, When::kAtCommit, kPrefix},
    ErrorRule{"SQLITE_ERROR", kPoolGone, When::kAlways, kExact, "cannot start a transaction within a transaction"},
    ErrorRule{"SQLITE_BUSY", kRolledBackConflict, When::kAlways, kPrefix},
    ErrorRule{"SQLITE_LOCKED", kRolledBackConflict, When::kAlways, kPrefix},
    ErrorRule{"SQLITE_READONLY", kReadOnlyFile, When::kAlways, kPrefix},
    ErrorRule{"SQLITE_CANTOPEN", kFatalConfiguration, When::kAlways, kPrefix},
    ErrorRule{"SQLITE_NOTADB", kFatalConfiguration, When::kAlways, kPrefix},
    ErrorRule{"SQLITE_CORRUPT", kFatalConfiguration, When::kAlways, kPrefix},
    ErrorRule{"SQLITE_CONSTRAINT", kQuery, When::kAlways, kPrefix},
    ErrorRule{"SQLITE_ERROR", kQuery, When::kAlways, kPrefix},
    ErrorRule{"SQLITE_FULL", kQuery, When::kAlways, kPrefix},
};

constexpr std::array kKinds{
    ErrorRule{"DatabaseNotReachable", kNotSent, When::kAdapterNamesHost},
    ErrorRule{"DatabaseNotReachable", kUnknownOutcome},
    ErrorRule{"ConnectionClosed", kUnknownOutcome},
    // SQLite's BUSY under another name.
    ErrorRule{"SocketTimeout", kRolledBackConflict, When::kSqlite},
    ErrorRule{"SocketTimeout", kUnknownOutcome},
    ErrorRule{"TooManyConnections", kSaturated},
    ErrorRule{"TransactionWriteConflict", kRolledBackConflict},
    ErrorRule{"AuthenticationFailed", kRefused},
    ErrorRule{"DatabaseAccessDenied", kFatalConfiguration},
    ErrorRule{"DatabaseAlreadyExists", kFatalConfiguration},
    ErrorRule{"DatabaseDoesNotExist", kFatalConfiguration},
    ErrorRule{"TlsConnectionError", kRefused},
    ErrorRule{"ColumnNotFound", kQuery},
    ErrorRule{"ForeignKeyConstraintViolation", kQuery},
    ErrorRule{"InvalidInputValue", kQuery},
    ErrorRule{"InvalidIsolationLevel", kQuery},
    ErrorRule{"LengthMismatch", kQuery},
    ErrorRule{"MissingFullTextSearchIndex", kQuery},
    ErrorRule{"NullConstraintViolation", kQuery},
    ErrorRule{"RestrictViolation", kQuery},
    ErrorRule{"TableDoesNotExist", kQuery},
    ErrorRule{"UniqueConstraintViolation", kQuery},
    ErrorRule{"ValueOutOfRange", kQuery},
    // These are raised while the rows of an INSERT … RETURNING are read.
    ErrorRule{"InconsistentColumnData", kQueryAfterEffect},
    ErrorRule{"UnsupportedNativeDataType", kQueryAfterEffect},
};

constexpr std::array kCodes{
    ErrorRule{"P1001", kNotSent, When::kInitialization},
    ErrorRule{"P1002", kNotSent, When::kInitialization},
    // Adapters call only a refused connection so, and a host that is not there; the engine's own connector, any I/O
    // error.
    ErrorRule{"P1001", kNotSent, When::kAdapterNamesHost},
    ErrorRule{"P1001", kUnknownOutcome, When::kBeforePrisma7},
    ErrorRule{"P1001", kNotSent},
    ErrorRule{"P1002", kUnknownOutcome},
    ErrorRule{"P1008", kRolledBackConflict, When::kSqlite},
    ErrorRule{"P1008", kUnknownOutcome},
    ErrorRule{"P1017", kUnknownOutcome},
    ErrorRule{"P1000", kRefused},
    ErrorRule{"P1003", kFatalConfiguration},
    ErrorRule{"P1009", kFatalConfiguration},
    ErrorRule{"P1010", kFatalConfiguration},
    ErrorRule{"P1011", kRefused},
    ErrorRule{"P1012", kFatalConfiguration},
    ErrorRule{"P1013", kFatalConfiguration},
    ErrorRule{"P1014", kFatalConfiguration},
    ErrorRule{"P1015", kFatalConfiguration},
    ErrorRule{"P1016", kFatalConfiguration},
    ErrorRule{"P2023", kQueryAfterEffect},
    ErrorRule{"P2024", kNotSent, When::kProbeDown},
    ErrorRule{"P2024", kSaturated},
    ErrorRule{"P2028", kStartUnreachable, When::kProbeDown, kExact, "Unable to start a transaction in the given time"},
    ErrorRule{"P2028", kStartTimedOut, When::kAlways, kExact, "Unable to start a transaction in the given time"},
    // The Rust engine sends COMMIT, and says so all the same where its own limit ends before the answer.
    ErrorRule{"P2028", kExpiredAtCommit, When::kRustEngine, kExact,
              "A commit cannot be executed on an expired transaction"},
    ErrorRule{"P2028", kRolledBackExpired, When::kAlways, kExact, "on an expired transaction"},
    ErrorRule{"P2028", kRolledBackExpired, When::kAlways, kExact, "on a transaction that was rolled back"},
    // What a running transaction sees after $disconnect has rolled it back.
    ErrorRule{"P2028", kRolledBackExpired, When::kAlways, kExact, "Transaction not found"},
    // Prisma 6 puts this in place of whatever COMMIT failed with.
    ErrorRule{"P2028", kUnknownOutcome, When::kAlways, kExact,
              "A rollback cannot be executed on a committed transaction"},
    ErrorRule{"P2028", kQuery, When::kAlways, kExact, "on a committed transaction"},
    ErrorRule{"P2034", kRolledBackConflict},
    ErrorRule{"P2037", kSaturated},
    ErrorRule{"P2000", kQuery},
    ErrorRule{"P2001", kQuery},
    ErrorRule{"P2002", kQuery},
    ErrorRule{"P2003", kQuery},
    ErrorRule{"P2004", kQuery},
    ErrorRule{"P2005", kQuery},
    ErrorRule{"P2006", kQuery},
    ErrorRule{"P2007", kQuery},
    ErrorRule{"P2008", kQuery},
    ErrorRule{"P2009", kQuery},
    ErrorRule{"P2011", kQuery},
    ErrorRule{"P2012", kQuery},
    ErrorRule{"P2013", kQuery},
    ErrorRule{"P2014", kQuery},
    ErrorRule{"P2015", kQuery},
    ErrorRule{"P2016", kQuery},
    ErrorRule{"P2017", kQuery},
    ErrorRule{"P2018", kQuery},
    ErrorRule{"P2019", kQuery},
    ErrorRule{"P2020", kQuery},
    ErrorRule{"P2021", kQuery},
    ErrorRule{"P2022", kQuery},
    ErrorRule{"P2025", kQuery},
    ErrorRule{"P2026", kQuery},
    ErrorRule{"P2029", kQuery},
    ErrorRule{"P2030", kQuery},
    ErrorRule{"P2033", kQuery},
    // Node's.
    ErrorRule{"ECONNREFUSED", kUnknownOutcome, When::kConnected},
    ErrorRule{"ECONNREFUSED", kNotSent},
    ErrorRule{"ENOTFOUND", kNotSent},
    ErrorRule{"EAI_AGAIN", kNotSent},
    ErrorRule{"EHOSTUNREACH", kNotSent, When::kWhileConnecting},
    ErrorRule{"EHOSTUNREACH", kUnknownOutcome},
    ErrorRule{"ENETUNREACH", kNotSent, When::kWhileConnecting},
    ErrorRule{"ENETUNREACH", kUnknownOutcome},
    ErrorRule{"ETIMEDOUT", kNotSent, When::kWhileConnecting},
    ErrorRule{"ETIMEDOUT", kUnknownOutcome},
    // The directory, or the socket file, of a local server that is down.
    ErrorRule{"ENOENT", kNotSent, When::kWhileConnecting},
    ErrorRule{"ECONNABORTED", kUnknownOutcome},
    ErrorRule{"ECONNRESET", kUnknownOutcome},
    ErrorRule{"EPIPE", kUnknownOutcome},
    ErrorRule{"ERR_STREAM_DESTROYED", kUnknownOutcome},
    ErrorRule{"ERR_STREAM_WRITE_AFTER_END", kUnknownOutcome},
    // Certificates, as Node and OpenSSL name what is wrong with them.
    ErrorRule{"CERT_", kRefused, When::kAlways, kPrefix},
    ErrorRule{"CRL_", kRefused, When::kAlways, kPrefix},
    ErrorRule{"DEPTH_ZERO_SELF_SIGNED_CERT", kRefused},
    ErrorRule{"ERR_TLS_CERT_", kRefused, When::kAlways, kPrefix},
    ErrorRule{"HOSTNAME_MISMATCH", kRefused},
    ErrorRule{"INVALID_CA", kRefused},
    ErrorRule{"SELF_SIGNED_CERT_IN_CHAIN", kRefused},
    ErrorRule{"UNABLE_TO_", kRefused, When::kAlways, kPrefix},
};

// Each must stand at the start of a line: Prisma puts the caller's own source lines, which may say
// anything, before its message, but always behind a line number.
constexpr std::array kMessages{
    ErrorRule{"Can't reach database server", kNotSent, When::kInitialization},
    ErrorRule{"Can't reach database server", kNotSent, When::kAdapterNamesHost},
    ErrorRule{"Can't reach database server", kUnknownOutcome, When::kBeforePrisma7},
    ErrorRule{"Can't reach database server", kNotSent},
    ErrorRule{"ConnectorError(", kRefused, When::kAlways, kPrefix,
              "kind: ConnectionError(Authentication failed for user"},
    ErrorRule{"ConnectorError(", kFatalConfiguration, When::kAlways, kPrefix,
              "kind: ConnectionError(Access denied to database"},
    ErrorRule{"ConnectorError(", kFatalConfiguration, When::kAlways, kPrefix,
              "kind: ConnectionError(Database does not exist"},
    ErrorRule{"ConnectorError(", kUnknownOutcome, When::kAlways, kPrefix, "kind: ConnectionError("},
    // What the server said to BEGIN or COMMIT, without its SQLSTATE: 57P01, and else a farewell for any reason.
    ErrorRule{"Error in connector: Error querying the database: FATAL: terminating connection due to administrator "
              "command",
              kRolledBackConnection, When::kBeforePrisma7},
    ErrorRule{"Error in connector: Error querying the database: FATAL", kUnknownOutcome, When::kBeforePrisma7},
    ErrorRule{"Engine is not yet connected", kNotSent},
    ErrorRule{"Connection terminated due to connection timeout", kNotSent},
    ErrorRule{"timeout expired", kNotSent},
    ErrorRule{"timeout exceeded when trying to connect", kSaturated, When::kProbeUp},
    ErrorRule{"timeout exceeded when trying to connect", kNotSent},
    ErrorRule{"Client has encountered a connection error and is not queryable", kNotSent},
    ErrorRule{"Client was closed and is not queryable", kNotSent},
    ErrorRule{"Cannot use a pool after calling end on the pool", kPoolGone},
    ErrorRule{"Connection terminated", kUnknownOutcome},
    ErrorRule{"Query read timeout", kUnknownOutcome},
    ErrorRule{"Response from the Engine was empty", kUnknownOutcome},
    ErrorRule{"Unable to JSON.parse response from engine", kUnknownOutcome},
    ErrorRule{"Cannot close transaction while a nested transaction is still active", kQuery},
    // Of a model's method that this database does not have (aggregateRaw on PostgreSQL).
    ErrorRule{"Operation '", kQuery, When::kAlways, kPrefix, "does not match any query"},
    ErrorRule{"PANIC", kEngineFault},
    ErrorRule{"timer has gone away", kEngineFault},
    ErrorRule{"The database connection is not open", kPoolGone},
    ErrorRule{"Cannot open database because the directory does not exist", kFatalConfiguration},
    ErrorRule{"SASL: ", kRefused},
    ErrorRule{"The server does not support SSL connections", kRefused},
};

// By class name alone, where nothing else was recognised.
constexpr std::array kLastResort{
    // The engine had not started, so nothing was sent.
    ErrorRule{"PrismaClientInitializationError", kQuery},
};

}  // namespace

std::span<const ErrorRule> error_rules(RuleSource source) {
  switch (source) {
    case RuleSource::kName: return kNames;
    case RuleSource::kSqlstate: return kSqlstates;
    case RuleSource::kMysqlErrno: return kMysqlErrnos;
    case RuleSource::kSqliteCode: return kSqliteCodes;
    case RuleSource::kKind: return kKinds;
    case RuleSource::kCode:
    case RuleSource::kErrorCode: return kCodes;
    case RuleSource::kMessage: return kMessages;
    case RuleSource::kLastResort: return kLastResort;
    case RuleSource::kNone:
    case RuleSource::kOverride: return {};
  }
  return {};
}

}  // namespace resilience
