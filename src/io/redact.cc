#include "io/redact.h"

#include <algorithm>
#include <array>
#include <optional>

namespace resilience {
namespace {

constexpr std::array<std::string_view, 5> kSecretKeys = {"password", "passwd", "pwd", "passphrase", "api_key"};
constexpr std::string_view kEndsToken = " \t\r\n\"'`<>";
constexpr std::size_t kFarthestAt = 1024;  // how far behind a broken user:password the '@' is looked for
constexpr std::size_t kShortSecret = 4;
constexpr std::size_t kLongestPrefix = 16;  // of a parameter's name before "password"

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The length of the key that begins at `at`, whatever precedes it (sslpassword, PGPASSWORD).
std::size_t secret_key_at(std::string_view text, std::size_t at) {
  for (const std::string_view key : kSecretKeys) {
    if (text.size() - at < key.size()) continue;
    if (std::equal(key.begin(), key.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                   [](char a, char b) { return a == lower(b); })) {
      return key.size();
    }
  }
  return 0;
}

struct Span {
  std::size_t begin;
  std::size_t end;
  bool quoted = false;
};

std::size_t end_of_quoted(std::string_view text, std::size_t open) {
  for (std::size_t i = open + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[open]) {
      return i;
    }
  }
  return text.size();
}

// The value after a secret key that ends at `after`; `in_query` where the key follows a '?' or '&'.
std::optional<Span> value_after(std::string_view text, std::size_t after, bool in_query) {
  std::size_t i = after;
  if (i < text.size() && (text[i] == '"' || text[i] == '\'')) ++i;
  while (i < text.size() && is_space(text[i])) ++i;
  if (i >= text.size() || (text[i] != '=' && text[i] != ':')) return std::nullopt;
  ++i;
  while (i < text.size() && is_space(text[i])) ++i;
  if (i < text.size() && (text[i] == '"' || text[i] == '\'')) return Span{i + 1, end_of_quoted(text, i), true};
  std::size_t end = i;
  while (end < text.size() && !is_space(text[end])) {
    if (in_query && (text[end] == '&' || text[end] == '#' || text[end] == '"')) break;
    if (!in_query && text[end] == '\\') ++end;
    ++end;
  }
  return Span{i, std::min(end, text.size())};
}

// Whether `rest`, which follows the first colon of an authority, is a port and no password.
bool is_port(std::string_view rest) {
  const std::size_t digits =
      static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_digit) - rest.begin());
  const bool only_punctuation_follows = digits + 1 >= rest.size();
  if (rest.empty()) return false;
  return only_punctuation_follows || std::string_view("/?#,)").find(rest[digits]) != std::string_view::npos;
}

// A run of text without blanks and quotes, looked at once however many "://" it holds.
struct Token {
  std::size_t end = 0;
  std::size_t last_at = std::string_view::npos;
};

Token token_from(std::string_view text, std::size_t begin) {
  const std::size_t end = std::min(text.find_first_of(kEndsToken, begin), text.size());
  const std::size_t at = text.substr(begin, end - begin).rfind('@');
  return {end, at == std::string_view::npos ? at : begin + at};
}

// The password of the URL whose "://" ends at `begin`, within `token`.
std::optional<Span> password_of_url(std::string_view text, std::size_t begin, const Token& token) {
  const std::size_t colon = text.find(':', begin);
  if (colon >= token.end) return std::nullopt;
  if (token.last_at != std::string_view::npos) {
    return token.last_at > colon ? std::optional<Span>({colon + 1, token.last_at}) : std::nullopt;
  }
  // No '@' although this is no port: a password with a blank or a quote in it, perhaps, and the '@' comes later.
  const bool in_path = text.substr(begin, colon - begin).find('/') != std::string_view::npos;
  if (in_path || text[begin] == '[' || is_port(text.substr(colon + 1, token.end - colon - 1))) return std::nullopt;
  const std::size_t at = text.substr(begin, kFarthestAt).rfind('@');
  return Span{colon + 1, at == std::string_view::npos ? token.end : begin + at};
}

void replace_all(std::string& text, std::string_view what) {
  std::string result;
  std::size_t from = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, from)) {
    result.append(text, from, at - from).append(kRedacted);
    from = at + what.size();
  }
  if (from > 0) text = result.append(text, from);
}

}  // namespace

std::string redact(std::string_view text) {
  std::string result;
  std::size_t kept = 0;
  Token token;
  const auto hide = [&](Span secret) {
    if (secret.begin >= kept) result.append(text.substr(kept, secret.begin - kept)).append(kRedacted);
    kept = std::max(kept, secret.end);
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::optional<Span> secret;
    if (text[i] == ':' && text.substr(i, 3) == "://") {
      if (i + 3 > token.end) token = token_from(text, i + 3);
      secret = password_of_url(text, i + 3, token);
    } else if (const std::size_t length = secret_key_at(text, i); length > 0) {
      // The name of the parameter may have a prefix; its first character tells a query from a keyword.
      std::size_t name = i;
      while (name > 0 && i - name < kLongestPrefix &&
             (is_digit(text[name - 1]) || (lower(text[name - 1]) >= 'a' && lower(text[name - 1]) <= 'z')))
        --name;
      const bool in_query = name > 0 && (text[name - 1] == '?' || text[name - 1] == '&');
      secret = value_after(text, i + length, in_query);
    }
    if (!secret || secret->begin >= secret->end) continue;
    hide(*secret);
    // What looks like the end of a quoted value may be the beginning of another one: look into it too.
    i = (secret->quoted ? secret->begin : secret->end) - 1;
  }
  return result.append(text.substr(kept));
}

std::string redact(std::string_view text, std::span<const std::string> secrets) {
  std::string result(text);
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    if (secret.size() < kShortSecret && result.find(secret) != std::string::npos) return "(withheld)";
    replace_all(result, secret);
  }
  return redact(result);
}

}  // namespace resilience
