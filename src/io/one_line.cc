#include "io/one_line.h"

#include "io/redact.h"

namespace resilience {
namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::string one_line(std::string_view text, std::span<const std::string> secrets, std::size_t longest) {
  std::string line;
  for (const char c : redact(text, secrets)) {
    const bool control = static_cast<unsigned char>(c) < 0x20U || c == '\x7f';
    if (!control) {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
  }
  if (line.size() > longest) {
    while (longest > 0 && is_continuation(line[longest])) --longest;
    line.resize(longest);
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace resilience
