#include "io/secret_spans.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>

#include "core/ascii.h"
#include "io/redact.h"
#include "io/secret_keys.h"

namespace resilience {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kEndsToken = " \t\r\n\"'`<>";
constexpr std::string_view kEndsEncoded = " \t\r\n\"<>&#";
constexpr std::string_view kQuotes = "\"'`";
constexpr std::size_t kFarthestAt = 1024;          // how far behind a URL with blanks its '@' is looked for
constexpr std::size_t kFarthestDollarQuote = 512;  // beyond it, all that follows counts as quoted
constexpr std::size_t kFarthestBracket = 1024;     // how far behind an opening one the closing one is looked for
constexpr std::size_t kLongestEncoded = 2048;      // of a percent-encoded text that is looked at from its beginning
constexpr std::size_t kFarthestBy = 4;             // IDENTIFIED WITH some_plugin BY 'secret'

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_word(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
}
bool is_of_name(char c) {
  return is_word(c) || c == '-' || c == '.' || c == '%';
}
bool equal_letters(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}

// A run of text without blanks and quotes, looked at once however many "://" it holds.
struct Token {
  std::size_t end = 0;
  std::size_t last_at = kNone;
  std::optional<std::size_t> later_at;  // an '@' behind its end
};

class Finder {
 public:
  explicit Finder(std::string_view text) : text_(text) {}

  std::vector<SecretSpan> run() {
    std::size_t i = 0;
    while (i < text_.size()) {
      // What reaches to the text's end leaves nothing to look for: a scan from within it would only cost time.
      if (!spans_.empty() && spans_.back().end == text_.size() && spans_.back().begin <= i) break;
      if (text_[i] == ':' && text_.substr(i, 3) == "://") {
        i = after_url(i + 3);
      } else if (is_of_name(text_[i])) {
        i = after_name(i);
      } else {
        ++i;
      }
    }
    std::sort(spans_.begin(), spans_.end(), [](const SecretSpan& a, const SecretSpan& b) { return a.begin < b.begin; });
    return std::move(spans_);
  }

 private:
  // Answers from where to look on: a quoted value is looked into, as what looks like its end may be the beginning of
  // another one.
  std::size_t hide(std::size_t begin, std::size_t end, std::size_t go_on) {
    const bool is_hidden = text_.substr(begin, end - begin) == kRedacted;
    if (begin < end && !is_hidden) spans_.push_back({begin, end});
    return go_on;
  }

  // --- URLs ---

  std::size_t after_url(std::size_t begin) {
    if (begin > token_.end) token_ = token_from(begin);
    const std::size_t colon = text_.find(':', begin);
    if (colon >= token_.end) return begin;
    const std::size_t first = colon + 1;
    const bool in_path = text_.substr(begin, colon - begin).find_first_of("/?") != kNone;
    if (token_.last_at != kNone && token_.last_at > colon) {
      // It may be the colon of a value in the query: then there are names before it.
      const auto go_on = [&](std::size_t at) { return in_path ? begin : at; };
      if (text_.substr(first, token_.last_at - first) == kRedacted) return go_on(token_.last_at);
      // A password with a blank or a quote in it has its '@' later, whatever stands before the blank.
      const std::size_t at = token_.later_at.value_or(token_.last_at);
      return hide(first, at, go_on(at));
    }
    if (token_.last_at != kNone) return begin;  // it stands in the user's name
    if (in_path || text_[begin] == '[') return begin;
    const std::string_view rest = text_.substr(first, token_.end - first);
    if (is_port(rest, token_.later_at.has_value())) return begin;
    const std::size_t end = token_.later_at.value_or(token_.end);
    return hide(first, end, end);
  }

  [[nodiscard]] Token token_from(std::size_t begin) const {
    const std::size_t end = std::min(text_.find_first_of(kEndsToken, begin), text_.size());
    const std::size_t at = text_.substr(begin, end - begin).rfind('@');
    return {end, at == kNone ? at : begin + at, later_at(end)};
  }

  // The last '@' on this line, before another URL begins.
  [[nodiscard]] std::optional<std::size_t> later_at(std::size_t from) const {
    std::string_view rest = text_.substr(from, kFarthestAt);
    rest = rest.substr(0, std::min({rest.find('\n'), rest.find("://"), rest.size()}));
    const std::size_t at = rest.rfind('@');
    return at == kNone ? std::nullopt : std::optional(from + at);
  }

  // Whether `rest`, which follows the first colon of an authority, is a port and no password. `at_follows`: digits
  // before a blank may be the beginning of one.
  static bool is_port(std::string_view rest, bool at_follows) {
    const auto digits = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_digit) - rest.begin());
    if (digits == 0) return false;
    if (digits == rest.size()) return !at_follows;
    if (std::string_view("/?#,)").find(rest[digits]) != kNone) return true;
    const bool one_sign_follows = digits + 1 == rest.size() && !is_word(rest[digits]);
    return one_sign_follows && (!at_follows || std::string_view(".;").find(rest[digits]) != kNone);
  }

  // --- names and values ---

  std::size_t after_name(std::size_t begin) {
    const auto found = std::find_if_not(text_.begin() + static_cast<std::ptrdiff_t>(begin), text_.end(), is_of_name);
    const auto end = static_cast<std::size_t>(found - text_.begin());
    const std::string_view name = text_.substr(begin, end - begin);
    if (name.ends_with("-----BEGIN") || name == "-----BEGIN") return after_private_key(begin, end);
    if (name.find('%') != kNone) {
      if (const auto go_on = after_encoded(begin, end)) return *go_on;
    }
    KeyKind kind = kind_of_key(name);
    if (since_identified_ < kFarthestBy && is_before_identity(name)) kind = KeyKind::kPassword;
    since_identified_ = equal_letters(name, "identified") ? 0 : since_identified_ + 1;
    if (kind == KeyKind::kPlain) return end;
    const bool in_query = begin > 0 && (text_[begin - 1] == '?' || text_[begin - 1] == '&' || text_[begin - 1] == ';');
    const bool is_option = name.starts_with("--");
    return after_key(end, kind, in_query, is_option);
  }

  static bool is_before_identity(std::string_view name) {
    return equal_letters(name, "by") || equal_letters(name, "as") || equal_letters(name, "using");
  }

  std::size_t after_private_key(std::size_t begin, std::size_t end) {
    const std::string_view label = text_.substr(end, 32);
    if (label.find("PRIVATE KEY-----") == kNone) return end;
    const std::size_t closing = text_.find("-----END", end);
    const std::size_t last = closing == kNone ? text_.size() : closing;
    return hide(begin, last, last);
  }

  // postgres%3A%2F%2Fuser%3Asecret%40host, password%3Dsecret, and %22password%22%3A%22secret%22. Some signs are left as
  // they are by whoever encodes: only `name` ends with them.
  std::optional<std::size_t> after_encoded(std::size_t begin, std::size_t name_end) {
    const std::string_view text = encoded_from(begin);
    const std::string_view name = text_.substr(begin, name_end - begin);
    const std::string_view scheme_end = "%3a%2f%2f";
    for (std::size_t i = 0; i + 2 < std::min(name.size(), text.size()); ++i) {
      if (name[i] != '%') continue;
      if (equal_letters(text.substr(i, scheme_end.size()), scheme_end)) {
        std::size_t colon = i + scheme_end.size();
        while (colon < text.size() && !equal_letters(text.substr(colon, 3), "%3a")) ++colon;
        std::size_t at = text.size() - std::min<std::size_t>(text.size(), 3);
        while (at > colon && !equal_letters(text.substr(at, 3), "%40")) --at;
        if (at > colon) return hide(begin + colon + 3, begin + at, begin + at);
        return std::nullopt;
      }
      if (!is_secret_key(name.substr(0, i))) continue;
      const std::size_t sign = skip_encoded(text, i, {"%22", "%27", "%5c", "%5d", "%20"});
      const std::string_view found = text.substr(std::min(sign, text.size()), 3);
      if (!equal_letters(found, "%3d") && !equal_letters(found, "%3a")) continue;
      const std::size_t value = skip_encoded(text, sign + 3, {"%22", "%27", "%5c", "%20"});
      return hide(begin + value, begin + text.size(), begin + text.size());
    }
    return std::nullopt;
  }

  // From `begin` to a sign that no encoding leaves.
  std::string_view encoded_from(std::size_t begin) {
    if (begin >= encoded_end_) encoded_end_ = std::min(text_.find_first_of(kEndsEncoded, begin), text_.size());
    return text_.substr(begin, std::min(encoded_end_ - begin, kLongestEncoded));
  }

  static std::size_t skip_encoded(std::string_view text, std::size_t i, std::initializer_list<std::string_view> signs) {
    const auto is_here = [&](std::string_view sign) {
      return i + 3 <= text.size() && equal_letters(text.substr(i, 3), sign);
    };
    while (std::any_of(signs.begin(), signs.end(), is_here)) i += 3;
    return i;
  }

  std::size_t after_key(std::size_t after, KeyKind kind, bool in_query, bool is_option) {
    std::size_t i = after;
    // The end of a quoted name, however often it was quoted; of one in brackets: config["password"], Key
    // (password)=(…).
    while (at(i) == '\\') ++i;
    if (kQuotes.find(at(i)) != kNone) ++i;
    if (at(i) == ',') i = behind_other_columns(i).value_or(i);
    if (at(i) == ']' || at(i) == ')') ++i;
    const bool has_space = is_space(at(i));
    i = skip_spaces(i);
    bool has_sign = at(i) == '=' || at(i) == ':';
    if (has_sign) {
      ++i;
      if (at(i) == '=' || at(i) == '>') ++i;
      i = skip_spaces(i);
    } else {
      has_sign = is_option && has_space && at(i) != '-';
    }
    if (const auto go_on = after_literal(i, has_sign || kind == KeyKind::kPassword)) return *go_on;
    if (has_sign) {
      if (const auto go_on = after_bracket(i)) return *go_on;
    } else if (kind == KeyKind::kPassword && at(i) == '(') {  // SQL's function
      if (const auto go_on = after_literal(skip_spaces(i + 1), true)) return *go_on;
    }
    if (!has_sign || i >= text_.size()) return after;
    std::size_t end = i;
    while (end < text_.size() && !is_space(text_[end])) {
      if (in_query && (text_[end] == '&' || text_[end] == '#' || text_[end] == '"')) break;
      if (!in_query && text_[end] == '\\') ++end;
      ++end;
    }
    end = std::min(end, text_.size());
    return hide(i, end, end);
  }

  // Key (token, email)=(…): at the bracket that closes the names.
  [[nodiscard]] std::optional<std::size_t> behind_other_columns(std::size_t comma) const {
    const std::string_view rest = text_.substr(comma, kFarthestBracket);
    const std::size_t close = rest.find_first_of("()\n");
    if (close == kNone || !rest.substr(close).starts_with(")=(")) return std::nullopt;
    return comma + close;
  }

  // Values in brackets, blanks and all: of PostgreSQL's keys up to the last closing one on the line.
  std::optional<std::size_t> after_bracket(std::size_t i) {
    const std::size_t kind = std::string_view("([{").find(at(i));
    if (kind == kNone || at(i) == '\0') return std::nullopt;
    std::string_view rest = text_.substr(i, kFarthestBracket);
    rest = rest.substr(0, rest.find('\n'));
    const char closing = ")]}"[kind];
    const std::size_t found = kind == 0 ? rest.rfind(closing) : rest.find(closing);
    if (found == kNone) return std::nullopt;
    return hide(i, i + found + 1, i + found + 1);
  }

  // A quoted value at `i`: of JSON and JavaScript, also one that was quoted again; of SQL, with its prefixes.
  std::optional<std::size_t> after_literal(std::size_t i, bool may_be) {
    if (!may_be) return std::nullopt;
    if (at(i) == '$') return after_dollar_quote(i);
    std::size_t quote = i;
    if (std::string_view("eEnNbBxX").find(at(i)) != kNone && at(i) != '\0') ++quote;
    if ((at(i) == 'u' || at(i) == 'U') && at(i + 1) == '&') quote = i + 2;
    std::size_t backslashes = 0;
    while (at(quote) == '\\') ++quote, ++backslashes;
    if (at(quote) == '\0' || kQuotes.find(at(quote)) == kNone) return std::nullopt;
    hide(quote + 1, end_of_quoted(quote, backslashes), 0);
    return quote + 1;
  }

  // `escapes`: the backslashes before the opening quote, of which the closing one has no more.
  [[nodiscard]] std::size_t end_of_quoted(std::size_t open, std::size_t escapes) const {
    std::size_t backslashes = 0;
    for (std::size_t i = open + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++backslashes;
        continue;
      }
      if (text_[i] == text_[open]) {
        const bool closes = escapes == 0 ? backslashes % 2 == 0 : backslashes <= escapes;
        const bool is_doubled = escapes == 0 && at(i + 1) == text_[open];
        if (closes && !is_doubled) return i - (escapes == 0 ? 0 : backslashes);
        if (closes) ++i;
      }
      backslashes = 0;
    }
    return text_.size();
  }

  // $$…$$ and $tag$…$tag$
  std::optional<std::size_t> after_dollar_quote(std::size_t i) {
    std::size_t end = i + 1;
    while (is_word(at(end))) ++end;
    if (at(end) != '$') return std::nullopt;
    const std::string_view tag = text_.substr(i, end + 1 - i);
    const std::size_t begin = end + 1;
    const std::size_t closing = text_.substr(begin, kFarthestDollarQuote).find(tag);
    const std::size_t last = closing == kNone ? text_.size() : begin + closing;
    return hide(begin, last, begin);
  }

  [[nodiscard]] std::size_t skip_spaces(std::size_t i) const {
    while (is_space(at(i))) ++i;
    return i;
  }
  // '\0' beyond the end, which is no character that means anything here.
  [[nodiscard]] char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  std::string_view text_;
  Token token_;
  std::size_t encoded_end_ = 0;
  std::size_t since_identified_ = kFarthestBy;
  std::vector<SecretSpan> spans_;
};

}  // namespace

std::vector<SecretSpan> find_secrets(std::string_view text) {
  return Finder(text).run();
}

}  // namespace resilience
