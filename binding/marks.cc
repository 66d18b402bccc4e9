#include "binding/marks.h"

namespace resilience::binding {

MarkVerdict decide_mark(Duration written_ago, Duration held_for, MarkAnswer answer) {
  const MarkDecision decision = resilience::decide_mark(written_ago, held_for, answer);
  return {decision.verdict, decision.reason, decision.ask_again(), decision.end_ghost};
}

std::optional<MarkedSql> mark_sql(std::string_view sql, std::string_view provider, const MarkRequest& request) {
  return resilience::mark_sql(sql, sql_dialect_of(provider), request);
}

bool may_be_pipelined(std::string_view sql, std::string_view provider) {
  return resilience::may_be_pipelined(sql, sql_dialect_of(provider));
}

MarkLimits mark_limits() {
  return {};
}

}  // namespace resilience::binding
