#include "core/sql_mark.h"

#include <charconv>
#include <cstddef>
#include <set>
#include <span>
#include <vector>

#include "core/sql_tokens.h"

namespace resilience {
namespace {

using Tokens = std::span<const SqlToken>;

constexpr std::string_view kResult = "resilience_result";
constexpr std::string_view kMark = "resilience_mark";
constexpr std::array<std::string_view, 3> kStarts{"insert", "update", "delete"};
// Every row has them; a row that was kept does not.
constexpr std::array<std::string_view, 6> kSystemColumns{"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"};

// Only a word that is reserved in PostgreSQL stands for itself wherever it is, but behind a dot and behind AS.
bool is_keyword(Tokens tokens, std::size_t i, std::string_view word) {
  return is_word(tokens[i], word) && (i == 0 || (!is_symbol(tokens[i - 1], '.') && !is_word(tokens[i - 1], "as")));
}

std::string plain(std::string_view name) {
  std::string folded(name);
  std::ranges::transform(folded, folded.begin(), lower);
  return folded;
}

// As PostgreSQL compares names: without quotes, and folded where it has none.
std::string folded(const SqlToken& name) {
  if (name.type == SqlTokenType::kWord) return plain(name.text);
  return std::string(name.text.substr(1, name.text.size() - 2));
}

class Reader {
 public:
  Reader(std::string_view sql, Tokens tokens) : sql_(sql), tokens_(tokens) {}

  [[nodiscard]] std::size_t begin_of(std::size_t i) const {
    return static_cast<std::size_t>(tokens_[i].text.data() - sql_.data());
  }
  [[nodiscard]] std::size_t end_of(std::size_t i) const { return begin_of(i) + tokens_[i].text.size(); }
  [[nodiscard]] std::string_view between(std::size_t begin, std::size_t end) const {
    return sql_.substr(begin, end - begin);
  }

  [[nodiscard]] bool at(std::size_t i, std::string_view word) const {
    return i < tokens_.size() && is_word(tokens_[i], word);
  }
  [[nodiscard]] bool symbol_at(std::size_t i, char symbol) const {
    return i < tokens_.size() && is_symbol(tokens_[i], symbol);
  }
  [[nodiscard]] bool name_at(std::size_t i) const { return i < tokens_.size() && is_name(tokens_[i]); }

  // Behind the parenthesis that closes the one at `i`.
  [[nodiscard]] std::optional<std::size_t> behind_parentheses(std::size_t i) const {
    std::size_t depth = 0;
    for (; i < tokens_.size(); ++i) {
      if (is_symbol(tokens_[i], '(')) ++depth;
      if (is_symbol(tokens_[i], ')') && --depth == 0) return i + 1;
    }
    return std::nullopt;
  }

 protected:
  std::string_view sql_;
  Tokens tokens_;
};

// WITH [RECURSIVE] name [(columns)] AS [[NOT] MATERIALIZED] (…), … and then the statement proper.
class LeadingWith : public Reader {
 public:
  using Reader::Reader;

  // Where the statement proper begins: 0 where there is no WITH. Nothing: not understood.
  [[nodiscard]] std::optional<std::size_t> end() const {
    if (!at(0, "with")) return 0;
    std::size_t i = at(1, "recursive") ? 2 : 1;
    while (true) {
      if (!name_at(i)) return std::nullopt;
      ++i;
      if (symbol_at(i, '(') && !skip_parentheses(i)) return std::nullopt;
      if (!at(i, "as")) return std::nullopt;
      ++i;
      if (at(i, "not")) ++i;
      if (at(i, "materialized")) ++i;
      if (!symbol_at(i, '(') || !skip_parentheses(i)) return std::nullopt;
      if (!symbol_at(i, ',')) return i;
      ++i;
    }
  }

 private:
  [[nodiscard]] bool skip_parentheses(std::size_t& i) const {
    const auto behind = behind_parentheses(i);
    if (behind) i = *behind;
    return behind.has_value();
  }
};

// One column of a RETURNING list: [qualifiers.]name[::type].
struct Column {
  SqlToken name;
  std::string_view cast{};  // '::text', or nothing
};

// What RETURNING promises, where it can be had again from the row of the marker table.
class ReturningList : public Reader {
 public:
  ReturningList(std::string_view sql, Tokens tokens, std::size_t begin) : Reader(sql, tokens), at_(begin) {}

  // Empty: `*`. Nothing: expressions, aliases, or names that say nothing about the table.
  [[nodiscard]] std::optional<std::vector<Column>> read() {
    std::vector<Column> columns;
    std::set<std::string> names;
    while (true) {
      while (name_at(at_) && symbol_at(at_ + 1, '.')) at_ += 2;
      if (symbol_at(at_, '*')) {
        const bool alone = at_ + 1 == tokens_.size() && columns.empty();
        return alone ? std::optional(columns) : std::nullopt;
      }
      if (!name_at(at_)) return std::nullopt;
      Column column{.name = tokens_[at_]};
      if (!names.insert(folded(column.name)).second || is_system_column(column.name)) return std::nullopt;
      ++at_;
      read_cast(column);
      columns.push_back(column);
      if (at_ == tokens_.size()) return columns;
      if (!symbol_at(at_, ',')) return std::nullopt;
      ++at_;
    }
  }

 private:
  static bool is_system_column(const SqlToken& name) {
    const std::string known = folded(name);
    return std::ranges::find(kSystemColumns, known) != kSystemColumns.end();
  }

  // ::name, ::"schema"."name", ::numeric(10, 2), ::text[]. What else follows a column is left to who reads on.
  void read_cast(Column& column) {
    if (!symbol_at(at_, ':') || !symbol_at(at_ + 1, ':') || !name_at(at_ + 2)) return;
    const std::size_t begin = begin_of(at_);
    at_ += 3;
    while (symbol_at(at_, '.') && name_at(at_ + 1)) at_ += 2;
    if (symbol_at(at_, '(')) at_ = behind_parentheses(at_).value_or(at_);
    while (symbol_at(at_, '[') && symbol_at(at_ + 1, ']')) at_ += 2;
    column.cast = between(begin, end_of(at_ - 1));
  }

  std::size_t at_;
};

// INSERT, UPDATE or DELETE, without a WITH before it.
class Change : public Reader {
 public:
  using Reader::Reader;

  [[nodiscard]] bool is_one() const { return !tokens_.empty() && is_one_of(tokens_.front(), kStarts); }

  // Finds RETURNING and what joins other tables. False: not understood.
  [[nodiscard]] bool scan() {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (is_symbol(tokens_[i], '(')) ++depth;
      if (is_symbol(tokens_[i], ')') && depth-- == 0) return false;
      if (depth > 0) continue;
      if (is_keyword(tokens_, i, "returning")) {
        if (returning_) return false;
        returning_ = i;
      }
      const bool from = i > 1 && is_keyword(tokens_, i, "from") && !is_word(tokens_[i - 1], "distinct");
      const bool other_table = from || is_keyword(tokens_, i, "using");
      joins_ = joins_ || (other_table && !is_word(tokens_.front(), "insert"));
    }
    return depth == 0;
  }

  [[nodiscard]] bool has_returning() const { return returning_.has_value(); }

  // INSERT INTO table (columns) VALUES ($n or DEFAULT, …) RETURNING …, which answers each of these columns as it is.
  // REQUIRES: recall() has an answer.
  [[nodiscard]] bool answers_what_it_writes() const {
    if (!at(0, "insert")) return false;
    std::size_t i = 3;
    while (symbol_at(i, '.') && name_at(i + 1)) i += 2;
    if (!symbol_at(i, '(')) return false;
    std::set<std::string> written;
    do {
      if (!name_at(++i)) return false;
      written.insert(folded(tokens_[i]));
      ++i;
    } while (symbol_at(i, ','));
    if (!symbol_at(i, ')') || !at(i + 1, "values") || !symbol_at(i + 2, '(')) return false;
    i += 2;
    do {
      ++i;
      if (i >= *returning_) return false;
      const SqlToken& value = tokens_[i];
      const bool parameter = value.type == SqlTokenType::kNumber && value.text.front() == '$';
      if (!parameter && !is_word(value, "default")) return false;
      ++i;
    } while (symbol_at(i, ','));
    if (!symbol_at(i, ')') || i + 1 != *returning_) return false;
    const auto columns = ReturningList(sql_, tokens_, *returning_ + 1).read();
    for (const Column& column : *columns) {
      if (column.cast.empty()) written.erase(folded(column.name));
    }
    return written.empty();
  }

  // A SELECT of the rows that RETURNING has answered with, from their JSON. Nothing: they could not be had again.
  [[nodiscard]] std::optional<std::string> recall(std::string_view table) const {
    const auto target = target_table();
    if (!returning_ || joins_ || !target) return std::nullopt;
    auto columns = ReturningList(sql_, tokens_, *returning_ + 1).read();
    if (!columns) return std::nullopt;
    std::string list;
    for (const Column& column : *columns) {
      if (!list.empty()) list += ", ";
      list.append(column.name.text).append(column.cast);
    }
    return "SELECT " + (list.empty() ? std::string("*") : list) +
           " FROM json_populate_recordset(NULL::" + std::string(*target) + ", (SELECT result FROM " +
           std::string(table) + " WHERE token = $1::uuid))";
  }

 private:
  // As it is written, for NULL::table.
  [[nodiscard]] std::optional<std::string_view> target_table() const {
    std::size_t i = 1;
    if (at(0, "insert") && !at(i, "into")) return std::nullopt;
    if (at(0, "delete") && !at(i, "from")) return std::nullopt;
    if (!at(0, "update")) ++i;
    if (at(i, "only")) ++i;
    if (!name_at(i)) return std::nullopt;
    const std::size_t begin = begin_of(i);
    while (symbol_at(i + 1, '.') && name_at(i + 2)) i += 2;
    return between(begin, end_of(i));
  }

  std::optional<std::size_t> returning_{};
  bool joins_ = false;
};

// The highest $n. Nothing: not a number that PostgreSQL takes.
std::optional<std::uint32_t> highest_parameter(Tokens tokens) {
  std::uint32_t highest = 0;
  for (const SqlToken& token : tokens) {
    if (token.text.front() != '$' || token.type != SqlTokenType::kNumber) continue;
    std::uint32_t number = 0;
    const char* const end = token.text.data() + token.text.size();
    const auto [stopped_at, error] = std::from_chars(token.text.data() + 1, end, number);
    if (error != std::errc{} || stopped_at != end) return std::nullopt;
    highest = std::max(highest, number);
  }
  return highest;
}

// The names that the rewriting brings in would hide tables of the same names.
bool uses_our_names(Tokens tokens) {
  return std::ranges::any_of(tokens, [](const SqlToken& token) {
    if (!is_name(token)) return false;
    const std::string name = folded(token);
    return name == kResult || name == kMark;
  });
}

std::string mark_part(const MarkRequest& request, std::string_view result) {
  return ", " + std::string(kMark) + " AS (INSERT INTO " + std::string(request.table) + " (token, result) SELECT $" +
         std::to_string(request.parameters + 1) + "::uuid, " + std::string(result) + " FROM " + std::string(kResult) +
         " AS r) ";
}

}  // namespace

std::optional<MarkedSql> mark_sql(std::string_view sql, SqlDialect dialect, const MarkRequest& request) {
  if (dialect != SqlDialect::kPostgres) return std::nullopt;
  const auto lexed = lex_sql(sql, dialect);
  if (!lexed) return std::nullopt;
  Tokens tokens(*lexed);
  while (!tokens.empty() && is_symbol(tokens.back(), ';')) tokens = tokens.first(tokens.size() - 1);
  if (tokens.empty() || std::ranges::any_of(tokens, [](const SqlToken& token) { return is_symbol(token, ';'); })) {
    return std::nullopt;
  }
  if (highest_parameter(tokens) != request.parameters || request.parameters >= kMostParameters) return std::nullopt;
  if (uses_our_names(tokens)) return std::nullopt;

  const auto start = LeadingWith(sql, tokens).end();
  if (!start) return std::nullopt;
  Change change(sql, tokens.subspan(*start));
  if (!change.is_one() || !change.scan()) return std::nullopt;

  const Reader whole(sql, tokens);
  const std::size_t begin = whole.begin_of(*start);
  const std::size_t end = whole.end_of(tokens.size() - 1);
  const bool rows = request.wants_rows && change.has_returning();
  MarkedSql marked;
  marked.answer = rows ? MarkedAnswer::kRows : MarkedAnswer::kCount;
  if (rows) {
    auto recall = change.recall(request.table);
    if (!recall) return std::nullopt;
    marked.recall = std::move(*recall);
    marked.may_be_prepared = *start == 0 && change.answers_what_it_writes();
  } else {
    marked.recall = "SELECT result::text FROM " + std::string(request.table) + " WHERE token = $1::uuid";
  }
  marked.text.append(sql.substr(0, begin)).append(*start == 0 ? "WITH " : ", ").append(kResult).append(" AS (");
  marked.text.append(whole.between(begin, end)).append(change.has_returning() ? ")" : " RETURNING 1)");
  marked.text.append(mark_part(request, rows ? "json_agg(r)" : "to_json(count(*))"));
  marked.text.append(rows ? "SELECT * FROM " : "SELECT count(*)::text FROM ").append(kResult);
  marked.text.append(sql.substr(end));
  return marked;
}

}  // namespace resilience
