#include "core/sql_kind.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "core/sql_tokens.h"
#include "core/sql_vocabulary.h"

namespace resilience {
namespace {

using Tokens = std::span<const SqlToken>;

constexpr std::array<std::string_view, 4> kQueryStarts{"select", "with", "values", "table"};

// Each is one transaction, or no change at all, in every dialect.
constexpr std::array<std::string_view, 12> kAtomicStarts{"select", "with",  "values",  "table", "insert",  "update",
                                                         "delete", "merge", "replace", "show",  "explain", "pragma"};

constexpr std::array<std::string_view, 13> kTransactionStarts{"begin", "start",     "commit",  "end",     "rollback",
                                                              "abort", "savepoint", "release", "prepare", "set",
                                                              "xa",    "lock",      "declare"};

constexpr std::array<std::string_view, 4> kSessionLocks{"pg_advisory_lock", "pg_advisory_lock_shared",
                                                        "pg_try_advisory_lock", "pg_try_advisory_lock_shared"};

constexpr std::array<std::string_view, 32> kExplainOptions{
    "analyze", "analyse",   "verbose",  "costs",      "buffers",     "timing",        "format",  "json",
    "text",    "xml",       "yaml",     "tree",       "settings",    "wal",           "summary", "generic_plan",
    "memory",  "serialize", "none",     "binary",     "on",          "off",           "true",    "false",
    "query",   "plan",      "extended", "partitions", "traditional", "skip_constant", "distsql", "vec"};

// One statement.
class Statement {
 public:
  // Nothing: its parentheses do not match.
  static std::optional<Statement> of(Tokens tokens, SqlDialect dialect) {
    Statement statement(tokens, dialect);
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (is_symbol(tokens[i], '(')) open.push_back(i);
      if (!is_symbol(tokens[i], ')')) continue;
      if (open.empty()) return std::nullopt;
      statement.partner_[open.back()] = i;
      statement.partner_[i] = open.back();
      open.pop_back();
    }
    if (!open.empty()) return std::nullopt;
    return statement;
  }

  [[nodiscard]] bool may_commit_inside() const { return !is_one_of(first_word(), kAtomicStarts); }

  [[nodiscard]] bool may_end_transaction() const { return is_one_of(first_word(), kTransactionStarts); }

  [[nodiscard]] bool holds_session() const {
    if (dialect_ != SqlDialect::kPostgres) return false;
    const SqlToken& first = first_word();
    if (is_word(first, "listen") || is_word(first, "load")) return true;
    if (is_word(first, "set")) return !is_at(1, "local") && !is_at(1, "transaction") && !is_at(1, "constraints");
    if (is_word(first, "prepare")) return !is_at(1, "transaction");
    if (is_word(first, "declare")) return has_pair("with", "hold");
    if (is_word(first, "create"))
      return is_temporary(1) || ((is_at(1, "local") || is_at(1, "global")) && is_temporary(2));
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (is_word(tokens_[i], "into") && is_temporary(i + 1)) return true;
      if (!is_symbol_at(i + 1, '(')) continue;
      if (is_one_of(tokens_[i], kSessionLocks)) return true;
      if (is_word(tokens_[i], "set_config") && !sets_for_its_transaction(i)) return true;
    }
    return false;
  }

  [[nodiscard]] bool is_read() const {
    const SqlToken& first = first_word();
    if (is_word(first, "pragma")) return is_reading_pragma_statement();
    if (is_word(first, "explain")) return explains_query() && is_harmless(1);
    if (is_word(first, "show")) return is_harmless(1);
    return is_one_of(first, kQueryStarts) && is_harmless(0);
  }

 private:
  Statement(Tokens tokens, SqlDialect dialect)
      : tokens_(tokens), dialect_(dialect), first_(behind_parentheses(tokens)), partner_(tokens.size()) {}

  static SqlToken behind_parentheses(Tokens tokens) {
    const auto found = std::ranges::find_if(tokens, [](const SqlToken& token) { return !is_symbol(token, '('); });
    return found == tokens.end() ? tokens.front() : *found;
  }

  [[nodiscard]] const SqlToken& first_word() const { return first_; }

  // An index before the first token wraps, and is as far beyond the last.
  [[nodiscard]] bool is_at(std::size_t i, std::string_view word) const {
    return i < tokens_.size() && is_word(tokens_[i], word);
  }
  [[nodiscard]] bool is_symbol_at(std::size_t i, char symbol) const {
    return i < tokens_.size() && is_symbol(tokens_[i], symbol);
  }

  [[nodiscard]] bool is_temporary(std::size_t i) const { return is_at(i, "temp") || is_at(i, "temporary"); }

  [[nodiscard]] bool has_pair(std::string_view one, std::string_view other) const {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (is_at(i, one) && is_at(i + 1, other)) return true;
    }
    return false;
  }

  // EXPLAIN, its options, and a query: anything else that it can explain is not looked into.
  [[nodiscard]] bool explains_query() const {
    if (!is_word(tokens_.front(), "explain")) return false;
    for (const SqlToken& token : tokens_.subspan(1)) {
      if (is_one_of(token, kQueryStarts)) return true;
      if (token.type == SqlTokenType::kWord && !is_one_of(token, kExplainOptions)) return false;
    }
    return false;
  }

  [[nodiscard]] bool is_reading_pragma_statement() const {
    Tokens rest = tokens_.subspan(1);
    if (rest.size() >= 3 && is_symbol(rest[1], '.')) rest = rest.subspan(2);
    if (rest.empty() || rest.front().type != SqlTokenType::kWord) return false;
    const std::string_view name = rest.front().text;
    if (rest.size() == 1) return is_reading_pragma(name) || is_pragma_reading_without_argument(name);
    return is_reading_pragma(name) && is_symbol(rest[1], '(');
  }

  [[nodiscard]] bool is_harmless(std::size_t from) const {
    for (std::size_t i = from; i < tokens_.size(); ++i) {
      if (may_write(i)) return false;
    }
    return true;
  }

  [[nodiscard]] bool may_write(std::size_t i) const {
    const SqlToken& token = tokens_[i];
    switch (token.type) {
      case SqlTokenType::kString:
      case SqlTokenType::kNumber: return false;
      case SqlTokenType::kSymbol:  // an assignment to a variable of MySQL's
        return is_symbol(token, ':') && is_symbol_at(i + 1, '=');
      case SqlTokenType::kQuotedName: return is_symbol_at(i + 1, '(') && !is_alias_with_columns(i);
      case SqlTokenType::kWord: break;
    }
    // A name behind a dot is no keyword, but MariaDB's sequence.nextval moves the sequence.
    if (is_sql_writing_word(token.text) && (!follows_dot(i) || is_word(token, "nextval"))) return true;
    if (is_word(token, "for") && (is_at(i + 1, "share") || is_at(i + 1, "key"))) return true;
    if (is_word(token, "lock") && is_at(i + 1, "in")) return true;
    if (is_word(token, "next") && is_at(i + 1, "value")) return true;
    return is_symbol_at(i + 1, '(') && calls_something(i);
  }

  [[nodiscard]] bool follows_dot(std::size_t i) const { return is_symbol_at(i - 1, '.'); }

  // A word before a parenthesis calls a function, unless the grammar says that it cannot.
  [[nodiscard]] bool calls_something(std::size_t i) const {
    const std::string_view word = tokens_[i].text;
    if (follows_dot(i)) {
      const bool built_in = is_at(i - 2, "pg_catalog") && !follows_dot(i - 2);
      return !built_in || (!is_harmless_sql_function(word) && !sets_for_its_transaction(i));
    }
    if (sets_for_its_transaction(i)) return false;
    return !is_sql_syntax_word(word, dialect_) && !is_harmless_sql_function(word) && !is_alias_with_columns(i);
  }

  // set_config(…, true): the setting ends with the transaction, and no row is written.
  [[nodiscard]] bool sets_for_its_transaction(std::size_t i) const {
    if (dialect_ != SqlDialect::kPostgres || !is_word(tokens_[i], "set_config")) return false;
    const std::size_t end = partner_[i + 1];
    return is_word(tokens_[end - 1], "true") && is_symbol(tokens_[end - 2], ',');
  }

  // AS t (a, b) · ) t (a, b) · ) OVER (…) · ::numeric(10, 2) · WITH t (a, b) AS (…), u (c) AS (…)
  [[nodiscard]] bool is_alias_with_columns(std::size_t i) const {
    if (is_symbol_at(i - 1, ')')) return !is_distinct_on(partner_[i - 1]);
    if (is_at(i - 1, "as") || is_at(i - 1, "with") || is_at(i - 1, "recursive")) return true;
    if (is_symbol_at(i - 1, ':')) return is_symbol_at(i - 2, ':');
    return is_symbol_at(i - 1, ',') && names_common_table(i);
  }

  // SELECT DISTINCT ON (a) f(b): the parenthesis that opens at `i` is followed by an expression.
  [[nodiscard]] bool is_distinct_on(std::size_t i) const { return is_at(i - 1, "on") && is_at(i - 2, "distinct"); }

  // `f (…) AS (` begins a common table only if a query follows; f(…) AS (a int) calls f.
  [[nodiscard]] bool names_common_table(std::size_t i) const {
    std::size_t next = partner_[i + 1] + 1;
    if (!is_at(next, "as")) return false;
    ++next;
    if (is_at(next, "not")) ++next;
    if (is_at(next, "materialized")) ++next;
    if (!is_symbol_at(next, '(')) return false;
    const SqlToken& inside = tokens_[next + 1];  // at the least, what closes it
    return is_symbol(inside, '(') || is_one_of(inside, kQueryStarts);
  }

  Tokens tokens_;
  SqlDialect dialect_;
  SqlToken first_;
  std::vector<std::size_t> partner_;  // of each parenthesis
};

}  // namespace

SqlKind sql_kind(std::string_view sql, SqlDialect dialect) {
  constexpr SqlKind kInDoubt{};
  const auto lexed = lex_sql(sql, dialect);
  if (!lexed) return kInDoubt;

  std::size_t statements = 0;
  bool all_read = true;
  bool may_commit_inside = false;
  bool may_end_transaction = false;
  bool holds_session = false;
  Tokens rest(*lexed);
  while (!rest.empty()) {
    const auto end = std::ranges::find_if(rest, [](const SqlToken& token) { return is_symbol(token, ';'); });
    const auto length = static_cast<std::size_t>(end - rest.begin());
    if (length > 0) {
      const auto statement = Statement::of(rest.first(length), dialect);
      if (!statement) return kInDoubt;
      ++statements;
      all_read = all_read && statement->is_read();
      may_commit_inside = may_commit_inside || statement->may_commit_inside();
      may_end_transaction = may_end_transaction || statement->may_end_transaction();
      holds_session = holds_session || statement->holds_session();
    }
    rest = rest.subspan(std::min(length + 1, rest.size()));
  }
  if (statements == 0) return kInDoubt;
  return {.kind = all_read ? OperationKind::kRead : OperationKind::kWrite,
          .may_commit_inside = may_commit_inside || (statements > 1 && !all_read),
          .may_end_transaction = may_end_transaction || statements > 1,
          .holds_session = holds_session};
}

}  // namespace resilience
