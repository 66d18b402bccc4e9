#include "core/statement_names.h"

namespace resilience {

NameRefusal judge_name_refusal(std::string_view sqlstate) noexcept {
  // invalid_sql_statement_name, duplicate_prepared_statement.
  if (sqlstate == "26000" || sqlstate == "42P05") return NameRefusal::kNotKept;
  // feature_not_supported: "cached plan must not change result type".
  if (sqlstate == "0A000") return NameRefusal::kStale;
  return NameRefusal::kNone;
}

}  // namespace resilience
