// What an operation may do to the database, as far as its name tells. Raw queries are told apart by their SQL
// (sql_kind.h).
//
// Pure. The values cross into JavaScript: never renumber them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace resilience {

enum class OperationKind : std::uint8_t {
  kRead = 0,             // changes nothing: may run again whatever became of it
  kIdempotentWrite = 1,  // running it twice leaves what running it once leaves (only the user can say so)
  kWrite = 2,            // everything else, and everything in doubt
};

// By the name of a model's method ("findMany", "upsert"). No write is taken for idempotent, whatever its name: an
// `update` may increment, a `deleteMany` run again may meet rows that came after it, and both answer differently. Any
// other name is a write.
[[nodiscard]] OperationKind operation_kind(std::string_view operation);

// Of a transaction of these. Two idempotent writes together are not idempotent: the second may undo what made running
// the first again harmless.
[[nodiscard]] OperationKind transaction_kind(std::span<const OperationKind> members);

// 'read', 'idempotent-write', 'write'.
[[nodiscard]] std::string_view to_string(OperationKind kind);

}  // namespace resilience
