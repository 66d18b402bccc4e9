#include "core/statement_names.h"

namespace resilience {

NameRefusal judge_name_refusal(std::string_view sqlstate) noexcept {
  // invalid_sql_statement_name, duplicate_prepared_statement.
  if (sqlstate == "26000" || sqlstate == "42P05") return NameRefusal::kNotKept;
  // "cached plan must not change result type"; or, before that is looked at, a parameter whose type no longer goes into
  // its column (42...) or is no more ("cache lookup failed for type").
  if (sqlstate == "0A000" || sqlstate == "XX000" || sqlstate.starts_with("42")) return NameRefusal::kStale;
  return NameRefusal::kNone;
}

}  // namespace resilience
