#include "io/known_secrets.h"

#include <algorithm>
#include <utility>

#include "core/ascii.h"

namespace resilience {
namespace {

constexpr std::size_t kShort = 4;
constexpr std::size_t kLongestWord = 8;
constexpr std::size_t kShortestLine = 6;
constexpr std::string_view kHexUpper = "0123456789ABCDEF";
constexpr std::string_view kHexLower = "0123456789abcdef";
// What encodeURIComponent leaves as it is, apart from letters and digits; and what encodeURI does.
constexpr std::string_view kUnreserved = "-_.~!*'()";
constexpr std::string_view kOfUris = "-_.~!*'();/?:@&=+$,#";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

std::string percent_encoded(std::string_view text, std::string_view kept, std::string_view hex, bool plus_for_blank) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_letter(c) || is_digit(c) || kept.find(c) != std::string_view::npos) {
      encoded += c;
    } else if (c == ' ' && plus_for_blank) {
      encoded += '+';
    } else {
      encoded += {'%', hex[byte >> 4], hex[byte & 0x0F]};
    }
  }
  return encoded;
}

// As JSON.stringify does it; bytes beyond ASCII stay.
std::string json_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"': escaped += "\\\""; break;
      case '\\': escaped += "\\\\"; break;
      case '\n': escaped += "\\n"; break;
      case '\r': escaped += "\\r"; break;
      case '\t': escaped += "\\t"; break;
      case '\b': escaped += "\\b"; break;
      case '\f': escaped += "\\f"; break;
      default:
        if (byte < 0x20) {
          escaped += "\\u00";
          escaped += {kHexLower[byte >> 4], kHexLower[byte & 0x0F]};
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

// The character at `i`, 0 where the bytes are none, and how many they are.
std::pair<std::uint32_t, std::size_t> character_at(std::string_view text, std::size_t i) {
  const auto first = static_cast<unsigned char>(text[i]);
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  if (length == 1 || i + length > text.size()) return {first < 0x80 ? first : 0, 1};
  std::uint32_t character = first & (0xFFU >> (length + 1));
  for (std::size_t at = i + 1; at < i + length; ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if ((byte & 0xC0U) != 0x80U) return {0, 1};
    character = character << 6U | (byte & 0x3FU);
  }
  return {character, length};
}

// With the escapes of JSON, of JavaScript and of most languages for all that is beyond ASCII, a surrogate pair being
// two.
std::string ascii_escaped(std::string_view text) {
  std::string escaped;
  const auto escape = [&](std::uint32_t unit) {
    escaped += "\\u";
    for (const unsigned shift : {12U, 8U, 4U, 0U}) escaped += kHexLower[unit >> shift & 0xFU];
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto [character, length] = character_at(text, i);
    if (character >= 0x10000) {
      escape(0xD800U + ((character - 0x10000U) >> 10U & 0x3FFU));
      escape(0xDC00U + ((character - 0x10000U) & 0x3FFU));
    } else if (character >= 0x80) {
      escape(character);
    } else {
      escaped += text.substr(i, length);
    }
    i += length;
  }
  return escaped;
}

// As util.inspect writes it within `quote`: all controls are spelt out, those beyond ASCII as well.
std::string inspected(std::string_view text, char quote) {
  constexpr std::string_view kNamed = "\b\t\n\v\f\r";
  constexpr std::string_view kNames = "btnvfr";
  std::string escaped;
  for (std::size_t i = 0; i < text.size();) {
    const auto [character, length] = character_at(text, i);
    const bool is_raw = length == 1 && static_cast<unsigned char>(text[i]) >= 0x80;
    const bool is_control = !is_raw && (character < 0x20 || (character >= 0x7f && character < 0xa0));
    if (text[i] == '\\' || text[i] == quote) {
      escaped += {'\\', text[i]};
    } else if (const std::size_t named = kNamed.find(text[i]); named != std::string_view::npos) {
      escaped += {'\\', kNames[named]};
    } else if (is_control) {
      escaped += {'\\', 'x', kHexUpper[character >> 4U], kHexUpper[character & 0xFU]};
    } else {
      escaped += text.substr(i, length);
    }
    i += length;
  }
  return escaped;
}

// As it is in one line of a log: each run of control characters is one blank.
std::string flattened(std::string_view text) {
  std::string flat;
  for (const char c : text) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20U || c == '\x7f';
    if (!is_control) {
      flat += c;
    } else if (!flat.empty() && flat.back() != ' ') {
      flat += ' ';
    }
  }
  return flat;
}

// With `escape` before each of `signs`.
std::string with_escapes(std::string_view text, std::string_view signs, char escape) {
  std::string escaped;
  for (const char c : text) {
    if (signs.find(c) != std::string_view::npos) escaped += escape;
    escaped += c;
  }
  return escaped;
}

std::vector<std::string> forms_of(const std::string& secret) {
  std::vector<std::string> forms = {secret};
  for (const std::string_view hex : {kHexUpper, kHexLower}) {
    for (const std::string_view kept : {std::string_view(), kUnreserved, kOfUris}) {
      forms.push_back(percent_encoded(secret, kept, hex, false));
      forms.push_back(percent_encoded(secret, kept, hex, true));
    }
  }
  // A URL within a URL.
  forms.push_back(
      percent_encoded(percent_encoded(secret, kUnreserved, kHexUpper, false), kUnreserved, kHexUpper, false));
  forms.push_back(json_escaped(secret));
  forms.push_back(json_escaped(forms.back()));
  forms.push_back(ascii_escaped(json_escaped(secret)));
  // Of a secret that is mostly controls so little is left that it would be found in any text.
  if (std::string flat = flattened(secret); flat.size() >= std::min(secret.size(), kShort)) {
    forms.push_back(std::move(flat));
  }
  for (const char quote : {'\'', '"', '`'}) forms.push_back(inspected(secret, quote));
  forms.push_back(with_escapes(secret, "'\\", '\\'));
  forms.push_back(with_escapes(secret, "`\\", '\\'));
  forms.push_back(with_escapes(secret, "'", '\''));
  forms.push_back(with_escapes(secret, "\"", '"'));
  forms.push_back(with_escapes(secret, " \\'", '\\'));
  // Whoever prints line by line prints a password of several lines piece by piece.
  for (std::size_t begin = 0; secret.find_first_of("\r\n") != std::string::npos && begin < secret.size();) {
    const std::size_t end = std::min(secret.find_first_of("\r\n", begin), secret.size());
    if (end - begin >= kShortestLine) forms.push_back(secret.substr(begin, end - begin));
    begin = end + 1;
  }
  std::sort(forms.begin(), forms.end());
  forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
  return forms;
}

bool is_short_word(std::string_view secret) {
  const bool only_letters = std::all_of(secret.begin(), secret.end(), is_letter);
  if (only_letters) return secret.size() <= kLongestWord;
  return secret.size() < kShort && std::all_of(secret.begin(), secret.end(), is_word);
}

}  // namespace

void KnownSecrets::add(std::string_view secret) {
  const std::string value(secret.substr(0, kLongest));
  if (value.empty()) return;
  const auto known = std::find_if(secrets_.begin(), secrets_.end(), [&](const Secret& s) { return s.value == value; });
  if (known != secrets_.end()) {
    std::rotate(known, known + 1, secrets_.end());
    return;
  }
  if (secrets_.size() >= kMost) secrets_.erase(secrets_.begin());
  Secret added{value, is_short_word(value), {}};
  for (std::string& form : forms_of(value)) added.forms.push_back(make_form(std::move(form)));
  secrets_.push_back(std::move(added));
}

std::vector<SecretSpan> KnownSecrets::find(std::string_view text) const {
  std::vector<SecretSpan> found;
  for (const Secret& secret : secrets_) {
    for (const Form& form : secret.forms) find_form(form, secret.stands_alone, text, found);
  }
  return found;
}

bool KnownSecrets::must_withhold(std::string_view text) const {
  return std::any_of(secrets_.begin(), secrets_.end(), [&](const Secret& secret) {
    return secret.value.size() < kShort && !secret.stands_alone && text.find(secret.value) != std::string_view::npos;
  });
}

KnownSecrets::Form KnownSecrets::make_form(std::string text) {
  std::vector<std::uint32_t> borders(text.size(), 0);
  for (std::size_t i = 1, length = 0; i < text.size(); ++i) {
    while (length > 0 && text[i] != text[length]) length = borders[length - 1];
    if (text[i] == text[length]) ++length;
    borders[i] = static_cast<std::uint32_t>(length);
  }
  return {std::move(text), std::move(borders)};
}

void KnownSecrets::find_form(const Form& form, bool stands_alone, std::string_view text,
                             std::vector<SecretSpan>& found) {
  const auto& [wanted, borders] = form;
  std::size_t length = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    while (length > 0 && text[i] != wanted[length]) length = borders[length - 1];
    if (text[i] == wanted[length]) ++length;
    if (length < wanted.size()) continue;
    const SecretSpan span{i + 1 - wanted.size(), i + 1};
    const bool touches =
        (span.begin > 0 && is_word(text[span.begin - 1])) || (span.end < text.size() && is_word(text[span.end]));
    if (!stands_alone || !touches) found.push_back(span);
    length = borders[length - 1];
  }
}

}  // namespace resilience
