// What an operation may do to the database, as far as its name (or its SQL) tells.
//
// Pure. The values cross into JavaScript: never renumber them.
#pragma once

#include <cstdint>

namespace resilience {

enum class OperationKind : std::uint8_t {
  kRead = 0,             // changes nothing: may run again whatever became of it
  kIdempotentWrite = 1,  // running it twice leaves what running it once leaves (only the user can say so)
  kWrite = 2,            // everything else, and everything in doubt
};

}  // namespace resilience
