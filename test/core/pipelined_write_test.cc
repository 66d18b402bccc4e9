#include "core/pipelined_write.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "core/in_doubt_mark.h"

namespace resilience {
namespace {

using namespace std::chrono_literals;

TEST(PipelinedWrite, OnlyWhatSurelyStaysInItsTransactionGoesAlong) {
  for (const std::string_view sql :
       {"INSERT INTO `t` (`a`) VALUES (?)", "insert into t values (1) returning id", "UPDATE t SET a = 'x'",
        "DELETE FROM t", "REPLACE INTO t VALUES (1)", "/* all */ DELETE FROM t -- of them"}) {
    EXPECT_TRUE(may_be_pipelined(sql, SqlDialect::kMysql)) << sql;
  }
  for (const std::string_view sql :
       {"", "SELECT 1", "CALL p()", "CREATE TABLE t (a INT)", "TRUNCATE t", "COMMIT", "BEGIN", "LOCK TABLES t WRITE",
        "WITH c AS (SELECT 1) DELETE FROM t", "SET STATEMENT max_statement_time = 1 FOR UPDATE t SET a = 1",
        "DELETE FROM t; COMMIT", "DELETE FROM t;", "DELETE FROM t /*! ; COMMIT */",
        "DELETE FROM t WHERE a = 'it\\'s"}) {
    EXPECT_FALSE(may_be_pipelined(sql, SqlDialect::kMysql)) << sql;
  }
  for (const SqlDialect dialect :
       {SqlDialect::kUnknown, SqlDialect::kPostgres, SqlDialect::kSqlite, SqlDialect::kOther}) {
    EXPECT_FALSE(may_be_pipelined("DELETE FROM t", dialect));
  }
}

TEST(PipelinedWrite, OnlyTheDriverSaysThatNothingWasSent) {
  EXPECT_EQ(sent_reply({.mysql_number = 45'013}), SentReply::kUnsent);
  EXPECT_EQ(sent_reply({.mysql_number = 45'009}), SentReply::kLost);
  EXPECT_EQ(sent_reply({.mysql_number = 1053}), SentReply::kLost);
  EXPECT_EQ(sent_reply({}), SentReply::kLost);
  EXPECT_EQ(sent_reply({.mysql_number = 1317}), SentReply::kRefused);
}

// How the server takes each of the four.
enum class Fate { kDone, kRefused, kUndoing };  // kUndoing: refused, and its transaction is rolled back

// A server with one connection, the mark's table and the statement's row.
class Server {
 public:
  void off(Fate fate) {
    if (fate == Fate::kDone) autocommit_ = false;
  }
  void mark(Fate fate) {
    if (fate == Fate::kUndoing) open_ = {};
    // Whoever has asked holds the key; only the writer's other token is free.
    if (fate != Fate::kDone || (refused_ && !autocommit_)) return;
    if (autocommit_)
      marked_alone_ = true;
    else
      open_.mark = true;
  }
  void statement(Fate fate) {
    if (fate == Fate::kUndoing) open_ = {};
    if (fate != Fate::kDone) return;
    if (autocommit_)
      applied_ = true;
    else
      open_.statement = true;
  }
  void commit() {
    marked_ = marked_ || open_.mark;
    applied_ = applied_ || open_.statement;
    open_ = {};
  }
  void on() {
    if (!autocommit_) commit();
    autocommit_ = true;
  }
  void roll_back() { open_ = {}; }

  MarkAnswer asks() {
    if (marked_alone_) return MarkAnswer::kAlone;
    if (marked_) return MarkAnswer::kThere;
    if (open_.mark) return MarkAnswer::kHeld;
    refused_ = true;
    return MarkAnswer::kRefused;
  }

  [[nodiscard]] bool refuses_marks() const { return refused_ && !autocommit_; }
  [[nodiscard]] bool applied() const { return applied_; }
  [[nodiscard]] bool marked() const { return marked_; }

 private:
  struct Open {
    bool mark = false;
    bool statement = false;
  };
  bool autocommit_ = true;
  Open open_;
  bool marked_ = false;
  bool marked_alone_ = false;
  bool refused_ = false;
  bool applied_ = false;
};

using Fates = std::array<Fate, 4>;

void execute(Server& server, const Fates& fates, std::size_t i) {
  if (i < 2)
    server.off(fates[i]);
  else if (i == 2)
    server.mark(fates[i]);
  else
    server.statement(fates[i]);
}

SentReply answer_to(Fate fate) {
  return fate == Fate::kDone ? SentReply::kDone : SentReply::kRefused;
}

template <typename Check>
void with_all_fates(Check check) {
  constexpr std::array kSets{Fate::kDone, Fate::kRefused};
  constexpr std::array kWrites{Fate::kDone, Fate::kRefused, Fate::kUndoing};
  for (const Fate off : kSets)
    for (const Fate again : kSets)
      for (const Fate mark : kWrites)
        for (const Fate statement : kWrites) check(Fates{off, again, mark, statement});
}

TEST(PipelinedWrite, WhatIsAnsweredIsToldAsItIs) {
  with_all_fates([](const Fates& fates) {
    Server server;
    for (std::size_t i = 0; i < fates.size(); ++i) execute(server, fates, i);
    const PipelinedReplies replies{answer_to(fates[0]), answer_to(fates[1]), answer_to(fates[2]), answer_to(fates[3])};
    const bool done = fates[3] == Fate::kDone;
    switch (after_pipelined(replies)) {
      case PipelinedStep::kCommit:
        EXPECT_FALSE(server.applied());
        server.commit();
        EXPECT_TRUE(server.applied() && server.marked());
        break;
      case PipelinedStep::kRollBack:
        server.on();  // ROLLBACK was refused
        EXPECT_FALSE(server.applied());
        break;
      case PipelinedStep::kRollBackFirst:
        server.roll_back();
        server.on();
        EXPECT_FALSE(server.applied());
        EXPECT_FALSE(server.marked());
        break;
      case PipelinedStep::kDoneAlone:
        EXPECT_TRUE(server.applied() && done);
        EXPECT_FALSE(server.marked());
        break;
      case PipelinedStep::kRefusedAlone:
        server.on();
        EXPECT_FALSE(server.applied() || done);
        break;
      case PipelinedStep::kNotApplied:
      case PipelinedStep::kAskMark:
      case PipelinedStep::kUnknown: ADD_FAILURE() << "all was answered";
    }
  });
}

// The connection is lost: some of it was executed, some of that was answered. What had reached the server is executed
// late, or never; and the writer's transaction ends with the connection, before the mark is asked for or after.
TEST(PipelinedWrite, WhatIsLostIsNeverToldWrong) {
  int told = 0;
  int unknown = 0;
  with_all_fates([&](const Fates& fates) {
    const bool alone = fates[0] != Fate::kDone && fates[1] != Fate::kDone;
    for (std::size_t answered = 0; answered < 4; ++answered) {
      for (std::size_t executed = answered; executed <= 4; ++executed) {
        for (const bool late : {false, true}) {
          Server server;
          std::size_t i = 0;
          for (; i < executed; ++i) execute(server, fates, i);
          PipelinedReplies replies;
          const std::array fields{&replies.off, &replies.off_again, &replies.mark, &replies.statement};
          for (std::size_t n = 0; n < answered; ++n) *fields[n] = answer_to(fates[n]);

          const PipelinedStep step = after_pipelined(replies);
          std::optional<TransactionFate> verdict;
          if (step == PipelinedStep::kNotApplied) verdict = TransactionFate::kNotCommitted;
          if (step == PipelinedStep::kUnknown) verdict = TransactionFate::kUnknown;
          const auto ask = [&] {
            const MarkDecision decision = decide_mark(1s, 1s, server.asks());
            if (decision.end_ghost) server.roll_back();
            if (!decision.ask_again()) verdict = decision.verdict;
          };
          if (step == PipelinedStep::kAskMark) ask();
          bool mark_refused = fates[2] != Fate::kDone;
          for (; late && i < 4; ++i) {
            if (i == 2) mark_refused = mark_refused || server.refuses_marks();
            execute(server, fates, i);
          }
          server.roll_back();
          if (!verdict) ask();
          ASSERT_TRUE(verdict);
          ASSERT_NE(*verdict, TransactionFate::kCommitted) << "COMMIT was never sent";
          ++told;
          if (*verdict == TransactionFate::kUnknown) {
            ++unknown;
            EXPECT_TRUE(alone) << "one refused SET costs nothing";
            continue;
          }
          // The hole that the header tells of.
          if (step == PipelinedStep::kAskMark && alone && (mark_refused || late)) continue;
          EXPECT_FALSE(server.applied());
        }
      }
    }
  });
  EXPECT_GT(told, 800);
  EXPECT_GT(unknown, 20);
}

TEST(PipelinedWrite, NothingIsAskedOfWhatWasNeverSent) {
  const PipelinedReplies unsent{SentReply::kUnsent, SentReply::kUnsent, SentReply::kUnsent, SentReply::kUnsent};
  EXPECT_EQ(after_pipelined(unsent), PipelinedStep::kNotApplied);
  // The statement alone was not sent: its values could not be written.
  EXPECT_EQ(after_pipelined({SentReply::kDone, SentReply::kDone, SentReply::kDone, SentReply::kUnsent}),
            PipelinedStep::kNotApplied);
  EXPECT_EQ(after_pipelined({SentReply::kRefused, SentReply::kRefused, SentReply::kDone, SentReply::kUnsent}),
            PipelinedStep::kNotApplied);
}

}  // namespace
}  // namespace resilience
