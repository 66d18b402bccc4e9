#include "core/sql_kind.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace resilience {
namespace {

using enum SqlDialect;

struct Row {
  SqlDialect dialect;
  std::string_view sql;
};

bool is_read(std::string_view sql, SqlDialect dialect) {
  return sql_kind(sql, dialect).kind == OperationKind::kRead;
}

void expect_reads(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    EXPECT_TRUE(is_read(row.sql, row.dialect)) << row.sql;
    EXPECT_FALSE(sql_kind(row.sql, row.dialect).may_commit_inside) << row.sql;
  }
}

void expect_writes(const std::vector<Row>& rows) {
  for (const Row& row : rows) EXPECT_FALSE(is_read(row.sql, row.dialect)) << row.sql;
}

TEST(SqlKind, KnowsWhatLivesAsLongAsItsSession) {
  for (const std::string_view sql : {
           "SET statement_timeout = 5",
           "set session characteristics as transaction isolation level serializable",
           "LISTEN jobs",
           "PREPARE plan AS SELECT 1",
           "SELECT pg_advisory_lock(1)",
           "SELECT pg_catalog.pg_try_advisory_lock($1::bigint, $2) AS leader",
           "WITH l AS (SELECT pg_try_advisory_lock_shared(7) AS ok) SELECT ok FROM l",
           "CREATE TEMP TABLE t (a int)",
           "CREATE LOCAL TEMPORARY TABLE t (a int)",
           "SELECT 1 AS a INTO TEMPORARY t",
           "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
           "SELECT set_config('app.user', $1, false)",
           "SELECT 1; SET ROLE reader",
           "LOAD 'auto_explain'",
           "CREATE GLOBAL TEMP TABLE t (a int)",
       }) {
    EXPECT_TRUE(sql_kind(sql, kPostgres).holds_session) << sql;
    EXPECT_FALSE(sql_kind(sql, kMysql).holds_session) << "there is no refresh beneath it that could ask";
  }
  for (const std::string_view sql : {
           "SET LOCAL statement_timeout = 5",
           "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
           "SET CONSTRAINTS ALL DEFERRED",
           "PREPARE TRANSACTION 'a'",
           "CREATE GLOBAL TABLE t (a int)",
           "CREATE LOCAL",
           "SELECT 1 AS a INTO t",
           "SELECT 1 AS a INTO",
           "DECLARE c CURSOR WITH NO SCROLL FOR SELECT 1",
           "SELECT pg_advisory_lock FROM locks",
           "SELECT pg_advisory_xact_lock(1)",
           "SELECT pg_try_advisory_xact_lock(1)",
           "SELECT set_config('app.user', $1, true)",
           "SELECT 'pg_advisory_lock(1)'",
           "SELECT pg_advisory_unlock(1)",
           "CREATE TABLE temp (a int)",
           "INSERT INTO temporary_things (a) VALUES (1)",
           "UPDATE t SET a = 1",
           "DECLARE c CURSOR FOR SELECT 1",
           "SELECT 'no end",
       }) {
    EXPECT_FALSE(sql_kind(sql, kPostgres).holds_session) << sql;
  }
}

TEST(SqlDialect, IsKnownByTheNamesOfPrismasProviders) {
  EXPECT_EQ(sql_dialect_of(""), kUnknown);
  EXPECT_EQ(sql_dialect_of("postgres"), kPostgres);
  EXPECT_EQ(sql_dialect_of("postgresql"), kPostgres);
  EXPECT_EQ(sql_dialect_of("cockroachdb"), kPostgres);
  EXPECT_EQ(sql_dialect_of("mysql"), kMysql);
  EXPECT_EQ(sql_dialect_of("sqlite"), kSqlite);
  EXPECT_EQ(sql_dialect_of("sqlserver"), kOther);
  EXPECT_EQ(sql_dialect_of("mongodb"), kOther);
}

TEST(SqlKind, PlainReadsInEveryDialect) {
  for (const SqlDialect dialect : {kUnknown, kPostgres, kMysql, kSqlite}) {
    expect_reads({
        {dialect, "SELECT 1"},
        {dialect, "select * from users where id = ?"},
        {dialect, "  \n\t(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1 LIMIT (1)"},
        {dialect, "SELECT 1;"},
        {dialect, ";;SELECT 1; ;SELECT 2;"},
        {dialect, "VALUES (1, 'a'), (2, 'b')"},
        {dialect, "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT sum(n) FROM t"},
        {dialect, "WITH a AS (SELECT 1), b (x, y) AS (SELECT 1, 2) SELECT count(*) FROM a JOIN b ON (a.x = b.x)"},
        {dialect, "SELECT 'INSERT INTO t', \"delete\" FROM t -- UPDATE\n /* DROP TABLE t; */ WHERE a IN (1, 2)"},
        {dialect, "SELECT '' FROM t"},
        {dialect, "SELECT next, value FROM t"},
        {dialect, "SELECT 'it''s', t.\"a\"\"b\" FROM t"},
        {dialect, "SELECT row_number() OVER (PARTITION BY a ORDER BY b) FROM t"},
        {dialect,
         "SELECT CAST(a AS decimal(10, 2)), coalesce(b, 0), 1.5e-3 FROM t WHERE NOT (a) AND EXISTS (SELECT 1)"},
        {dialect, "SELECT t.update, t.delete FROM t"},
        {dialect, "EXPLAIN SELECT 1"},
        {dialect, "SELECT größe FROM maße"},
        {dialect, "SELECT a_column_of_more_than_thirty_two_letters FROM t"},
        {dialect, "SELECT 1 --"},
        {dialect, "SELECT 1 -- a\r\n, 2"},
    });
  }
}

TEST(SqlKind, ReadsOfOneDialect) {
  // What row-level security needs of a session, for one transaction.
  expect_reads({
      {kPostgres, "SELECT set_config('app.tenant', $1, true)"},
      {kPostgres, "SELECT set_config('app.tenant', $1, TRUE), set_config('app.user', $2, true)"},
      {kPostgres, "SELECT pg_catalog.set_config('role', 'tenant', true)"},
      {kPostgres,
       "SELECT current_setting('app.tenant', true), row_security_active('t'), pg_has_role('admin', 'MEMBER')"},
  });
  expect_reads({
      {kPostgres, "SELECT $1::numeric(10,2), $2"},
      {kPostgres, "SELECT $$ it's; DELETE FROM t $$, $a$ $$ $a$"},
      {kPostgres, "SELECT E'it\\'s; DELETE FROM t'"},
      {kPostgres, "SELECT e'it\\'s; DELETE FROM t'"},
      {kPostgres, "SELECT /* a /* nested */ DELETE FROM t; */ 1"},
      {kPostgres, "SELECT data #> '{a}', data#>>'{b}' FROM t"},
      {kPostgres, "SELECT arr[1:2], ARRAY[1, 2] FROM t WHERE a = ANY (ARRAY(SELECT 1))"},
      {kPostgres, "SELECT 1 --1"},
      {kPostgres, "TABLE users"},
      {kPostgres, "SHOW server_version"},
      {kPostgres, "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT count(*) FROM t"},
      {kPostgres, "SELECT * FROM unnest($1::int[]) AS t(id)"},
      {kPostgres, "SELECT * FROM generate_series(1, 3) g(i)"},
      {kPostgres, "SELECT pg_catalog.lower(a), substring(a FROM 1 FOR (2)) FROM t"},
      {kPostgres, "SELECT count(*) FILTER (WHERE a > 1) FROM t"},
      {kPostgres, "SELECT DISTINCT ON (a) lower(b) FROM t"},
      {kPostgres, "WITH a AS MATERIALIZED (SELECT 1), b (x) AS NOT MATERIALIZED (VALUES (1)) TABLE b"},
      {kMysql, "SELECT `a``b`, `update` FROM `t` # DELETE\n WHERE 1"},
      {kMysql, "SELECT 1 --1"},
      {kMysql, "SHOW CREATE TABLE t"},
      {kMysql, "SELECT /*Many*/ 1"},
      {kMysql, "SELECT * FROM t USE INDEX (a) WHERE MATCH (a) AGAINST ('x')"},
      {kMysql, "SELECT @@version, @x, IF(a, 1, 2) FROM t"},
      {kMysql, "EXPLAIN FORMAT=JSON SELECT 1"},
      {kSqlite, "SELECT [a'b], `c` FROM t"},
      {kSqlite, "SELECT [a(] FROM t"},
      {kSqlite, "PRAGMA table_info('t')"},
      {kSqlite, "PRAGMA main.index_list(t)"},
      {kSqlite, "PRAGMA user_version"},
      {kSqlite, "PRAGMA main.user_version"},
      {kSqlite, "EXPLAIN QUERY PLAN SELECT 1"},
      {kSqlite, "SELECT json_extract(a, '$.b'), strftime('%s', 'now') FROM t"},
  });
}

TEST(SqlKind, WhateverMayChangeSomethingIsAWrite) {
  for (const SqlDialect dialect : {kUnknown, kPostgres, kMysql, kSqlite}) {
    expect_writes({
        {dialect, "INSERT INTO t VALUES (1)"},
        {dialect, "update t set a = 1"},
        {dialect, "DELETE FROM t"},
        {dialect, "REPLACE INTO t VALUES (1)"},
        {dialect, "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone"},
        {dialect, "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a"},
        {dialect, "SELECT * INTO copy FROM t"},
        {dialect, "SELECT * FROM t FOR UPDATE"},
        {dialect, "SELECT * FROM t FOR NO KEY UPDATE SKIP LOCKED"},
        {dialect, "SELECT * FROM (SELECT * FROM t FOR SHARE) AS x"},
        {dialect, "SELECT * FROM t FOR KEY SHARE"},
        {dialect, "SELECT * FROM t LOCK IN SHARE MODE"},
        {dialect, "SELECT my_function(1)"},
        {dialect, "SELECT my_function (1)"},
        {dialect, "SELECT \"lower\"(a) FROM t"},
        {dialect, "SELECT app.lower(a) FROM t"},
        {dialect, "SELECT a.pg_catalog.lower(a) FROM t"},
        {dialect, "SELECT nextval('s')"},
        {dialect, "SELECT * FROM t, f(1) AS (a int)"},
        {dialect, "SELECT DISTINCT ON (a) f(b) FROM t"},
        {dialect, "SELECT 1; DELETE FROM t"},
        {dialect, "SELECT 1/**/INTO/**/t"},
        {dialect, "EXPLAIN ANALYZE DELETE FROM t"},
        {dialect, "EXPLAIN ANALYZE SELECT f(1)"},
        {dialect, "EXPLAIN ANALYZE EXECUTE p"},
        {dialect, "CALL p()"},
        {dialect, "BEGIN"},
        {dialect, "SET x = 1"},
        {dialect, "VACUUM"},
        {dialect, ""},
        {dialect, "  -- nothing\n"},
        {dialect, "SELECT (1"},
        {dialect, "SELECT 1)"},
        {dialect, "SELECT 'open"},
        {dialect, "SELECT 1 /* open"},
        {dialect, "SELECT 1into t"},
        {dialect, "SELECT 1\x01"},
        {dialect, std::string_view("SELECT 1\0; DELETE FROM t", 24)},
    });
  }
  expect_writes({{kOther, "SELECT 1"},
                 {kPostgres, "DO $$ BEGIN DELETE FROM t; END $$"},
                 {kPostgres, "SELECT a OPERATOR(app.+) f FROM t"},
                 {kPostgres, "SELECT pg_advisory_lock(1)"},
                 {kPostgres, "SELECT set_config('a', 'b', false)"},
                 {kPostgres, "SELECT set_config('a', 'b', $1)"},
                 {kPostgres, "SELECT set_config('a', 'b', false OR true)"},
                 {kPostgres, "SELECT set_config('a', f(1), true)"},
                 {kPostgres, "SELECT app.set_config('a', 'b', true)"},
                 {kPostgres, "SELECT set_config('a', 'b', true), nextval('s')"},
                 {kPostgres, "WITH x AS (INSERT INTO t VALUES (1)) SELECT set_config('a', 'b', true)"},
                 {kMysql, "SELECT set_config('a', 'b', true)"},
                 {kMysql, "SELECT @a := 1"},
                 {kMysql, "SELECT NEXT VALUE FOR s"},
                 {kMysql, "SELECT s.nextval"},
                 {kMysql, "SELECT * FROM t INTO OUTFILE '/tmp/x'"},
                 {kMysql, "ANALYZE FORMAT=JSON UPDATE t SET a = 1"},
                 {kMysql, "SELECT last_insert_id(5)"},
                 {kSqlite, "PRAGMA user_version = 5"},
                 {kSqlite, "PRAGMA user_version(5)"},
                 {kSqlite, "PRAGMA optimize"},
                 {kSqlite, "SELECT load_extension('x')"}});
}

// Each is one step away from a read.
TEST(SqlKind, WhatOnlyBeginsLikeAReadIsAWrite) {
  expect_writes({
      {kPostgres, "EXPLAIN"},
      {kPostgres, "EXPLAIN ANALYZE"},
      {kPostgres, "EXPLAIN REFRESH MATERIALIZED VIEW m"},
      {kPostgres, "(EXPLAIN SELECT 1)"},
      {kSqlite, "PRAGMA"},
      {kSqlite, "PRAGMA 'table_info'"},
      {kSqlite, "PRAGMA table_info = 3"},
      {kSqlite, "PRAGMA main.journal_mode(wal)"},
      {kMysql, "SELECT a FROM t LOCK IN SHARE MODE"},
      {kMysql, "SELECT @a := 1"},
      {kMysql, "SELECT NEXT VALUE FOR s"},
      {kPostgres, "SELECT a FROM t FOR NO KEY UPDATE"},
      {kPostgres, "SELECT other.pg_catalog.now()"},
      {kPostgres, "SELECT DISTINCT ON (a) f(b) FROM t"},
      {kPostgres, "SELECT a, f(b) AS (c int) FROM t"},
      {kPostgres, "WITH a AS (SELECT 1), f(b) AS MATERIALIZED c SELECT 1"},
      {kPostgres, "WITH a AS (SELECT 1), f(b) AS (c int) SELECT 1"},
      {kPostgres, "SELECT a : f(1)"},
      {kPostgres, "SELECT 1 - f(2)"},
  });
  expect_reads({
      {kPostgres, "EXPLAIN (ANALYZE, FORMAT JSON) SELECT 1"},
      {kSqlite, "PRAGMA main.table_info(t)"},
      {kMysql, "SELECT a AS locked, b AS nexts FROM t"},
      {kPostgres, "SELECT pg_catalog.now()"},
      {kPostgres, "SELECT a::numeric(10, 2) FROM t"},
      {kPostgres, "SELECT a::geometry(point, 4326) FROM t"},
      {kPostgres, "SELECT a IS DISTINCT FROM b FROM t"},
      {kPostgres, "WITH t(a) AS (SELECT 1), u(b) AS NOT MATERIALIZED (SELECT 2) SELECT a FROM t, u"},
      {kPostgres, "WITH RECURSIVE t(a) AS (VALUES (1)), u(b) AS ((SELECT 1)) SELECT a FROM t, u"},
  });
}

TEST(SqlKind, AKeywordWithinANameIsNone) {
  for (const SqlDialect dialect : {kUnknown, kPostgres, kMysql, kSqlite}) {
    expect_reads({
        {dialect, "SELECT ainto, Ainto, minto, Minto, zinto, Zinto, _into, a0into, a5into, a9into, a$into FROM t"},
        {dialect, "SELECT intoa, intoZ, into_, into0, into9, into$ FROM t"},
        // Its second byte is 0x80, the least of all that begin or go on with a letter.
        {dialect, "SELECT \u00c0into FROM t"},
    });
  }
}

TEST(SqlKind, WordsMayBeApartByAnySpace) {
  for (const SqlDialect dialect : {kUnknown, kPostgres, kMysql, kSqlite}) {
    for (const char space : {' ', '\t', '\n', '\r', '\f'}) {
      EXPECT_TRUE(is_read(std::string("SELECT") + space + "1" + space, dialect)) << static_cast<int>(space);
    }
    for (const char control : {'\x01', '\x0b', '\x1f', '\x7f'}) {
      EXPECT_FALSE(is_read(std::string("SELECT") + control + "1", dialect)) << static_cast<int>(control);
    }
  }
}

TEST(SqlKind, ANumberThatDialectsEndDifferentlyIsInDoubt) {
  for (const SqlDialect dialect : {kUnknown, kPostgres, kMysql, kSqlite}) {
    expect_reads({
        {dialect, "SELECT 0, 9, 10, 19.90, .5, 1e5, 1E5, 1e+5, 1e-5, 1e09"},
        {dialect, "SELECT 1e5"},
        {dialect, "SELECT 1e+10"},
    });
    expect_writes({
        {dialect, "SELECT 1e"},
        {dialect, "SELECT 1e+"},
        {dialect, "SELECT 1e-"},
        {dialect, "SELECT 1e, 2"},
        {dialect, "SELECT 1E*2"},
        {dialect, "SELECT 1e5x"},
        {dialect, "SELECT 1e5$"},
        {dialect, "SELECT 1$ FROM t"},
        {dialect, "SELECT 1_000"},
        {dialect, "SELECT 0x1F"},
        {dialect, "SELECT $1a"},
        {dialect, "SELECT $1$ FROM t"},
        {dialect, "SELECT $a"},
        {dialect, "SELECT $a FROM t"},
    });
  }
}

TEST(SqlKind, TextThatDialectsReadDifferentlyIsInDoubt) {
  const std::vector<Row> rows{
      // What is quoted in one is a statement in the other.
      {kUnknown, "SELECT 'a\\'; DELETE FROM t; --'"},
      {kPostgres, "SELECT 'a\\'; DELETE FROM t; --'"},
      {kMysql, "SELECT 'a\\'; DELETE FROM t; --'"},
      {kUnknown, "SELECT 1 # '\n; DELETE FROM t #'"},
      {kSqlite, "SELECT 1 # x"},
      {kUnknown, "SELECT 1 --'\n, '; DELETE FROM t; -- '"},
      {kUnknown, "SELECT /* /* */ 1 */ 1"},
      {kUnknown, "SELECT 1 /*! ; DELETE FROM t */"},
      {kMysql, "SELECT 1 /*!50000 ; DELETE FROM t */"},
      {kMysql, "SELECT 1 /*M! ; DELETE FROM t */"},
      {kUnknown, "SELECT $$ ' $$, ' $$ '"},
      {kMysql, "SELECT $$ ' $$"},
      {kUnknown, "SELECT [a'b] FROM t"},
      {kUnknown, "SELECT `a` FROM t"},
      {kPostgres, "SELECT `a` FROM t"},
      {kPostgres, "SELECT 1 -- a\r; DELETE FROM t"},
      {kPostgres, "SELECT 1 -- a\r, 2"},
      {kMysql, "SELECT 1 -- a\r, 2"},
      {kPostgres, "SELECT $a$ open"},
      {kPostgres, "SELECT x'\\''"},
      {kPostgres, "SELECT CASE WHEN a THEN b ELSE'\\'' END"},
      {kMysql, "SELECT E'a\\'b'"},
  };
  expect_writes(rows);
  for (const Row& row : rows) EXPECT_TRUE(sql_kind(row.sql, row.dialect).may_commit_inside) << row.sql;
}

TEST(SqlKind, WhatMayCommitBeforeItFails) {
  for (const std::string_view one_transaction :
       {"INSERT INTO t VALUES (1)", "UPDATE t SET a = 1", "DELETE FROM t WHERE a = 'CALL'", "SELECT f(1)",
        "WITH a AS (SELECT 1) DELETE FROM t", "MERGE INTO t USING s ON a = b WHEN MATCHED THEN DELETE",
        "/* CALL p() */ INSERT INTO t SELECT 1", "INSERT INTO t VALUES (1);"}) {
    EXPECT_FALSE(sql_kind(one_transaction, kPostgres).may_commit_inside) << one_transaction;
  }
  for (const std::string_view several :
       {"CALL p()", "/* x */ call p()", "DO $$ BEGIN COMMIT; END $$", "COMMIT", "INSERT INTO t VALUES (1); SELECT 1",
        "BEGIN; INSERT INTO t VALUES (1); COMMIT", "VACUUM", "CREATE INDEX CONCURRENTLY i ON t (a)", "EXECUTE p", ""}) {
    EXPECT_TRUE(sql_kind(several, kPostgres).may_commit_inside) << several;
  }
}

TEST(SqlKind, APieceThatWritesMakesAnyTextAWriteWhereverItStands) {
  const std::vector<std::string> harmless{
      "SELECT 1",       "'a'",    "\"b\"", "/* c */", "-- d\n",  "(1)", ", 2", "lower('x')", "$1", "FROM t",
      "WHERE a IN (1)", "E'\\''", "$$x$$", "::int",   "AS v(a)", "[1]", ".a",  "+",          "\n"};
  const std::vector<std::string> writing{"; DELETE FROM t", " INTO x ", " FOR UPDATE ", "(f(1))", "; CALL p()"};
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::string> pieces;
    const auto count = 1 + random() % 12;
    for (std::size_t i = 0; i < count; ++i) pieces.push_back(harmless[random() % harmless.size()]);
    pieces.front() = "SELECT 1 ";
    pieces.insert(pieces.begin() + 1 + static_cast<std::ptrdiff_t>(random() % pieces.size()),
                  writing[random() % writing.size()]);
    std::string sql;
    for (const std::string& piece : pieces) sql += piece + ' ';
    ASSERT_FALSE(is_read(sql, kPostgres)) << sql;
  }
}

TEST(SqlKind, TellsWhatMayEndTheTransactionItIsRunIn) {
  for (const std::string_view sql :
       {"BEGIN", "commit", "/* c */ COMMIT AND CHAIN", "-- c\nEND", "ROLLBACK TO SAVEPOINT s", "START TRANSACTION",
        "PREPARE TRANSACTION 'x'", "SET TRANSACTION READ ONLY", "LOCK TABLE t", "DECLARE c CURSOR FOR SELECT 1",
        "INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2)", "SELECT 1; SELECT 2", "INSERT INTO t VALUES ('",
        ""}) {
    EXPECT_TRUE(sql_kind(sql, kPostgres).may_end_transaction) << sql;
  }
  for (const std::string_view sql :
       {"INSERT INTO t VALUES (';COMMIT')", "SELECT 1", "WITH a AS (DELETE FROM t RETURNING 1) SELECT * FROM a",
        "CALL p()", "DO $$ BEGIN COMMIT; END $$", "VACUUM t", "/* COMMIT */ CREATE INDEX CONCURRENTLY i ON t (a)",
        "UPDATE t SET a = 1;", "CREATE TABLE t (a int)"}) {
    EXPECT_FALSE(sql_kind(sql, kPostgres).may_end_transaction) << sql;
  }
}

TEST(SqlKind, AnyBytesAreReadWithoutHarmAndNeverAsAReadUnlessTheyBeginLikeOne) {
  std::mt19937 random(11);
  const std::string alphabet = "'\"`$#-/*\\;()[]!M:=.e1 \n\r\tsS\xff@?,SELECT";
  for (int round = 0; round < 20000; ++round) {
    std::string sql;
    const auto length = random() % 60;
    for (std::size_t i = 0; i < length; ++i) sql += alphabet[random() % alphabet.size()];
    for (const SqlDialect dialect : {kUnknown, kPostgres, kMysql, kSqlite, kOther}) {
      const SqlKind kind = sql_kind(sql, dialect);
      if (kind.kind == OperationKind::kRead) {
        EXPECT_NE(sql.find('S'), std::string::npos);
        EXPECT_FALSE(kind.may_commit_inside);
      }
    }
  }
}

TEST(SqlKind, WhatAllDialectsReadAlikeIsReadTheSameWhenTheDialectIsUnknown) {
  std::mt19937 random(13);
  const std::vector<std::string> pieces{
      "SELECT", " ",  "'", "''", "\"", "`",  "--", "-- ", "#", "/*", "*/", "/*!",           "$$",
      "$a$",    "\\", "[", "]",  ";",  "\n", "\r", "1",   "(", ")",  "E'", "DELETE FROM t", "x"};
  for (int round = 0; round < 50000; ++round) {
    std::string sql = "SELECT ";
    const auto count = random() % 14;
    for (std::size_t i = 0; i < count; ++i) sql += pieces[random() % pieces.size()];
    if (!is_read(sql, kUnknown)) continue;
    for (const SqlDialect dialect : {kPostgres, kMysql, kSqlite}) ASSERT_TRUE(is_read(sql, dialect)) << sql;
  }
}

TEST(SqlKind, ALongTextCostsNoMoreThanItsLength) {
  // Each would be quadratic for a reader that looks ahead for every opening.
  for (const std::string_view piece : {"(", "f(", ", f(", "/*", "$a$", "'", "a.", "--", "((("}) {
    std::string sql = "SELECT ";
    while (sql.size() + piece.size() < kLongestSqlRead) sql += piece;
    const auto half = std::string_view(sql).substr(0, sql.size() / 8);
    const auto time = [](std::string_view text) {
      auto best = std::chrono::nanoseconds::max();
      for (int i = 0; i < 5; ++i) {
        const auto start = std::chrono::steady_clock::now();
        static_cast<void>(sql_kind(text, kPostgres));
        best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
      }
      return std::max(best, std::chrono::nanoseconds{20'000});
    };
    // Eight times the text: about 8 times the time if linear, 64 times if quadratic.
    EXPECT_LT(time(sql), 32 * time(half)) << piece;
  }
}

TEST(SqlKind, ALongerTextThanIsReadIsInDoubt) {
  std::string sql = "SELECT '";
  sql.append(kLongestSqlRead - sql.size() - 1, 'a');
  sql += '\'';
  ASSERT_EQ(sql.size(), kLongestSqlRead);
  EXPECT_TRUE(is_read(sql, kPostgres));
  EXPECT_FALSE(is_read(sql + ' ', kPostgres));
}

TEST(SqlKind, ATextOfMoreTokensThanAreReadIsInDoubt) {
  std::string sql = "SELECT 1";
  for (std::size_t tokens = 2; tokens < kMostSqlTokens; tokens += 2) sql += ",1";
  EXPECT_TRUE(is_read(sql, kPostgres));
  EXPECT_FALSE(is_read(sql + ",", kPostgres));
}

}  // namespace
}  // namespace resilience
