// Which statements the server keeps prepared under a name, and what a refusal says of the name.
//
// To read and plan a marked statement costs PostgreSQL more than to run it; under a name it is read and planned once
// for each connection. The name tells the text (it is a digest of it), so that a pooler that hands connections on
// between statements meets the same statement under it, or none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace resilience {

// A text that is sent so often is likely to come again. pgjdbc's prepareThreshold and Npgsql's automatic preparation
// say 5; less is lost here, where a text with values inside is rare.
inline constexpr std::size_t kUsesBeforeName = 3;
// A text whose name was stale so often is not named any more: a pooler that knows statements by their text answers with
// the old plan again, and a text that is refused itself gains nothing.
inline constexpr std::size_t kMostStale = 2;
// Kept by each connection until it ends, some 20 KB each at the server. Prisma's own engine kept as many.
inline constexpr std::size_t kMostNames = 100;

enum class NameRefusal : std::uint8_t {
  kNone = 0,     // the statement was refused, not its name
  kNotKept = 1,  // whoever answers does not keep names: a pooler, or somebody has deallocated them
  kStale = 2,    // what it was planned for may have changed since; or else the text is refused as well
};

// Of a statement that was sent by its name. Nothing of it was applied: PostgreSQL looks for the name, and whether its
// plan still holds, before it runs anything.
[[nodiscard]] NameRefusal judge_name_refusal(std::string_view sqlstate) noexcept;

}  // namespace resilience
