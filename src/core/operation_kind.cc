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

std::string_view to_string(OperationKind kind) {
  switch (kind) {
    case OperationKind::kRead: return "read";
    case OperationKind::kIdempotentWrite: return "idempotent-write";
    case OperationKind::kWrite: return "write";
  }
  return "write";
}

}  // namespace resilience
