#include "core/sql_lexer.h"

#include <cstddef>
#include <utility>

#include "core/ascii.h"

namespace resilience {
namespace {

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
constexpr bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
constexpr bool continues_word(char c) {
  return starts_word(c) || is_digit(c);
}

class Lexer {
 public:
  Lexer(std::string_view sql, SqlDialect dialect) : sql_(sql), dialect_(dialect) {}

  // False: doubt.
  [[nodiscard]] bool run() {
    while (at_ < sql_.size()) {
      if (!step() || tokens_.size() > kMostSqlTokens) return false;
    }
    return true;
  }

  std::vector<SqlToken> take() { return std::move(tokens_); }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const { return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0'; }
  [[nodiscard]] bool is(SqlDialect dialect) const { return dialect_ == dialect; }

  void emit(SqlTokenType type, std::size_t end) {
    tokens_.push_back({type, sql_.substr(at_, end - at_)});
    at_ = end;
  }

  [[nodiscard]] bool step() {
    const char c = peek();
    if (is_space(c)) {
      ++at_;
      return true;
    }
    if (is_control(c)) return false;
    if (c == '-' && peek(1) == '-') return dashes();
    if (c == '#' && !is(SqlDialect::kPostgres)) return is(SqlDialect::kMysql) && line_comment();
    if (c == '/' && peek(1) == '*') return block_comment();
    if (c == '\'') return quoted(SqlTokenType::kString, at_, c, false);
    if (c == '"') return quoted(SqlTokenType::kQuotedName, at_, c, false);
    if (c == '`') {
      const bool known = is(SqlDialect::kMysql) || is(SqlDialect::kSqlite);
      return known && quoted(SqlTokenType::kQuotedName, at_, c, false);
    }
    if (c == '[' && !is(SqlDialect::kPostgres)) return is(SqlDialect::kSqlite) && bracketed_name();
    if (c == '$') return dollar();
    if (is_digit(c)) return number();
    if (starts_word(c)) return word();
    emit(SqlTokenType::kSymbol, at_ + 1);
    return true;
  }

  // MySQL reads two dashes as a comment only before a space; elsewhere they always are one.
  [[nodiscard]] bool dashes() {
    const bool comment_everywhere = at_ + 2 == sql_.size() || is_space(peek(2));
    if (!comment_everywhere) {
      if (is(SqlDialect::kMysql)) {
        emit(SqlTokenType::kSymbol, at_ + 1);
        return true;
      }
      if (is(SqlDialect::kUnknown)) return false;
    }
    return line_comment();
  }

  // PostgreSQL ends it at a lone carriage return as well, the others do not.
  [[nodiscard]] bool line_comment() {
    while (at_ < sql_.size() && peek() != '\n') {
      if (peek() == '\r' && peek(1) != '\n') return false;
      ++at_;
    }
    return true;
  }

  [[nodiscard]] bool block_comment() {
    const bool executable = peek(2) == '!' || (peek(2) == 'M' && peek(3) == '!');
    if (executable && (is(SqlDialect::kMysql) || is(SqlDialect::kUnknown))) return false;
    std::size_t depth = 1;
    at_ += 2;
    while (at_ < sql_.size()) {
      if (peek() == '*' && peek(1) == '/') {
        at_ += 2;
        if (--depth == 0) return true;
      } else if (peek() == '/' && peek(1) == '*' && !is(SqlDialect::kMysql) && !is(SqlDialect::kSqlite)) {
        if (is(SqlDialect::kUnknown)) return false;
        ++depth;
        at_ += 2;
      } else {
        ++at_;
      }
    }
    return false;
  }

  // From the opening quote at `open`; the token begins at at_. A doubled quote stands for itself everywhere. Whether a
  // backslash escapes the quote depends on the dialect and on settings, so that is doubtful but in PostgreSQL's E''.
  [[nodiscard]] bool quoted(SqlTokenType type, std::size_t open, char quote, bool backslash_escapes) {
    std::size_t backslashes = 0;
    for (std::size_t i = open + 1; i < sql_.size(); ++i) {
      const char c = sql_[i];
      const bool escaped = backslashes % 2 == 1;
      backslashes = c == '\\' ? backslashes + 1 : 0;
      if (c != quote) continue;
      if (escaped && quote != '`') {
        if (!backslash_escapes) return false;
        continue;
      }
      if (i + 1 < sql_.size() && sql_[i + 1] == quote) {
        ++i;
        continue;
      }
      emit(type, i + 1);
      return true;
    }
    return false;
  }

  [[nodiscard]] bool bracketed_name() {
    const std::size_t end = sql_.find(']', at_);
    if (end == std::string_view::npos) return false;
    emit(SqlTokenType::kQuotedName, end + 1);
    return true;
  }

  [[nodiscard]] bool dollar() {
    std::size_t end = at_ + 1;
    if (is_digit(peek(1))) {
      while (end < sql_.size() && is_digit(sql_[end])) ++end;
      if (end < sql_.size() && (continues_word(sql_[end]) || sql_[end] == '$')) return false;
      emit(SqlTokenType::kNumber, end);
      return true;
    }
    if (!is(SqlDialect::kPostgres)) return false;
    while (end < sql_.size() && continues_word(sql_[end])) ++end;
    if (end == sql_.size() || sql_[end] != '$') return false;
    const std::string_view tag = sql_.substr(at_, end + 1 - at_);
    const std::size_t close = sql_.find(tag, end + 1);
    if (close == std::string_view::npos) return false;
    emit(SqlTokenType::kString, close + tag.size());
    return true;
  }

  // What follows a number without a space (1into, 0x1F, 1_000) is read differently by versions and dialects.
  [[nodiscard]] bool number() {
    std::size_t end = at_;
    while (end < sql_.size() && (is_digit(sql_[end]) || sql_[end] == '.')) ++end;
    if (end < sql_.size() && (sql_[end] == 'e' || sql_[end] == 'E')) {
      std::size_t exponent = end + 1;
      if (exponent < sql_.size() && (sql_[exponent] == '+' || sql_[exponent] == '-')) ++exponent;
      if (exponent == sql_.size() || !is_digit(sql_[exponent])) return false;
      while (exponent < sql_.size() && is_digit(sql_[exponent])) ++exponent;
      end = exponent;
    }
    if (end < sql_.size() && (continues_word(sql_[end]) || sql_[end] == '$')) return false;
    emit(SqlTokenType::kNumber, end);
    return true;
  }

  [[nodiscard]] bool word() {
    std::size_t end = at_;
    while (end < sql_.size() && (continues_word(sql_[end]) || sql_[end] == '$')) ++end;
    const bool escape_string = end == at_ + 1 && (sql_[at_] == 'e' || sql_[at_] == 'E') && is(SqlDialect::kPostgres);
    if (escape_string && end < sql_.size() && sql_[end] == '\'') {
      return quoted(SqlTokenType::kString, end, '\'', true);
    }
    emit(SqlTokenType::kWord, end);
    return true;
  }

  std::string_view sql_;
  SqlDialect dialect_;
  std::size_t at_ = 0;
  std::vector<SqlToken> tokens_;
};

}  // namespace

SqlDialect sql_dialect_of(std::string_view provider) {
  if (provider.empty()) return SqlDialect::kUnknown;
  if (provider == "postgresql" || provider == "postgres" || provider == "cockroachdb") return SqlDialect::kPostgres;
  if (provider == "mysql") return SqlDialect::kMysql;
  if (provider == "sqlite") return SqlDialect::kSqlite;
  return SqlDialect::kOther;
}

std::optional<std::vector<SqlToken>> lex_sql(std::string_view sql, SqlDialect dialect) {
  if (dialect == SqlDialect::kOther || sql.size() > kLongestSqlRead) return std::nullopt;
  if (sql.find('\0') != std::string_view::npos) return std::nullopt;
  Lexer lexer(sql, dialect);
  if (!lexer.run()) return std::nullopt;
  return lexer.take();
}

}  // namespace resilience
