// A statement that carries its mark: rewritten so that one and the same statement also writes a row of the marker
// table.
//
// PostgreSQL's data-modifying WITH makes that one statement and one round trip:
//
//   WITH resilience_result AS (<statement>),
//        resilience_mark AS (INSERT INTO <table> (token, result) SELECT $n, … FROM resilience_result)
//   SELECT … FROM resilience_result
//
// Whoever loses the answer finds in the row that the statement was committed, and what it answered. A statement is
// rewritten only where everything about its outer form is known: doubt is no error, such a statement is run in a
// transaction of its own instead. The text depends on the statement's text alone, so that caches of statements work.
// Pure, linear, any bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/sql_lexer.h"

namespace resilience {

enum class MarkedAnswer : std::uint8_t {
  kRows = 0,   // the statement's own rows, with its own columns
  kCount = 1,  // one row with one text: how many rows the statement has touched
};

struct MarkRequest {
  std::string_view table;        // the marker table as SQL names it, quoted where it has to be
  std::uint32_t parameters = 0;  // values that come with the statement
  bool wants_rows = false;       // the caller reads rows; otherwise their number
};

struct MarkedSql {
  std::string text;  // takes the token as one more parameter, the last
  MarkedAnswer answer = MarkedAnswer::kCount;
  // Asks for the same answer later, with the token as its only parameter.
  std::string recall;
  // Prepared once, it keeps the types that its parameters had then. So it may be only where each of them goes to a
  // column that is answered as well: once that has another type, the server refuses the old plan, before it runs
  // anything.
  bool may_be_prepared = false;
};

// More than PostgreSQL's protocol can number.
inline constexpr std::uint32_t kMostParameters = 65'535;

// Nothing: run it in a transaction.
[[nodiscard]] std::optional<MarkedSql> mark_sql(std::string_view sql, SqlDialect dialect, const MarkRequest& request);

}  // namespace resilience
