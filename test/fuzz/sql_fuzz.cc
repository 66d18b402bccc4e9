#include <algorithm>
#include <array>

#include "../../src/core/pipelined_write.h"
#include "../../src/core/sql_kind.h"
#include "../../src/core/sql_lexer.h"
#include "../../src/core/sql_mark.h"
#include "fuzz.h"

using resilience::SqlDialect;
using resilience::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array kDialects{SqlDialect::kUnknown, SqlDialect::kPostgres, SqlDialect::kMysql, SqlDialect::kSqlite,
                                 SqlDialect::kOther};
  const std::string_view sql = resilience::fuzz::text_of(data, size);
  for (const SqlDialect dialect : kDialects) {
    const auto tokens = resilience::lex_sql(sql, dialect);
    const resilience::SqlKind kind = resilience::sql_kind(sql, dialect);
    const auto marked = resilience::mark_sql(sql, dialect, {.table = "marks", .parameters = 1, .wants_rows = true});
    const bool pipelined = resilience::may_be_pipelined(sql, dialect);
    if (!tokens) {
      require(kind.kind == resilience::OperationKind::kWrite, "what cannot be read is a write");
      require(!marked && !pipelined, "what cannot be read carries no mark, and does not go along with one");
      continue;
    }
    if (marked || pipelined) require(kind.kind == resilience::OperationKind::kWrite, "what carries a mark is a write");
    if (pipelined) {
      require(std::none_of(tokens->begin(), tokens->end(), [](const auto& token) { return token.text == ";"; }),
              "one statement goes along with its mark");
    }
    const char* last = sql.data();
    for (const resilience::SqlToken& token : *tokens) {
      require(!token.text.empty(), "no token is empty");
      require(token.text.data() >= last && token.text.data() + token.text.size() <= sql.data() + sql.size(),
              "tokens lie in the text, in its order, apart from each other");
      last = token.text.data() + token.text.size();
    }
  }
  return 0;
}
