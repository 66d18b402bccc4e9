// Words of a server or a library as one line of a log.
#pragma once

#include <string>
#include <string_view>

namespace resilience {

// One line of at most `longest` bytes, without control characters.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t longest = 400);

}  // namespace resilience
