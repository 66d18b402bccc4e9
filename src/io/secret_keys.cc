#include "io/secret_keys.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/ascii.h"

namespace resilience {
namespace {

// What a name ends with, without separators.
constexpr std::array<std::string_view, 4> kPasswords = {"password", "passwd", "pwd", "passphrase"};
constexpr std::array<std::string_view, 11> kSecrets = {"passcode",   "apikey",     "accesskey",  "secretkey",
                                                       "privatekey", "clientkey",  "serverkey",  "secret",
                                                       "token",      "credential", "credentials"};
// What the last word of a name is: as an end of a longer word they would be found in "compass" and "bypass".
constexpr std::array<std::string_view, 4> kWords = {"pass", "pgpass", "dbpass", "userpass"};
constexpr std::size_t kLongestEnd = 64;  // of a name that is looked at

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

std::optional<char> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<char>(c - '0');
  const char letter = lower(c);
  if (letter >= 'a' && letter <= 'f') return static_cast<char>(letter - 'a' + 10);
  return std::nullopt;
}

struct Name {
  std::string letters;    // lower case, without separators
  std::string last_word;  // from the last separator or hump on
};

Name read(std::string_view text) {
  Name name;
  char before = '\0';
  for (const char c : text) {
    const char letter = lower(c);
    const bool is_word = is_lower(letter) || (c >= '0' && c <= '9');
    if (!is_word || (is_upper(c) && is_lower(before))) name.last_word.clear();
    if (is_word) {
      name.letters += letter;
      name.last_word += letter;
    }
    before = c;
  }
  return name;
}

template <std::size_t kSize>
bool is_end_of(std::string_view letters, const std::array<std::string_view, kSize>& ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return letters.ends_with(end); });
}

}  // namespace

KeyKind kind_of_key(std::string_view name) {
  const Name read_name = read(percent_decoded(name.substr(name.size() - std::min(name.size(), kLongestEnd))));
  if (is_end_of(read_name.letters, kPasswords)) return KeyKind::kPassword;
  if (is_end_of(read_name.letters, kSecrets)) return KeyKind::kSecret;
  const bool is_word = std::find(kWords.begin(), kWords.end(), read_name.last_word) != kWords.end();
  return is_word ? KeyKind::kSecret : KeyKind::kPlain;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto high = hex_digit(text[i + 1]);
      const auto low = hex_digit(text[i + 2]);
      if (high && low) {
        decoded += static_cast<char>(static_cast<unsigned char>(*high << 4) | static_cast<unsigned char>(*low));
        i += 2;
        continue;
      }
    }
    decoded += text[i];
  }
  return decoded;
}

}  // namespace resilience
