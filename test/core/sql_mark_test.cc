#include "core/sql_mark.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace resilience {
namespace {

std::optional<MarkedSql> marked(std::string_view sql, std::uint32_t parameters = 0, bool wants_rows = true) {
  return mark_sql(sql, SqlDialect::kPostgres, {.table = "marks", .parameters = parameters, .wants_rows = wants_rows});
}

TEST(SqlMark, AnInsertOfPrismasAnswersWithItsOwnRows) {
  const auto create = marked(R"(INSERT INTO "public"."ledger" ("token","kind") VALUES ($1,$2) RETURNING )"
                             R"("public"."ledger"."id", "public"."ledger"."role"::text)",
                             2);
  ASSERT_TRUE(create);
  EXPECT_EQ(create->answer, MarkedAnswer::kRows);
  EXPECT_EQ(create->text,
            R"(WITH resilience_result AS (INSERT INTO "public"."ledger" ("token","kind") VALUES ($1,$2) RETURNING )"
            R"("public"."ledger"."id", "public"."ledger"."role"::text), )"
            "resilience_mark AS (INSERT INTO marks (token, result) SELECT $3::uuid, json_agg(r) "
            "FROM resilience_result AS r) SELECT * FROM resilience_result");
  EXPECT_EQ(create->recall, R"(SELECT "id", "role"::text FROM json_populate_recordset(NULL::"public"."ledger", )"
                            "(SELECT result FROM marks WHERE token = $1::uuid))");
}

TEST(SqlMark, WhatIsCountedAnswersWithANumber) {
  const auto update = marked("UPDATE t SET a = $1", 1, false);
  ASSERT_TRUE(update);
  EXPECT_EQ(update->answer, MarkedAnswer::kCount);
  EXPECT_EQ(
      update->text,
      "WITH resilience_result AS (UPDATE t SET a = $1 RETURNING 1), resilience_mark AS (INSERT INTO marks (token, "
      "result) SELECT $2::uuid, to_json(count(*)) FROM resilience_result AS r) "
      "SELECT count(*)::text FROM resilience_result");
  EXPECT_EQ(update->recall, "SELECT result::text FROM marks WHERE token = $1::uuid");
  // The caller asked for rows of a statement that has none.
  EXPECT_EQ(marked("DELETE FROM t")->answer, MarkedAnswer::kCount);
  // Or for the number of rows that RETURNING computes.
  EXPECT_EQ(marked("DELETE FROM t RETURNING f(a) AS b", 0, false)->answer, MarkedAnswer::kCount);
}

TEST(SqlMark, JoinsTheStatementsOwnWith) {
  const auto moved = marked(
      "/* c */ WITH RECURSIVE a (x) AS (SELECT 1), \"b\" AS NOT MATERIALIZED (DELETE FROM u RETURNING *) -- why\n"
      "INSERT INTO t SELECT x FROM a RETURNING id; -- app='x'",
      0);
  ASSERT_TRUE(moved);
  EXPECT_EQ(
      moved->text,
      "/* c */ WITH RECURSIVE a (x) AS (SELECT 1), \"b\" AS NOT MATERIALIZED (DELETE FROM u RETURNING *) -- why\n"
      ", resilience_result AS (INSERT INTO t SELECT x FROM a RETURNING id), resilience_mark AS (INSERT INTO marks "
      "(token, result) SELECT $1::uuid, json_agg(r) FROM resilience_result AS r) SELECT * FROM "
      "resilience_result; -- app='x'");
}

TEST(SqlMark, RowsThatCanBeHadAgain) {
  for (const std::string_view sql : {
           "INSERT INTO t DEFAULT VALUES RETURNING *",
           "INSERT INTO a.b.t AS x (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = excluded.b WHERE x.c RETURNING "
           "x.a, b",
           "insert into t (a) select returning_at from u where a = 'RETURNING' returning \"A\"",
           "UPDATE ONLY t SET a = b.returning WHERE c IS DISTINCT FROM d RETURNING a::numeric(10, 2)[], t.c",
           "DELETE FROM t WHERE a IN (SELECT a FROM u) RETURNING a::pg_catalog.text",
           "INSERT INTO t VALUES ($$ ; $$, E'\\'; DROP') RETURNING a;",
           "INSERT INTO größe VALUES ('ß') RETURNING größe",
       }) {
    const auto found = marked(sql);
    ASSERT_TRUE(found) << sql;
    EXPECT_EQ(found->answer, MarkedAnswer::kRows) << sql;
    EXPECT_NE(found->recall.find("json_populate_recordset(NULL::"), std::string::npos) << sql;
  }
}

TEST(SqlMark, RowsThatCannotBeHadAgainAreLeftToATransaction) {
  for (const std::string_view sql : {
           "INSERT INTO t VALUES (1) RETURNING a AS b",
           "INSERT INTO t VALUES (1) RETURNING a b",
           "INSERT INTO t VALUES (1) RETURNING a, a",
           "INSERT INTO t VALUES (1) RETURNING a, A",
           "INSERT INTO t VALUES (1) RETURNING a + 1",
           "INSERT INTO t VALUES (1) RETURNING f(a)",
           "INSERT INTO t VALUES (1) RETURNING 1",
           "INSERT INTO t VALUES (1) RETURNING a, *",
           "INSERT INTO t VALUES (1) RETURNING *, a",
           "INSERT INTO t VALUES (1) RETURNING xmin",
           "INSERT INTO t VALUES (1) RETURNING \"ctid\"",
           "INSERT INTO t VALUES (1) RETURNING",
           "INSERT INTO t VALUES (1) RETURNING a,",
           "INSERT INTO t VALUES (1) RETURNING WITH (OLD AS o) o.a",
           "INSERT INTO t VALUES (1) RETURNING a:text",
           "INSERT INTO t VALUES (1) RETURNING a::",
           "INSERT INTO t VALUES (1) RETURNING a::b.",
           "INSERT INTO t VALUES (1) RETURNING a::text[3]",
           "INSERT INTO t VALUES (1) RETURNING a::text, b, b",
           "INSERT INTO t VALUES (1) RETURNING a, b c",
           "UPDATE t SET a = 1 FROM u RETURNING t.a",
           "DELETE FROM t USING u RETURNING *",
           "UPDATE ONLY (t) SET a = 1 RETURNING a",
       }) {
    EXPECT_FALSE(marked(sql)) << sql;
  }
}

TEST(SqlMark, LeavesAloneWhatIsNoSingleChange) {
  for (const std::string_view sql : {
           "",
           ";",
           "SELECT write()",
           "(SELECT write())",
           "WITH a AS (SELECT 1) SELECT write()",
           "WITH a AS (SELECT 1) SELECT * INTO t FROM a",
           "WITH a AS (SELECT 1) MERGE INTO t USING a ON true WHEN MATCHED THEN DELETE",
           "MERGE INTO t USING a ON true WHEN MATCHED THEN DELETE",
           "WITH RECURSIVE a AS (SELECT 1) SEARCH DEPTH FIRST BY x SET y DELETE FROM t",
           "WITH a AS (SELECT 1)",
           "WITH a AS SELECT 1 DELETE FROM t",
           "WITH (SELECT 1) DELETE FROM t",
           "EXPLAIN ANALYZE DELETE FROM t",
           "CREATE TABLE t AS SELECT 1",
           "TRUNCATE t",
           "COPY t FROM STDIN",
           "CALL p()",
           "DO $$ BEGIN END $$",
           "VACUUM",
           "COMMIT",
           "PREPARE p AS DELETE FROM t",
           "DELETE FROM t; DELETE FROM t",
           "; DELETE FROM t",
           "DELETE FROM t WHERE (a",
           "DELETE FROM t WHERE a)",
           "DELETE FROM t WHERE a = 'unfinished",
           "DELETE FROM t /* unfinished",
           "DELETE FROM t WHERE a = '\\'' RETURNING a",
           "DELETE FROM t RETURNING a RETURNING b",
       }) {
    EXPECT_FALSE(marked(sql, 0, false)) << sql;
  }
  EXPECT_FALSE(marked(std::string_view("DELETE FROM t\0", 14)));
  EXPECT_FALSE(marked("DELETE FROM t" + std::string(kLongestSqlRead, ' ')));
  for (const SqlDialect dialect : {SqlDialect::kUnknown, SqlDialect::kMysql, SqlDialect::kSqlite, SqlDialect::kOther}) {
    EXPECT_FALSE(mark_sql("DELETE FROM t", dialect, {.table = "marks"}));
  }
}

TEST(SqlMark, NumbersItsOwnParameterBehindTheStatements) {
  EXPECT_TRUE(marked("DELETE FROM t WHERE a = $2 OR a = $1", 2));
  // Fewer values, or more, than the text names: the server would refuse it, and shall.
  EXPECT_FALSE(marked("DELETE FROM t WHERE a = $3", 2));
  EXPECT_FALSE(marked("DELETE FROM t WHERE a = $1", 2));
  EXPECT_FALSE(marked("DELETE FROM t WHERE a = $99999999999", 2));
  EXPECT_FALSE(marked("DELETE FROM t WHERE a = $65535", kMostParameters));
  EXPECT_TRUE(marked("DELETE FROM t WHERE a = $65534", kMostParameters - 1));
}

TEST(SqlMark, TextThatBreaksOffIsLeftAlone) {
  for (const std::string_view sql : {
           "WITH a AS (SELECT 1 INSERT INTO t VALUES (1)",
           "WITH a (x AS (SELECT 1) INSERT INTO t VALUES (1)",
           "WITH a AS MATERIALIZED SELECT 1",
           "WITH a AS",
           "INSERT INTO t VALUES ($99999999999)",
           "INSERT INTO t VALUES ($65536)",
       }) {
    EXPECT_FALSE(marked(sql)) << sql;
  }
}

TEST(SqlMark, HidesNobodysTable) {
  EXPECT_FALSE(marked("DELETE FROM resilience_mark"));
  EXPECT_FALSE(marked("DELETE FROM t USING RESILIENCE_RESULT", 0, false));
  EXPECT_FALSE(marked("WITH \"resilience_result\" AS (SELECT 1) DELETE FROM t"));
  EXPECT_TRUE(marked("DELETE FROM resilience_marks"));
  EXPECT_TRUE(marked("DELETE FROM t WHERE a = 'resilience_mark'"));
}

TEST(SqlMark, TheTextDependsOnTheTextAlone) {
  EXPECT_EQ(marked("DELETE FROM t WHERE a = $1", 1)->text, marked("DELETE FROM t WHERE a = $1", 1)->text);
}

TEST(SqlMark, IsPreparedOnlyWhereEachValueGoesToAColumnThatIsAnswered) {
  const auto prepared = [](std::string_view sql, std::uint32_t parameters) {
    const auto found = marked(sql, parameters, true);
    return found && found->may_be_prepared;
  };
  EXPECT_TRUE(prepared("INSERT INTO t (a) VALUES ($1) RETURNING id, a", 1));
  EXPECT_TRUE(prepared("INSERT INTO t (a) VALUES ($1) RETURNING id::text, a", 1));
  EXPECT_TRUE(prepared(
      R"(INSERT INTO "public"."t" ("a","b") VALUES ($1,DEFAULT) RETURNING "public"."t"."b", "public"."t"."a")", 1));
  // Once `a` has another type, nothing in the answer would tell.
  EXPECT_FALSE(prepared("INSERT INTO t (a) VALUES ($1) RETURNING id", 1));
  EXPECT_FALSE(prepared("INSERT INTO t (a) VALUES ($1) RETURNING a::text", 1));
  EXPECT_FALSE(prepared("INSERT INTO t (a, b) VALUES ($1, $2) RETURNING a", 2));
  EXPECT_FALSE(prepared("INSERT INTO t (a) VALUES ($1)", 1));
  // Or the parameter has a type of its own.
  EXPECT_FALSE(prepared("INSERT INTO t (a) VALUES (CAST($1::text AS role)) RETURNING a", 1));
  EXPECT_FALSE(prepared("INSERT INTO t (a) VALUES ($1 + 1) RETURNING a", 1));
  EXPECT_FALSE(prepared("INSERT INTO t (a) VALUES (5) RETURNING a", 0));
  EXPECT_FALSE(prepared("INSERT INTO t (a) VALUES ($$5$$) RETURNING a", 0));
  EXPECT_FALSE(prepared("INSERT INTO t (a) VALUES ($1), ($2) RETURNING a", 2));
  EXPECT_FALSE(prepared("INSERT INTO t (a) SELECT $1 RETURNING a", 1));
  EXPECT_FALSE(prepared("INSERT INTO t (a) SELECT ($1) RETURNING a", 1));
  EXPECT_FALSE(prepared("INSERT INTO t VALUES ($1) RETURNING *", 1));
  EXPECT_FALSE(prepared("INSERT INTO t (1) VALUES ($1) RETURNING a", 1));
  EXPECT_FALSE(prepared("INSERT INTO t (a) VALUES ($1) RETURNING *", 1));
  EXPECT_FALSE(prepared("INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = $2 RETURNING a", 2));
  EXPECT_FALSE(prepared("UPDATE t SET a = $1 RETURNING a", 1));
  EXPECT_FALSE(prepared("DELETE FROM t WHERE a = $1 RETURNING a", 1));
  EXPECT_FALSE(prepared("WITH c AS (SELECT 1) INSERT INTO t (a) VALUES ($1) RETURNING a", 1));
}

TEST(SqlMark, AnyBytesAreReadInLinearTime) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces{
      "INSERT", " INTO ", "t",      "(",           ")",  ",", ".",  "::", "RETURNING", " WITH ",
      "a",      " AS ",   "'",      "\"",          "$1", ";", "*",  "--", "\n",        "/*",
      "*/",     "\x80",   "UPDATE", "DELETE FROM", "[",  "]", "E'", "$$", " SET "};
  for (int text = 0; text < 20'000; ++text) {
    std::string sql;
    for (auto i = random() % 24; i > 0; --i) sql += pieces[random() % pieces.size()];
    const auto found = marked(sql, static_cast<std::uint32_t>(random() % 2), random() % 2 == 0);
    EXPECT_TRUE(!found || found->text.find("resilience_mark AS (INSERT INTO marks") != std::string::npos) << sql;
  }
  EXPECT_FALSE(marked("WITH " + std::string(100'000, '(')));
}

TEST(SqlMark, RowsAreReadAsThoseOfTheTableByItsWholeName) {
  for (const std::string_view sql :
       {"INSERT INTO app.t (a) VALUES ($1) RETURNING a", "UPDATE app.t SET a = $1 RETURNING a",
        "UPDATE ONLY app.t SET a = $1 RETURNING a", "DELETE FROM app.t WHERE a = $1 RETURNING a"}) {
    const auto found = marked(sql, 1, true);
    ASSERT_TRUE(found.has_value()) << sql;
    EXPECT_NE(found->recall.find("NULL::app.t,"), std::string::npos) << found->recall;
  }
}

TEST(SqlMark, ALongerTextThanIsReadIsLeftAlone) {
  std::string sql = "DELETE FROM t WHERE a = '";
  sql.append(kLongestSqlRead - sql.size() - 1, 'a');
  sql += '\'';
  EXPECT_TRUE(marked(sql).has_value());
  EXPECT_FALSE(marked(sql + ' ').has_value());
}

}  // namespace
}  // namespace resilience
