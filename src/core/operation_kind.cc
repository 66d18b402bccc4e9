#include "core/operation_kind.h"

#include <algorithm>
#include <array>

namespace resilience {
namespace {

// `aggregateRaw` is not among them: a pipeline may end in $out or $merge.
constexpr std::array<std::string_view, 9> kReads{"aggregate", "count",   "findFirst",  "findFirstOrThrow",
                                                 "findMany",  "findRaw", "findUnique", "findUniqueOrThrow",
                                                 "groupBy"};

}  // namespace

OperationKind operation_kind(std::string_view operation) {
  return std::ranges::find(kReads, operation) == kReads.end() ? OperationKind::kWrite : OperationKind::kRead;
}

OperationKind transaction_kind(std::span<const OperationKind> members) {
  const auto writes = std::ranges::count_if(members, [](OperationKind kind) { return kind != OperationKind::kRead; });
  if (writes == 0) return OperationKind::kRead;
  const bool alone = writes == 1 && std::ranges::find(members, OperationKind::kWrite) == members.end();
  return alone ? OperationKind::kIdempotentWrite : OperationKind::kWrite;
}

std::string_view to_string(OperationKind kind) {
  switch (kind) {
    case OperationKind::kRead: return "read";
    case OperationKind::kIdempotentWrite: return "idempotent-write";
    case OperationKind::kWrite: return "write";
  }
  return "write";
}

}  // namespace resilience
