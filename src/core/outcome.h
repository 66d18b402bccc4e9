// What became of the work of an operation, as far as it can be known.
//
// The values cross into JavaScript ('not-applied', 'unknown', 'applied'): never renumber them.
#pragma once

#include <cstdint>
#include <string_view>

namespace resilience {

enum class Outcome : std::uint8_t {
  kNotApplied = 0,  // proven: no effect of it is, or will be, in the database
  kUnknown = 1,     // it may or may not have been committed
  kApplied = 2,     // proven: it was committed
};

[[nodiscard]] constexpr std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNotApplied: return "not-applied";
    case Outcome::kUnknown: return "unknown";
    case Outcome::kApplied: return "applied";
  }
  return "unknown";
}

}  // namespace resilience
