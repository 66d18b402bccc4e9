// Near misses: how far a misspelt name is from the right one.
#pragma once

#include <cstddef>
#include <string_view>

namespace resilience {

// The least number of insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`, letter case
// aside (optimal string alignment). Answers `limit + 1` once it is known to be more than `limit`.
[[nodiscard]] std::size_t spelling_distance(std::string_view a, std::string_view b, std::size_t limit);

}  // namespace resilience
