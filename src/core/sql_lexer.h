// Cuts SQL into tokens, or says that it cannot tell where they begin and end.
//
// Databases disagree on what is text: backslashes before quotes, `#`, `--`, nested and executable comments, dollar
// quotes, brackets. Where the dialect is not known, or one dialect can be set either way, such places are doubtful and
// the whole text is. Pure, linear, any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace resilience {

// The values cross into JavaScript: never renumber them.
enum class SqlDialect : std::uint8_t {
  kUnknown = 0,   // one of the next three: only what all of them read alike is read
  kPostgres = 1,  // and CockroachDB
  kMysql = 2,     // and MariaDB
  kSqlite = 3,
  kOther = 4,  // nothing is read
};

// From the name of Prisma's provider: 'postgresql', 'mysql', 'sqlite', … Empty is kUnknown, any other name kOther.
[[nodiscard]] SqlDialect sql_dialect_of(std::string_view provider);

enum class SqlTokenType : std::uint8_t {
  kWord = 0,        // keyword or plain identifier
  kQuotedName = 1,  // its quotes included
  kString = 2,      // a literal, its quotes included; in MySQL what stands in double quotes is a kQuotedName here
  kNumber = 3,      // or a placeholder such as $1
  kSymbol = 4,      // one character
};

struct SqlToken {
  SqlTokenType type;
  std::string_view text;
};

// Longer texts hold data rather than thought: they are not worth the memory that reading them costs.
inline constexpr std::size_t kMostSqlTokens = 16'384;

// Longer texts (bulk inserts, mostly) are not read at all: whoever reads SQL takes the careful way with them.
inline constexpr std::size_t kLongestSqlRead = 1 << 18;

// Nothing where there is doubt.
[[nodiscard]] std::optional<std::vector<SqlToken>> lex_sql(std::string_view sql, SqlDialect dialect);

}  // namespace resilience
