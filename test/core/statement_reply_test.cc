#include "core/statement_reply.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

TEST(StatementReply, OfPostgresByItsSqlstateAndSeverity) {
  for (const std::string_view refused : {"23505", "25P02", "40001", "40P01", "45001", "0A000"}) {
    EXPECT_TRUE(is_refusal({.sqlstate = refused})) << refused;
    EXPECT_TRUE(is_refusal({.sqlstate = refused, .severity = "ERROR"})) << refused;
    EXPECT_FALSE(is_refusal({.sqlstate = refused, .severity = "FATAL"})) << refused;
    EXPECT_FALSE(is_refusal({.sqlstate = refused, .severity = "PANIC"})) << refused;
  }
  for (const std::string_view lost : {"08000", "08006", "08P01", "57P01", "57P02", "57014", "40003"}) {
    EXPECT_FALSE(is_refusal({.sqlstate = lost, .severity = "ERROR"})) << lost;
  }
}

TEST(StatementReply, OfMysqlByItsNumber) {
  for (const std::uint32_t refused : {1062U, 1205U, 1213U, 3572U}) EXPECT_TRUE(is_refusal({.mysql_number = refused}));
  for (const std::uint32_t lost : {1053U, 1927U, 2006U, 2013U, 40'000U, 45'009U}) {
    EXPECT_FALSE(is_refusal({.mysql_number = lost})) << lost;
  }
  EXPECT_FALSE(is_refusal({.sqlstate = "23505", .mysql_number = 1053})) << "the number says more";
}

TEST(StatementReply, OfSqliteByItsName) {
  for (const std::string_view refused : {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_BUSY", "SQLITE_READONLY"}) {
    EXPECT_TRUE(is_refusal({.sqlite = refused})) << refused;
  }
  for (const std::string_view lost : {"SQLITE_IOERR_WRITE", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_PROTOCOL"}) {
    EXPECT_FALSE(is_refusal({.sqlite = lost})) << lost;
  }
}

TEST(StatementReply, NothingSaidIsAnAnswerLost) {
  EXPECT_FALSE(is_refusal({}));
  EXPECT_FALSE(is_refusal({.severity = "ERROR"}));
  EXPECT_FALSE(is_refusal({.sqlstate = ""})) << "no SQLSTATE at all";
}

TEST(StatementReply, OfMysqlEndsTheTransactionThatItHasUndone) {
  for (const std::uint32_t undoing : {1020U, 1206U, 1213U}) {
    EXPECT_EQ(ends_transaction({.mysql_number = undoing}), EndsTransaction::kYes) << undoing;
  }
  EXPECT_EQ(ends_transaction({.mysql_number = 1205}), EndsTransaction::kIfConfigured);
  // A unique key, a syntax error, an interrupted statement, NOWAIT, a lost connection.
  for (const std::uint32_t other : {1062U, 1064U, 1317U, 1969U, 3024U, 3572U, 2013U, 45'009U}) {
    EXPECT_EQ(ends_transaction({.mysql_number = other}), EndsTransaction::kNo) << other;
  }
}

TEST(StatementReply, OfSqliteEndsTheTransactionThatItMayHaveUndone) {
  for (const std::string_view undoing : {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_NOMEM"}) {
    EXPECT_EQ(ends_transaction({.sqlite = undoing}), EndsTransaction::kYes) << undoing;
  }
  for (const std::string_view other : {"SQLITE_BUSY", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_ERROR"}) {
    EXPECT_EQ(ends_transaction({.sqlite = other}), EndsTransaction::kNo) << other;
  }
}

TEST(StatementReply, OnlyPostgresIsSentMoreBeforeItHasAnswered) {
  EXPECT_FALSE(sends_in_turn("postgres"));
  for (const std::string_view provider : {"mysql", "sqlite", "sqlserver", ""}) {
    EXPECT_TRUE(sends_in_turn(provider)) << provider;
  }
}

TEST(StatementReply, OfPostgresEndsNoTransactionThatWouldTakeAnotherStatement) {
  for (const std::string_view state : {"40P01", "40001", "25P02", "23505"}) {
    EXPECT_EQ(ends_transaction({.sqlstate = state, .severity = "ERROR"}), EndsTransaction::kNo) << state;
  }
  EXPECT_EQ(ends_transaction({}), EndsTransaction::kNo);
}

}  // namespace
}  // namespace resilience
