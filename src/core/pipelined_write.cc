#include "core/pipelined_write.h"

#include <algorithm>
#include <array>

#include "core/sql_tokens.h"

namespace resilience {
namespace {

constexpr std::array<std::string_view, 4> kStarts{"insert", "update", "delete", "replace"};

// The driver mariadb, of a connection that was closed before: "Cannot execute new commands".
constexpr std::uint32_t kUnsentByDriver = 45'013;

PipelinedStep committed_alone(SentReply statement) noexcept {
  switch (statement) {
    case SentReply::kDone: return PipelinedStep::kDoneAlone;
    case SentReply::kRefused: return PipelinedStep::kRefusedAlone;
    case SentReply::kLost: return PipelinedStep::kUnknown;
    case SentReply::kUnsent: return PipelinedStep::kNotApplied;
  }
  return PipelinedStep::kUnknown;
}

PipelinedStep in_transaction(SentReply mark, SentReply statement) noexcept {
  const auto missing = [](SentReply reply) { return reply == SentReply::kLost || reply == SentReply::kUnsent; };
  if (missing(mark) || missing(statement)) return PipelinedStep::kNotApplied;
  if (mark == SentReply::kRefused) return PipelinedStep::kRollBackFirst;
  return statement == SentReply::kDone ? PipelinedStep::kCommit : PipelinedStep::kRollBack;
}

}  // namespace

bool may_be_pipelined(std::string_view sql, SqlDialect dialect) {
  if (dialect != SqlDialect::kMysql) return false;
  const auto tokens = lex_sql(sql, dialect);
  return tokens && !tokens->empty() && is_one_of(tokens->front(), kStarts) &&
         std::ranges::none_of(*tokens, [](const SqlToken& token) { return is_symbol(token, ';'); });
}

SentReply sent_reply(const StatementReply& failure) noexcept {
  if (failure.mysql_number == kUnsentByDriver) return SentReply::kUnsent;
  return is_refusal(failure) ? SentReply::kRefused : SentReply::kLost;
}

PipelinedStep after_pipelined(const PipelinedReplies& replies) noexcept {
  const auto [off, off_again, mark, statement] = replies;
  if (off == SentReply::kUnsent) return PipelinedStep::kNotApplied;
  if (off == SentReply::kDone || off_again == SentReply::kDone) return in_transaction(mark, statement);
  if (off == SentReply::kRefused && off_again == SentReply::kRefused) return committed_alone(statement);
  return statement == SentReply::kUnsent ? PipelinedStep::kNotApplied : PipelinedStep::kAskMark;
}

std::string_view to_string(SentReply reply) noexcept {
  switch (reply) {
    case SentReply::kDone: return "done";
    case SentReply::kRefused: return "refused";
    case SentReply::kLost: return "lost";
    case SentReply::kUnsent: return "unsent";
  }
  return "lost";
}

std::string_view to_string(PipelinedStep step) noexcept {
  switch (step) {
    case PipelinedStep::kCommit: return "commit";
    case PipelinedStep::kRollBack: return "roll-back";
    case PipelinedStep::kRollBackFirst: return "roll-back-first";
    case PipelinedStep::kNotApplied: return "not-applied";
    case PipelinedStep::kAskMark: return "ask-mark";
    case PipelinedStep::kDoneAlone: return "done-alone";
    case PipelinedStep::kRefusedAlone: return "refused-alone";
    case PipelinedStep::kUnknown: return "unknown";
  }
  return "unknown";
}

}  // namespace resilience
