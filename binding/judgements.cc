#include "binding/judgements.h"

namespace resilience {
namespace binding {
namespace {

SqlKind read_sql(std::string_view sql, std::optional<std::string_view> provider) {
  return resilience::sql_kind(sql, sql_dialect_of(provider.value_or(std::string_view{})));
}

}  // namespace

Classification classify_error(const ErrorFacts& facts) {
  return classify(facts);
}

OperationKind transaction_kind(const std::optional<std::vector<OperationKind>>& members) {
  return members ? resilience::transaction_kind(*members) : OperationKind::kWrite;
}

OperationKind sql_kind(std::string_view sql, std::optional<std::string_view> provider) {
  return read_sql(sql, provider).kind;
}

bool sql_may_commit_inside(std::string_view sql, std::optional<std::string_view> provider) {
  return read_sql(sql, provider).may_commit_inside;
}

bool sql_may_end_transaction(std::string_view sql, std::optional<std::string_view> provider) {
  return read_sql(sql, provider).may_end_transaction;
}

bool sql_holds_session(std::string_view sql, std::optional<std::string_view> provider) {
  return read_sql(sql, provider).holds_session;
}

InDoubtVerdict decide_in_doubt(const Learned& learned, const Observed& observed) {
  const InDoubtDecision decision = resilience::decide_in_doubt(learned, observed);
  return {decision.verdict, decision.reason, decision.ask_again()};
}

}  // namespace binding

js::Maybe<js::Value> seam::Codec<XactStatus>::write(js::Env env, XactStatus status) noexcept {
  switch (status) {
    case XactStatus::kNotAsked: return js::text(env, "");
    case XactStatus::kCommitted: return js::text(env, "committed");
    case XactStatus::kAborted: return js::text(env, "aborted");
    case XactStatus::kInProgress: return js::text(env, "in progress");
    case XactStatus::kForgotten: return js::null(env);
    case XactStatus::kInTheFuture: return js::text(env, "in the future");
  }
  return {};
}

}  // namespace resilience
