#include "core/error_text.h"

#include <cstddef>

namespace resilience {
namespace {

constexpr std::string_view kArrow = "\u2192";
constexpr char kEscape = '\x1b';
constexpr std::string_view kDigits = "0123456789";

bool shows_source(std::string_view line) {
  if (line.starts_with(kEscape) || line.starts_with(kArrow)) return true;
  const std::size_t number = line.find_first_not_of(' ');
  if (number == std::string_view::npos || kDigits.find(line[number]) == std::string_view::npos) return false;
  const std::size_t end = line.find_first_not_of(kDigits, number);
  return end == std::string_view::npos || line[end] == ' ';
}

template <typename Predicate>
bool any_own_line(std::string_view message, Predicate predicate) {
  while (true) {
    const std::size_t end = message.find('\n');
    const std::string_view line = message.substr(0, end);
    if (!shows_source(line) && predicate(line)) return true;
    if (end == std::string_view::npos) return false;
    message.remove_prefix(end + 1);
  }
}

}  // namespace

bool own_line_starts_with(std::string_view message, std::string_view text) {
  return any_own_line(message, [text](std::string_view line) { return line.starts_with(text); });
}

bool own_line_contains(std::string_view message, std::string_view text) {
  return any_own_line(message, [text](std::string_view line) { return contains(line, text); });
}

std::optional<std::string_view> own_text_between(std::string_view message, std::string_view before,
                                                 std::string_view ends) {
  std::optional<std::string_view> result;
  any_own_line(message, [&](std::string_view line) {
    const std::size_t at = line.find(before);
    if (at == std::string_view::npos) return false;
    const std::string_view rest = line.substr(at + before.size());
    const std::size_t end = rest.find_first_of(ends);
    if (end == std::string_view::npos) return false;
    result = rest.substr(0, end);
    return true;
  });
  return result;
}

}  // namespace resilience
