#include "core/error_class.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/error_facts.h"
#include "core/error_rules.h"

namespace resilience {
namespace {

using enum ErrorClass;

// Facts as a driver adapter of Prisma 7 gives them.
ErrorFacts adapter_facts(std::string_view kind, std::string_view original_code, std::string_view code) {
  ErrorFacts facts;
  facts.kind = kind;
  facts.original_code = original_code;
  facts.code = code;
  facts.name = "PrismaClientKnownRequestError";
  facts.prisma_major = 7;
  return facts;
}

ErrorFacts postgres_facts(std::string_view sqlstate) {
  return adapter_facts("postgres", sqlstate, "P2039");
}

ErrorFacts coded(std::string_view code, std::uint16_t prisma_major = 7) {
  ErrorFacts facts;
  facts.code = code;
  facts.name = "PrismaClientKnownRequestError";
  facts.prisma_major = prisma_major;
  return facts;
}

ErrorFacts said(std::string_view message) {
  ErrorFacts facts;
  facts.message = message;
  facts.name = "Error";
  facts.prisma_major = 7;
  return facts;
}

struct Row {
  const char* what;
  ErrorFacts facts;
  ErrorClass expected;
};

void expect_classes(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const Classification result = classify(row.facts);
    EXPECT_EQ(to_string(result.error_class), to_string(row.expected)) << row.what;
  }
}

TEST(ErrorClass, NamesAreReadBackAndOthersAreRefused) {
  std::set<std::string_view> names;
  for (std::uint8_t value = 0; value < kErrorClassCount; ++value) {
    const auto error_class = static_cast<ErrorClass>(value);
    names.insert(to_string(error_class));
    EXPECT_EQ(parse_error_class(to_string(error_class)), error_class);
  }
  EXPECT_EQ(names.size(), kErrorClassCount);
  for (const std::string_view other : {"", "notsent", "NOT-SENT", "not-sent ", "unknown outcome"}) {
    EXPECT_EQ(parse_error_class(other), std::nullopt) << other;
  }
}

TEST(ErrorClass, WhatPrisma7SaysThroughADriverAdapter) {
  ErrorFacts not_reachable = adapter_facts("DatabaseNotReachable", "", "P1001");
  not_reachable.host = "db";
  ErrorFacts not_reachable_raw = adapter_facts("DatabaseNotReachable", "", "P2010");
  not_reachable_raw.host = "db";
  not_reachable_raw.message = "Raw query failed. Code: `N/A`. Message: `Can't reach database server at db:5432`";
  expect_classes({
      {"not reachable", not_reachable, kNotSent},
      {"refused by a firewall on a connection that stood", adapter_facts("DatabaseNotReachable", "", "P1001"),
       kUnknownOutcome},
      {"not reachable, raw", not_reachable_raw, kNotSent},
      {"starting up", postgres_facts("57P03"), kNotSent},
      {"too many connections", adapter_facts("TooManyConnections", "53300", "P2037"), kSaturated},
      {"closed", adapter_facts("ConnectionClosed", "", "P1017"), kUnknownOutcome},
      {"socket timeout", adapter_facts("SocketTimeout", "", "P1008"), kUnknownOutcome},
      {"sibling of a crash", postgres_facts("57P02"), kUnknownOutcome},
      {"connection failure", postgres_facts("08006"), kUnknownOutcome},
      {"completion unknown", postgres_facts("40003"), kUnknownOutcome},
      {"protocol violation", postgres_facts("08P01"), kUnknownOutcome},
      {"no code", postgres_facts(""), kUnknownOutcome},
      {"no code, adapter-pg's way", postgres_facts("N/A"), kUnknownOutcome},
      {"terminated", postgres_facts("57P01"), kRolledBack},
      {"conflict", adapter_facts("TransactionWriteConflict", "40001", "P2034"), kRolledBack},
      {"deadlock before adapter-pg 7.10", postgres_facts("40P01"), kRolledBack},
      {"read-only", postgres_facts("25006"), kReadOnly},
      {"statement timeout", postgres_facts("57014"), kCancelled},
      {"lock timeout", postgres_facts("55P03"), kCancelled},
      {"wrong password", adapter_facts("AuthenticationFailed", "28P01", "P1000"), kFatalConfiguration},
      {"refused by pg_hba.conf", adapter_facts("DatabaseAccessDenied", "28000", "P1010"), kFatalConfiguration},
      {"no such database", adapter_facts("DatabaseDoesNotExist", "3D000", "P1003"), kFatalConfiguration},
      {"certificate", adapter_facts("TlsConnectionError", "", "P1011"), kFatalConfiguration},
      {"unique", adapter_facts("UniqueConstraintViolation", "23505", "P2002"), kQuery},
      {"division by zero", postgres_facts("22012"), kQuery},
      {"syntax", postgres_facts("42601"), kQuery},
      {"own error of a function", postgres_facts("P0001"), kQuery},
      {"prepared before a migration",
       [] {
         ErrorFacts facts = postgres_facts("0A000");
         facts.original_message = "cached plan must not change result type";
         return facts;
       }(),
       kRolledBack},
  });
}

TEST(ErrorClass, WhatNodeAndPgSayWithoutPrismasCodes) {
  ErrorFacts reset = coded("ECONNRESET");
  reset.syscall = "read";
  ErrorFacts unreachable = coded("EHOSTUNREACH");
  unreachable.message = "\nInvalid `prisma.user.findMany()` invocation:\n\n\nconnect EHOSTUNREACH 10.0.0.1:5432";
  ErrorFacts unreachable_later = coded("EHOSTUNREACH");
  unreachable_later.message = "read EHOSTUNREACH";
  ErrorFacts refused_later = coded("ECONNREFUSED");
  refused_later.syscall = "read";
  ErrorFacts no_socket_file = coded("ENOENT");
  no_socket_file.syscall = "connect";
  expect_classes({
      {"refused, with an empty message", coded("ECONNREFUSED"), kNotSent},
      {"refused by a firewall on a connection that stood", refused_later, kUnknownOutcome},
      {"no such host", coded("ENOTFOUND"), kNotSent},
      {"resolver", coded("EAI_AGAIN"), kNotSent},
      {"no route", unreachable, kNotSent},
      {"no route any more", unreachable_later, kUnknownOutcome},
      {"no socket file", no_socket_file, kNotSent},
      {"no file", coded("ENOENT"), kQuery},
      {"reset", reset, kUnknownOutcome},
      {"broken pipe", coded("EPIPE"), kUnknownOutcome},
      {"connect timeout", said("Connection terminated due to connection timeout"), kNotSent},
      {"terminated", said("Connection terminated unexpectedly"), kUnknownOutcome},
      {"read timeout", said("Query read timeout"), kUnknownOutcome},
      {"not queryable", said("Client has encountered a connection error and is not queryable"), kNotSent},
      {"a nested transaction is open", said("Cannot close transaction while a nested transaction is still active."),
       kQuery},
      {"pool ended", said("Cannot use a pool after calling end on the pool"), kEngineFault},
      {"self-signed", coded("DEPTH_ZERO_SELF_SIGNED_CERT"), kFatalConfiguration},
      {"expired", coded("CERT_HAS_EXPIRED"), kFatalConfiguration},
      {"our own timeout",
       [] {
         ErrorFacts f = said("Timed out after 5000 ms");
         f.name = "TimeoutError";
         return f;
       }(),
       kUnknownOutcome},
      {"our own refusal",
       [] {
         ErrorFacts f = coded("P1001");
         f.name = "DatabaseUnavailableError";
         return f;
       }(),
       kLocal},
  });
}

TEST(ErrorClass, WhatTheRustEnginesOfPrisma5And6Say) {
  ErrorFacts starting = said("Can't reach database server at `db:5432`");
  starting.name = "PrismaClientInitializationError";
  starting.error_code = "P1001";
  starting.prisma_major = 6;
  ErrorFacts running = coded("P1001", 5);
  running.message = "Can't reach database server at `db:5432`";
  ErrorFacts by_adapter = running;
  by_adapter.driver = "pg";
  ErrorFacts begin_by_adapter = said("Can't reach database server at `db:5432`");
  begin_by_adapter.prisma_major = 6;
  begin_by_adapter.driver = "pg";
  ErrorFacts raw_by_adapter = coded("P2010", 6);
  raw_by_adapter.driver = "pg";
  raw_by_adapter.message = "Raw query failed. Code: `N/A`. Message: `Database not reachable: db:5432`";
  ErrorFacts refused_connection = by_adapter;
  refused_connection.message = "Can't reach database server at `<unknown host>`";
  ErrorFacts refused_commit = begin_by_adapter;
  refused_commit.message = refused_connection.message;
  ErrorFacts refused_raw = raw_by_adapter;
  refused_raw.message = "Raw query failed. Code: `N/A`. Message: `Database not reachable: <unknown host>`";
  ErrorFacts unmapped = said(
      "\nInvalid `prisma.user.create()` invocation:\n\n\nError occurred during query execution:\n"
      "ConnectorError(ConnectorError { user_facing_error: None, kind: QueryError(PostgresError { code: \"57P01\", "
      "message: \"terminating connection due to administrator command\", severity: \"FATAL\" }) })");
  unmapped.name = "PrismaClientUnknownRequestError";
  unmapped.prisma_major = 5;
  ErrorFacts commit = said(
      "Error in connector: Error querying the database: FATAL: terminating connection due to administrator command");
  commit.name = "PrismaClientUnknownRequestError";
  commit.prisma_major = 5;
  ErrorFacts commit_in_crash = said(
      "Error in connector: Error querying the database: FATAL: terminating connection because of crash of another "
      "server process");
  commit_in_crash.prisma_major = 5;
  ErrorFacts raw = coded("P2010", 5);
  raw.message = "Raw query failed. Code: `40001`. Message: `could not serialize access`";
  ErrorFacts no_code = coded("P2010", 5);
  no_code.message = "Raw query failed. Code: ``. Message: `connection closed`";
  ErrorFacts unreadable = coded("P2010", 5);
  unreadable.message = "Raw query failed. Code: `N/A`. Message: `Failed to deserialize column of type 'point'.`";
  ErrorFacts panic = said("PANIC: timer has gone away");
  panic.name = "PrismaClientRustPanicError";
  ErrorFacts panic_text = said("timer has gone away");
  panic_text.name = "PrismaClientUnknownRequestError";
  ErrorFacts wrong_password = said(
      "Error occurred during query execution:\nConnectorError(ConnectorError { user_facing_error: None, kind: "
      "ConnectionError(Authentication failed for user app), transient: false })");
  ErrorFacts own_error = coded("P2010", 5);
  own_error.original_code = "P0001";
  own_error.original_message = "ERROR: could not connect: network";
  EXPECT_EQ(classify(own_error).traits.outcome, Outcome::kNotApplied);
  expect_classes({
      {"wrong password", wrong_password, kFatalConfiguration},
      {"own error of a function", own_error, kQuery},
      {"before it started", starting, kNotSent},
      {"any I/O error while it runs", running, kUnknownOutcome},
      {"no connection for its adapter", by_adapter, kNotSent},
      {"no connection for BEGIN of its adapter", begin_by_adapter, kNotSent},
      {"no connection for a raw query of its adapter", raw_by_adapter, kNotSent},
      {"a connection of its adapter's that a firewall refuses", refused_connection, kUnknownOutcome},
      {"a firewall refuses the connection at COMMIT", refused_commit, kUnknownOutcome},
      {"a firewall refuses the connection of a raw query", refused_raw, kUnknownOutcome},
      {"SQLSTATE in the text", unmapped, kRolledBack},
      {"COMMIT terminated, without its SQLSTATE", commit, kRolledBack},
      {"COMMIT during a crash, without its SQLSTATE", commit_in_crash, kUnknownOutcome},
      {"SQLSTATE in a raw query's text", raw, kRolledBack},
      {"an empty SQLSTATE", no_code, kUnknownOutcome},
      {"an answer that cannot be read", unreadable, kQuery},
      {"panic", panic, kEngineFault},
      {"what later calls say after it", panic_text, kEngineFault},
      {"not connected", said("Engine is not yet connected.\nPlease try again"), kNotSent},
      {"empty answer", said("Response from the Engine was empty"), kUnknownOutcome},
      {"broken answer", said("Unable to JSON.parse response from engine"), kUnknownOutcome},
      {"pool wait", coded("P2024", 5), kSaturated},
  });
}

TEST(ErrorClass, MysqlAndSqlite) {
  ErrorFacts refused = adapter_facts("mysql", "45028", "P2039");
  refused.cause_message = "connect ECONNREFUSED 127.0.0.1:3306";
  refused.probe = ProbeView::kUp;
  refused.pool_active = 0;
  refused.pool_idle = 0;
  ErrorFacts empty_pool = refused;
  empty_pool.cause_message = {};
  ErrorFacts busy_pool = empty_pool;
  busy_pool.pool_active = 10;
  ErrorFacts pool_while_down = empty_pool;
  pool_while_down.probe = ProbeView::kDown;
  ErrorFacts denied = empty_pool;
  denied.cause_message = "(conn:6, no: 1045, SQLState: 28000) Access denied for user 'app'@'127.0.0.1'";
  ErrorFacts full_server = empty_pool;
  full_server.cause_message = "(conn:23, no: 1040, SQLState: 08004) Too many connections";
  ErrorFacts closed_while_connecting = empty_pool;
  closed_while_connecting.cause_message = "(conn:-1, no: 45009, SQLState: 08S01) socket has unexpectedly been closed";
  ErrorFacts busy = adapter_facts("SocketTimeout", "SQLITE_BUSY", "P1008");
  ErrorFacts busy_without_code = adapter_facts("SocketTimeout", "", "P1008");
  busy_without_code.driver = "better-sqlite3";
  expect_classes({
      {"refused", refused, kNotSent},
      {"a pool that makes no connection", empty_pool, kEngineFault},
      {"a pool that is let in nowhere", denied, kFatalConfiguration},
      {"a pool in front of a full server", full_server, kSaturated},
      {"a pool whose connections end while they are made", closed_while_connecting, kNotSent},
      {"a full pool", busy_pool, kSaturated},
      {"a pool while the database is down", pool_while_down, kNotSent},
      {"destroyed after it was sent", adapter_facts("mysql", "45004", "P2039"), kUnknownOutcome},
      {"not sent", adapter_facts("mysql", "45013", "P2039"), kNotSent},
      {"the pool is closed for good", adapter_facts("mysql", "45027", "P2039"), kEngineFault},
      {"closed under it", adapter_facts("mysql", "45009", "P2039"), kUnknownOutcome},
      {"deadlock", adapter_facts("TransactionWriteConflict", "1213", "P2034"), kRolledBack},
      {"lock wait", adapter_facts("mysql", "1205", "P2039"), kRolledBack},
      {"changed since the snapshot", adapter_facts("mysql", "1020", "P2039"), kRolledBack},
      {"read-only", adapter_facts("mysql", "1290", "P2039"), kReadOnly},
      {"too many", adapter_facts("TooManyConnections", "1040", "P2037"), kSaturated},
      {"duplicate", adapter_facts("UniqueConstraintViolation", "1062", "P2002"), kQuery},
      {"SQLite is busy", busy, kRolledBack},
      {"SQLite is busy, older adapters", busy_without_code, kRolledBack},
      {"SQLite is read-only", adapter_facts("sqlite", "SQLITE_READONLY_DBMOVED", "P2039"), kReadOnly},
  });
  EXPECT_EQ(classify(empty_pool).traits.outcome, Outcome::kNotApplied);
  EXPECT_TRUE(classify(busy).conflict);
  EXPECT_FALSE(classify(busy).traits.connection_class);
}

// The Rust engine's own words for what BEGIN and COMMIT have failed with.
TEST(ErrorClass, WhatTheRustEngineSaysOfMysqlsTransactions) {
  const auto shown = [](std::string_view text) {
    ErrorFacts facts = said(text);
    facts.prisma_major = 6;
    facts.driver = "mariadb";
    return facts;
  };
  expect_classes({
      {"no connection",
       shown(
           "\nInvalid `prisma.token.create()` invocation:\n\n\nError in connector: Error querying the database: Server "
           "error: `ERROR HY000 (45028): pool timeout: failed to retrieve a connection from pool after 1000ms\n    "
           "(pool "
           "connections: active=0 idle=0 limit=1)'"),
       kNotSent},
      {"the pool was closed",
       shown("Error in connector: Error querying the database: Server error: `ERROR HY000 (45027): pool is closed'"),
       kEngineFault},
      {"broken",
       shown("Error in connector: Error querying the database: Server error: `ERROR 08S01 (45009): socket has "
             "unexpectedly "
             "been closed'"),
       kUnknownOutcome},
      {"own error of a trigger at COMMIT, with such a number in its text",
       shown(
           "Error in connector: Error querying the database: Server error: `ERROR 45000 (1644): ERROR HY000 (45028)'"),
       kQuery},
      {"no number", shown("Error querying the database: Server error: `ERROR something else)"), kQuery},
  });
}

// Of the driver's own number for "no connection in time", the cause alone tells whether a server was there.
TEST(ErrorClass, APoolOfMysqlsWithoutConnectionsIsWhatItsCauseWas) {
  for (const std::string_view code : {"ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"}) {
    ErrorFacts by_code = adapter_facts("mysql", "45028", "P2039");
    by_code.probe = ProbeView::kUp;
    ErrorFacts by_message = by_code;
    by_code.cause_code = code;
    const std::string message = "getaddrinfo " + std::string(code) + " db";
    by_message.cause_message = message;
    expect_classes({{"by its cause's code", by_code, kNotSent}, {"by its cause's message", by_message, kNotSent}});
  }
  ErrorFacts unknown_pool = adapter_facts("mysql", "45028", "P2039");
  unknown_pool.pool_active = 4;
  unknown_pool.pool_idle = 2;
  unknown_pool.probe = ProbeView::kUp;
  expect_classes({{"neither empty nor full", unknown_pool, kNotSent}});
}

// Nothing else is known of it: no code, no message, no cause.
TEST(ErrorClass, AnEngineThatDidNotStartIsJudgedByItsErrorsNameAlone) {
  ErrorFacts facts = said("something new");
  facts.name = "PrismaClientInitializationError";
  expect_classes({{"by its name", facts, kQuery}});
  EXPECT_EQ(classify(facts).source, RuleSource::kLastResort);
}

TEST(ErrorClass, ASqlstateIsKnownByItsFormWhereNobodySaysWhoseItIs) {
  for (const std::string_view code : {"P0001", "XX002", "HV000", "F0001", "23505"}) {
    ErrorFacts facts = adapter_facts("", code, "P2039");
    facts.severity = "ERROR";
    EXPECT_EQ(classify(facts).source, RuleSource::kSqlstate) << code;
    EXPECT_EQ(classify(facts).error_class, kQuery) << code;
  }
}

TEST(ErrorClass, ADriverIsKnownByItsNameWhereTheErrorNamesNoDatabase) {
  for (const std::string_view driver : {"mariadb", "mysql2"}) {
    ErrorFacts facts = adapter_facts("", "1213", "P2039");
    facts.driver = driver;
    expect_classes({{"deadlock", facts, kRolledBack}});
  }
  for (const std::string_view driver : {"pg", "neon"}) {
    ErrorFacts facts = adapter_facts("", "40001", "P2039");
    facts.driver = driver;
    expect_classes({{"serialization failure", facts, kRolledBack}});
  }
}

// 57014 is a statement that PostgreSQL has cancelled, and 53300 its connections that are all taken.
TEST(ErrorClass, AnyNumberOfMysqlsIsItsOwn) {
  ErrorFacts facts = adapter_facts("mysql", "57014", "P2039");
  EXPECT_NE(classify(facts).rule, "57014");
  EXPECT_NE(classify(facts).error_class, kCancelled);
  for (const std::string_view driver : {"mariadb", "mysql2"}) {
    facts = adapter_facts("", "57014", "P2039");
    facts.driver = driver;
    EXPECT_NE(classify(facts).rule, "57014") << driver;
  }
  for (const std::string_view driver : {"pg", "neon", ""}) {
    facts.driver = driver;
    EXPECT_EQ(classify(facts).rule, "57014") << driver;
  }
}

TEST(ErrorClass, TheCauseOfAnEmptyPoolIsReadForThatAlone) {
  ErrorFacts deadlock = adapter_facts("mysql", "1213", "P2039");
  deadlock.cause_message = "(conn:6, no: 1045, SQLState: 28000) Access denied for user";
  EXPECT_EQ(classify(deadlock).rule, "1213");
}

// Prisma shows the caller's source beside its message: what stands there was not said by anybody.
TEST(ErrorClass, SourceThatAMessageShowsIsNotRead) {
  const std::string said_by_server = "query failed. Code: `57P01`. Message: `terminating connection`";
  EXPECT_EQ(classify(said("Invalid call\n" + said_by_server)).rule, "57P01");
  for (const std::string_view mark : {"\u2192 ", "\x1b[31m", "\u2192 12 ", "  12 ", "9 "}) {
    EXPECT_NE(classify(said("Invalid call\n" + std::string(mark) + said_by_server)).rule, "57P01") << mark;
  }
}

TEST(ErrorClass, NodesCodesMeanNothingSentOnlyWhileConnecting) {
  for (const std::string_view code : {"EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"}) {
    ErrorFacts connecting;
    connecting.error_code = code;
    ErrorFacts later = connecting;
    ErrorFacts resolving = connecting;
    connecting.syscall = "connect";
    resolving.syscall = "getaddrinfo";
    later.syscall = "read";
    expect_classes(
        {{"connect", connecting, kNotSent}, {"getaddrinfo", resolving, kNotSent}, {"read", later, kUnknownOutcome}});
  }
}

TEST(ErrorClass, SqliteThatIsBusyAtCommitKeepsTheTransactionOpen) {
  ErrorFacts busy = adapter_facts("SocketTimeout", "SQLITE_BUSY", "P1008");
  busy.phase = GuardPhase::kCommit;
  EXPECT_EQ(classify(busy).error_class, kEngineFault);
  EXPECT_TRUE(classify(busy).traits.poisons_client);
  EXPECT_EQ(classify(busy).traits.outcome, Outcome::kUnknown);
  busy.phase = GuardPhase::kStatement;
  EXPECT_EQ(classify(busy).error_class, kRolledBack);

  // Without the guard: Prisma translates what a statement throws, and not what COMMIT throws.
  ErrorFacts bare = adapter_facts("SocketTimeout", "SQLITE_BUSY", "");
  bare.name = "DriverAdapterError";
  EXPECT_EQ(classify(bare).error_class, kEngineFault);

  ErrorFacts left_open = adapter_facts("sqlite", "SQLITE_ERROR", "P2039");
  left_open.original_message = "cannot start a transaction within a transaction";
  EXPECT_EQ(classify(left_open).error_class, kEngineFault);
  EXPECT_TRUE(classify(left_open).safe_to_run_again());
}

TEST(ErrorClass, ACodeThatBothDialectsKnowIsReadInTheErrorsOwn) {
  EXPECT_EQ(classify(adapter_facts("mysql", "45009", "P2039")).source, RuleSource::kMysqlErrno);
  ErrorFacts raised = postgres_facts("45009");
  raised.severity = "ERROR";
  EXPECT_EQ(classify(raised).error_class, kQuery);
  EXPECT_EQ(classify(raised).source, RuleSource::kSqlstate);
}

TEST(ErrorClass, TheCallersOwnErrorsNeverTouchTheConnection) {
  ErrorFacts nested_connect = coded("P2025");
  nested_connect.message =
      "An operation failed because it depends on one or more records that were required but not "
      "found. No 'Post' record was found for a nested connect on one-to-many relation.";
  ErrorFacts validation;
  validation.name = "PrismaClientValidationError";
  validation.message =
      "Argument `connectOrCreate`\nConnection terminated unexpectedly\nPostgresError { code: \"57P01\",";
  const std::vector<Row> rows{
      {"nested connect", nested_connect, kQuery},
      {"validation that quotes the caller", validation, kQuery},
      {"text with network", said("the network socket connect limit of your plan"), kQuery},
      {"text with connect", said("cannot connect the dots"), kQuery},
      {"nothing at all", ErrorFacts{}, kQuery},
      {"an unknown code", coded("P9999"), kQuery},
  };
  expect_classes(rows);
  for (const Row& row : rows) {
    const Classification result = classify(row.facts);
    EXPECT_FALSE(result.traits.connection_class) << row.what;
    EXPECT_FALSE(result.traits.retry_may_help) << row.what;
    EXPECT_FALSE(result.traits.counts_against_breaker) << row.what;
    EXPECT_FALSE(result.safe_to_run_again()) << row.what;
  }
}

TEST(ErrorClass, AnErrorThatNoRuleKnowsClaimsNothingAboutItsOutcome) {
  ErrorFacts facts = said("Received unexpected commandComplete message from backend.");
  EXPECT_EQ(classify(facts).source, RuleSource::kNone);
  EXPECT_EQ(classify(facts).traits.outcome, Outcome::kUnknown);
  facts.in_transaction = true;
  EXPECT_EQ(classify(facts).traits.outcome, Outcome::kNotApplied);

  ErrorFacts without_code = postgres_facts("N/A");
  without_code.severity = "ERROR";
  EXPECT_EQ(classify(without_code).error_class, kUnknownOutcome);

  // The server undoes the statement that it answers with ERROR, whatever the code.
  ErrorFacts unlisted = postgres_facts("0A000");
  EXPECT_EQ(classify(unlisted).traits.outcome, Outcome::kUnknown);
  unlisted.severity = "ERROR";
  EXPECT_EQ(classify(unlisted).traits.outcome, Outcome::kNotApplied);
}

// RAISE … USING ERRCODE takes any five letters or digits; Node's codes may look like one, but have no severity.
TEST(ErrorClass, ACodeThatAFunctionMadeUpIsItsOwnError) {
  for (const std::string_view code : {"QX001", "EPIPE", "P2002"}) {
    ErrorFacts raised = postgres_facts(code);
    raised.severity = "ERROR";
    EXPECT_EQ(classify(raised).error_class, kQuery) << code;
    EXPECT_EQ(classify(raised).traits.outcome, Outcome::kNotApplied) << code;
    raised.severity = {};
    EXPECT_EQ(classify(raised).error_class, kUnknownOutcome) << code;
  }
}

TEST(ErrorClass, ErrorsFoundWhileTheAnswerIsReadMayHaveTakenEffect) {
  for (const ErrorFacts& facts : {coded("P2023"), adapter_facts("UnsupportedNativeDataType", "", "P2010")}) {
    EXPECT_EQ(classify(facts).error_class, kQuery);
    EXPECT_EQ(classify(facts).traits.outcome, Outcome::kUnknown);
  }
}

TEST(ErrorClass, APoolThatIsMerelyFullIsNoFaultWhileTheProbeIsUp) {
  ErrorFacts pg_wait = said("timeout exceeded when trying to connect");
  ErrorFacts engine_wait = coded("P2024", 5);
  struct Expected {
    ProbeView probe;
    ErrorClass pg;
    ErrorClass engine;
  };
  for (const Expected& expected :
       {Expected{ProbeView::kUp, kSaturated, kSaturated}, Expected{ProbeView::kDown, kNotSent, kNotSent},
        Expected{ProbeView::kUnknown, kNotSent, kSaturated}}) {
    pg_wait.probe = engine_wait.probe = expected.probe;
    EXPECT_EQ(classify(pg_wait).error_class, expected.pg);
    EXPECT_EQ(classify(engine_wait).error_class, expected.engine);
  }
  pg_wait.probe = ProbeView::kUp;
  EXPECT_FALSE(classify(pg_wait).traits.connection_class);
  EXPECT_TRUE(classify(pg_wait).safe_to_run_again());
}

TEST(ErrorClass, TransactionsOfPrismaThatDidNotStartOrCameToAnEnd) {
  const auto api_error = [](std::string_view message) {
    ErrorFacts facts = coded("P2028");
    facts.message = message;
    return classify(facts);
  };
  const Classification start = api_error("Transaction API error: Unable to start a transaction in the given time.");
  EXPECT_EQ(start.error_class, kSaturated);
  EXPECT_TRUE(start.callback_not_called);

  ErrorFacts while_down = coded("P2028");
  while_down.message = "Transaction API error: Unable to start a transaction in the given time.";
  while_down.probe = ProbeView::kDown;
  EXPECT_EQ(classify(while_down).error_class, kNotSent);
  EXPECT_TRUE(classify(while_down).callback_not_called);

  const Classification expired =
      api_error("Transaction API error: A query cannot be executed on an expired transaction. The timeout was 5000 ms");
  EXPECT_EQ(expired.error_class, kRolledBack);
  EXPECT_FALSE(expired.callback_not_called);
  EXPECT_FALSE(expired.conflict);
  EXPECT_FALSE(expired.traits.connection_class);

  // Prisma 5.22, and 6.19 with the Rust engine, where COMMIT took longer than what was left of the limit: the row was
  // there.
  ErrorFacts at_commit = coded("P2028");
  at_commit.message =
      "Transaction API error: Transaction already closed: A commit cannot be executed on an expired "
      "transaction. The timeout for this transaction was 192 ms, however 0 ms passed";
  struct Engine {
    std::uint16_t major;
    bool compiles_queries;
    Outcome outcome;
  };
  for (const auto& [major, compiles_queries, outcome] :
       {Engine{5, false, Outcome::kUnknown}, Engine{0, false, Outcome::kUnknown}, Engine{6, false, Outcome::kUnknown},
        Engine{6, true, Outcome::kNotApplied}, Engine{7, false, Outcome::kNotApplied},
        Engine{7, true, Outcome::kNotApplied}}) {
    at_commit.prisma_major = major;
    at_commit.compiles_queries = compiles_queries;
    const Classification late = classify(at_commit);
    EXPECT_EQ(late.error_class, outcome == Outcome::kUnknown ? kUnknownOutcome : kRolledBack) << major;
    EXPECT_EQ(late.traits.outcome, outcome) << major;
    EXPECT_FALSE(late.traits.connection_class) << major;
  }

  // Prisma 6.19, where the COMMIT of a nested write went unanswered: the rows were there.
  const Classification hidden_commit = api_error(
      "Transaction API error: Transaction already closed: A rollback cannot be executed on a committed transaction.");
  EXPECT_EQ(hidden_commit.error_class, kUnknownOutcome);
  EXPECT_EQ(hidden_commit.traits.outcome, Outcome::kUnknown);
  EXPECT_EQ(api_error("Transaction API error: Transaction already closed: A query cannot be executed on a committed "
                      "transaction.")
                .error_class,
            kQuery);

  // The caller's own source line, which Prisma quotes, must not be taken for the message.
  const Classification quoted = api_error(
      "\nInvalid `tx.user.create()` invocation in\n/app/a.ts:12:3\n\n"
      "  11 if (e.message.includes('Unable to start a transaction in the given time'))\n"
      "→ 12   await tx.user.create(\n"
      "Transaction API error: A query cannot be executed on an expired transaction.");
  EXPECT_EQ(quoted.error_class, kRolledBack);
  EXPECT_FALSE(quoted.callback_not_called);
}

TEST(ErrorClass, AConflictIsNoEvidenceAboutTheConnectionButAnEndedOneIs) {
  const Classification conflict = classify(postgres_facts("40001"));
  EXPECT_TRUE(conflict.conflict);
  EXPECT_FALSE(conflict.traits.connection_class);
  EXPECT_FALSE(conflict.traits.counts_against_breaker);
  const Classification terminated = classify(postgres_facts("57P01"));
  EXPECT_FALSE(terminated.conflict);
  EXPECT_TRUE(terminated.traits.connection_class);
  EXPECT_TRUE(terminated.safe_to_run_again());
}

TEST(ErrorClass, BeforeCommitATransactionIsRolledBackWhateverEndedIt) {
  for (ErrorFacts facts : {said("Connection terminated unexpectedly"), coded("ECONNRESET"), coded("P1017"),
                           said("Client has encountered a connection error and is not queryable"),
                           postgres_facts("57P02"), postgres_facts("57P01")}) {
    facts.in_transaction = true;
    facts.phase = GuardPhase::kStatement;
    const Classification result = classify(facts);
    EXPECT_EQ(result.error_class, kRolledBack) << facts.message << facts.code;
    EXPECT_EQ(result.traits.outcome, Outcome::kNotApplied);
    EXPECT_TRUE(result.traits.connection_class);
    EXPECT_FALSE(result.conflict);
  }
}

TEST(ErrorClass, ThePhaseDecidesWhatALostConnectionMeans) {
  struct Expected {
    GuardPhase phase;
    ErrorClass error_class;
    Outcome outcome;
  };
  for (const Expected& expected : {Expected{GuardPhase::kNone, kUnknownOutcome, Outcome::kUnknown},
                                   Expected{GuardPhase::kAcquire, kNotSent, Outcome::kNotApplied},
                                   Expected{GuardPhase::kBegin, kNotSent, Outcome::kNotApplied},
                                   Expected{GuardPhase::kStatement, kUnknownOutcome, Outcome::kUnknown},
                                   Expected{GuardPhase::kCommit, kUnknownOutcome, Outcome::kUnknown}}) {
    ErrorFacts facts = said("Connection terminated unexpectedly");
    facts.phase = expected.phase;
    EXPECT_EQ(classify(facts).error_class, expected.error_class);
    EXPECT_EQ(classify(facts).traits.outcome, expected.outcome);
  }
  ErrorFacts terminated = postgres_facts("57P01");
  terminated.phase = GuardPhase::kBegin;
  EXPECT_EQ(classify(terminated).error_class, kNotSent);
  ErrorFacts conflict = postgres_facts("40001");
  conflict.phase = GuardPhase::kBegin;
  EXPECT_EQ(classify(conflict).error_class, kRolledBack) << "the connection is sound";
  ErrorFacts refused_commit = said("Client has encountered a connection error and is not queryable");
  refused_commit.phase = GuardPhase::kCommit;
  EXPECT_EQ(classify(refused_commit).error_class, kRolledBack);
  ErrorFacts in_doubt = said("Connection terminated unexpectedly");
  in_doubt.phase = GuardPhase::kCommit;
  in_doubt.in_transaction = true;  // stale: COMMIT was sent
  EXPECT_EQ(classify(in_doubt).error_class, kUnknownOutcome);
}

TEST(ErrorClass, AStatementThatMayCommitInsideIsInDoubtUnlessItWasNotSent) {
  for (ErrorFacts facts : {postgres_facts("57P01"), postgres_facts("40001"), postgres_facts("23505")}) {
    facts.may_commit_inside = true;
    const Classification result = classify(facts);
    EXPECT_EQ(result.traits.outcome, Outcome::kUnknown) << facts.original_code;
    EXPECT_NE(result.error_class, kRolledBack);
    EXPECT_FALSE(result.safe_to_run_again());
    facts.in_transaction = true;
    EXPECT_EQ(classify(facts).traits.outcome, Outcome::kUnknown) << facts.original_code;
  }
  ErrorFacts refused = coded("ECONNREFUSED");
  refused.may_commit_inside = true;
  EXPECT_TRUE(classify(refused).safe_to_run_again());
}

TEST(ErrorClass, WhatIsProvenBeatsWhatTheErrorSays) {
  ErrorFacts lost = said("Connection terminated unexpectedly");
  lost.phase = GuardPhase::kCommit;
  lost.proven_outcome = Outcome::kNotApplied;
  EXPECT_EQ(classify(lost).error_class, kRolledBack);
  EXPECT_TRUE(classify(lost).safe_to_run_again());
  EXPECT_TRUE(classify(lost).traits.connection_class);
  lost.proven_outcome = Outcome::kApplied;
  EXPECT_EQ(classify(lost).traits.outcome, Outcome::kApplied);
  EXPECT_FALSE(classify(lost).traits.retry_may_help);
  ErrorFacts terminated = postgres_facts("57P01");
  terminated.proven_outcome = Outcome::kUnknown;
  EXPECT_EQ(classify(terminated).error_class, kUnknownOutcome);
  EXPECT_FALSE(classify(terminated).safe_to_run_again());
}

TEST(ErrorClass, ARollbackThatFailedIsARollback) {
  ErrorFacts facts = said("Connection terminated unexpectedly");
  facts.phase = GuardPhase::kRollback;
  EXPECT_EQ(classify(facts).error_class, kRolledBack);
}

TEST(ErrorClass, PgBouncersAnswersWhileItsServerIsAway) {
  ErrorFacts facts = postgres_facts("08P01");
  facts.original_message = "server login has been failing, cached error: connect failed (server_login_retry)";
  EXPECT_EQ(classify(facts).error_class, kNotSent);
  facts.original_message = "server conn crashed?";
  EXPECT_EQ(classify(facts).error_class, kUnknownOutcome);
}

TEST(ErrorClass, TraitsAgreeWithTheirClass) {
  for (std::uint8_t value = 0; value < kErrorClassCount; ++value) {
    const auto error_class = static_cast<ErrorClass>(value);
    const ErrorTraits traits = traits_of(error_class);
    if (traits.poisons_client) {
      EXPECT_EQ(error_class, kEngineFault);
    }
    if (traits.connection_class) {
      EXPECT_TRUE(traits.retry_may_help) << to_string(error_class);
    }
    if (!traits.sent) {
      EXPECT_EQ(traits.outcome, Outcome::kNotApplied) << to_string(error_class);
    }
    const Classification given = override_with(error_class);
    EXPECT_EQ(given.error_class, error_class);
    EXPECT_EQ(given.source, RuleSource::kOverride);
  }
}

TEST(ErrorRules, EveryRowCanDecide) {
  for (std::uint8_t value = 0; value <= static_cast<std::uint8_t>(RuleSource::kOverride); ++value) {
    const auto rules = error_rules(static_cast<RuleSource>(value));
    for (std::size_t later = 0; later < rules.size(); ++later) {
      for (std::size_t earlier = 0; earlier < later; ++earlier) {
        const ErrorRule& first = rules[earlier];
        const ErrorRule& second = rules[later];
        const bool covers = first.match == Match::kPrefix ? second.text.starts_with(first.text)
                                                          : second.match == Match::kExact && second.text == first.text;
        const bool always = first.condition == Condition::kAlways && first.message.empty();
        EXPECT_FALSE(covers && always) << second.text << " stands behind " << first.text << ", which takes all of it";
      }
    }
  }
}

TEST(ErrorClass, AnyBytesOfAnyLengthAreJudgedWithoutHarm) {
  std::mt19937 random(20240607);
  const std::vector<std::string> pieces{"57P01",
                                        "P2028",
                                        "\n",
                                        "\x1b[31m",
                                        "→ 12 ",
                                        "PostgresError { code: \"",
                                        "Code: `",
                                        "`",
                                        "\"",
                                        "connect E",
                                        std::string("\0\xff\xfe", 3),
                                        "P1001"};
  const auto text = [&] {
    std::string result;
    const auto count = random() % 40;
    for (std::size_t i = 0; i < count; ++i) result += pieces[random() % pieces.size()];
    return result;
  };
  for (int i = 0; i < 5000; ++i) {
    const std::string kind = text(), original = text(), code = text(), message = text(), name = text();
    ErrorFacts facts;
    facts.kind = kind;
    facts.original_code = original;
    facts.code = code;
    facts.message = message;
    facts.name = name;
    facts.phase = static_cast<GuardPhase>(random() % 6);
    facts.in_transaction = random() % 2 == 0;
    facts.may_commit_inside = random() % 2 == 0;
    const Classification result = classify(facts);
    if (result.safe_to_run_again()) {
      EXPECT_EQ(result.traits.outcome, Outcome::kNotApplied);
    }
    if (!result.traits.sent) {
      EXPECT_NE(result.traits.outcome, Outcome::kUnknown);
    }
    if (result.callback_not_called) {
      EXPECT_FALSE(facts.in_transaction);
    }
  }
  const std::string huge(1'000'000, '\n');
  EXPECT_EQ(classify(said(huge)).error_class, kQuery);
}

TEST(ErrorClass, FromPrisma7OnACodeForTheConnectionComesBeforeAnythingWasSent) {
  EXPECT_EQ(classify(coded("P1001", 6)).error_class, kUnknownOutcome);
  EXPECT_EQ(classify(coded("P1001", 7)).error_class, kNotSent);
}

TEST(ErrorClass, AFullPoolIsOnlyFullWhileTheDatabaseIsUp) {
  ErrorFacts facts = adapter_facts("", "45028", "P2010");
  facts.driver = "mariadb";
  facts.pool_active = 5;
  facts.pool_idle = 0;
  EXPECT_EQ(classify(facts).error_class, kNotSent);
  facts.probe = ProbeView::kUp;
  EXPECT_EQ(classify(facts).error_class, kSaturated);
  facts.pool_idle = 1;
  EXPECT_EQ(classify(facts).error_class, kNotSent);
}

TEST(ErrorClass, AMysqlDriversErrorHasANumberOrAnSqlstate) {
  ErrorFacts numbered = adapter_facts("", "", "1040");
  numbered.driver = "mariadb";
  EXPECT_EQ(classify(numbered).error_class, kSaturated);
  ErrorFacts stated = adapter_facts("", "08S01", "P2010");
  stated.driver = "mariadb";
  EXPECT_EQ(classify(stated).error_class, kUnknownOutcome);
}

TEST(ErrorClass, ACodeOfAFunctionsOwnMakingIsOneOnlyInTheFormOfAnSqlstate) {
  const auto raised = [](std::string_view code) {
    ErrorFacts facts = postgres_facts(code);
    facts.severity = "ERROR";
    return classify(facts).error_class;
  };
  EXPECT_EQ(raised("ZZZZZ"), kQuery);
  EXPECT_EQ(raised("AA_AA"), kUnknownOutcome);
  EXPECT_EQ(raised("zzzzz"), kUnknownOutcome);
}

TEST(ErrorClass, ACodeInARustEnginesTextIsReadAsItsDatabases) {
  const auto in_text = [](const std::string& error) {
    const std::string message = "ConnectorError { kind: QueryError(" + error + " }) }";
    ErrorFacts facts = said(message);
    facts.prisma_major = 6;
    return classify(facts).error_class;
  };
  EXPECT_EQ(in_text("MysqlError { code: 1040, message: \"Too many connections\" }"), kSaturated);
  EXPECT_EQ(in_text("PostgresError { code: \"N/A\", message: \"?\" }"), kUnknownOutcome);
}

}  // namespace
}  // namespace resilience
