// A single write on MySQL or MariaDB that is sent in one go with its mark (core/in_doubt_mark.h), without waiting for
// any answer in between:
//
//   SET autocommit = 0 · the same once more · INSERT of the mark · the statement
//   COMMIT · SET autocommit = 1                                                      once all of these are answered
//
// The server goes on with what is behind a statement that it refuses. BEGIN would not do: where the mark's INSERT ends
// the transaction (a deadlock), the statement would be committed by itself. Out of autocommit nothing is committed
// before COMMIT is sent, whatever was refused or rolled back. Only a SET that is refused (KILL QUERY in that very
// moment) changes that, so it takes two refusals to let the statement be committed by itself. Even then the mark does
// not lie: it is written under another token where autocommit is on, and tells whoever asks that it knows nothing.
//
// One hole is left. It takes both SETs to be refused, the connection to be lost before that is answered, and the mark
// to be refused as well, or to be written only once somebody has asked for it. Then the statement may be there
// unnoticed.
//
// Pure: functions of their arguments.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/sql_lexer.h"
#include "core/statement_reply.h"

namespace resilience {

// Surely one INSERT, UPDATE, DELETE or REPLACE: whatever is answered, it neither commits nor begins anything.
[[nodiscard]] bool may_be_pipelined(std::string_view sql, SqlDialect dialect);

// What became of something that was sent.
enum class SentReply : std::uint8_t {
  kDone = 0,
  kRefused = 1,
  kLost = 2,    // unanswered
  kUnsent = 3,  // its driver has not sent it, nor anything after it
};

// Of what has failed: never kDone.
[[nodiscard]] SentReply sent_reply(const StatementReply& failure) noexcept;

struct PipelinedReplies {
  SentReply off = SentReply::kLost;
  SentReply off_again = SentReply::kLost;
  SentReply mark = SentReply::kLost;
  SentReply statement = SentReply::kLost;
};

enum class PipelinedStep : std::uint8_t {
  kCommit = 0,
  // The statement was refused. ROLLBACK and SET autocommit = 1 may go together: all that the SET could commit, where
  // ROLLBACK is refused, is a mark that nobody asks for.
  kRollBack = 1,
  // The mark was refused. The statement may have been done: no SET before ROLLBACK is done.
  kRollBackFirst = 2,
  kNotApplied = 3,  // nothing was sent, or it is out of autocommit and its connection is lost: it is never committed
  kAskMark = 4,     // the connection is lost, and whether it was out of autocommit is not known
  // It was in autocommit all the time, so the statement was committed by itself …
  kDoneAlone = 5,     // … and is done
  kRefusedAlone = 6,  // … and refused
  kUnknown = 7,       // … and its answer is lost: no mark tells
};

[[nodiscard]] PipelinedStep after_pipelined(const PipelinedReplies& replies) noexcept;

// 'done', 'refused', 'lost', 'unsent'.
[[nodiscard]] std::string_view to_string(SentReply reply) noexcept;
// 'commit', 'roll-back', 'roll-back-first', 'not-applied', 'ask-mark', 'done-alone', 'refused-alone', 'unknown'.
[[nodiscard]] std::string_view to_string(PipelinedStep step) noexcept;

}  // namespace resilience
