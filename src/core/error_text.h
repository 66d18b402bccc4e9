// Reading what an error itself says in a message that Prisma has rendered.
//
// Prisma puts the caller's own source, each line behind a line number (and an arrow, and colours),
// before its message. What stands there was written by the caller and proves nothing: these
// functions look at the other lines only. Linear; any bytes.
#pragma once

#include <optional>
#include <string_view>

namespace resilience {

[[nodiscard]] inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

[[nodiscard]] bool own_line_starts_with(std::string_view message, std::string_view text);

[[nodiscard]] bool own_line_contains(std::string_view message, std::string_view text);

// What follows `before`, up to the first of the characters in `ends`, on the first line that has both.
[[nodiscard]] std::optional<std::string_view> own_text_between(std::string_view message, std::string_view before,
                                                               std::string_view ends);

}  // namespace resilience
