// Words of a server or a library as one line of a log.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace resilience {

// One line of at most `longest` bytes, without control characters, and without secrets: they are taken out of the text
// as it came, since half a secret looks like none, and so does one whose signs were replaced.
[[nodiscard]] std::string one_line(std::string_view text, std::span<const std::string> secrets,
                                   std::size_t longest = 400);

}  // namespace resilience
