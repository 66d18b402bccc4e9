// The words that the reading of SQL rests on. All are looked up without regard to letter case.
#pragma once

#include <string_view>

#include "core/sql_lexer.h"

namespace resilience {

// May stand before a parenthesis without calling anything: IN (…), numeric(10, 2).
[[nodiscard]] bool is_sql_syntax_word(std::string_view word, SqlDialect dialect);

// Built in, and free of effects on the database, the session and other sessions. Volatile ones (random(), now()) are
// among them: another run may give another answer, and does no harm.
[[nodiscard]] bool is_harmless_sql_function(std::string_view word);

// Standing anywhere in a query, they may make it write.
[[nodiscard]] bool is_sql_writing_word(std::string_view word);

// Pragmas of SQLite that only answer, with or without an argument.
[[nodiscard]] bool is_reading_pragma(std::string_view word);

// Pragmas that answer without an argument and change something with one.
[[nodiscard]] bool is_pragma_reading_without_argument(std::string_view word);

}  // namespace resilience
