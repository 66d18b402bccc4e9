#include "core/operation_kind.h"

#include <gtest/gtest.h>

#include <vector>

namespace resilience {
namespace {

TEST(OperationKind, OnlyWhatIsKnownToChangeNothingIsARead) {
  for (const std::string_view read : {"findUnique", "findUniqueOrThrow", "findFirst", "findFirstOrThrow", "findMany",
                                      "count", "aggregate", "groupBy", "findRaw"}) {
    EXPECT_EQ(operation_kind(read), OperationKind::kRead) << read;
  }
  for (const std::string_view write : {"create", "createMany", "createManyAndReturn", "update", "updateMany",
                                       "updateManyAndReturn", "upsert", "delete", "deleteMany", "aggregateRaw",
                                       "$runCommandRaw", "$queryRaw", "$executeRaw", "FINDMANY", "findMany ", ""}) {
    EXPECT_EQ(operation_kind(write), OperationKind::kWrite) << write;
  }
}

TEST(OperationKind, ATransactionIsWhatItsMembersAreTogether) {
  using enum OperationKind;
  struct Row {
    std::vector<OperationKind> members;
    OperationKind expected;
  };
  for (const Row& row : {Row{{}, kRead}, Row{{kRead, kRead}, kRead}, Row{{kRead, kWrite}, kWrite},
                         Row{{kRead, kIdempotentWrite}, kIdempotentWrite},
                         // a = b, then b = 5: each may run twice, both together may not.
                         Row{{kIdempotentWrite, kIdempotentWrite}, kWrite}, Row{{kIdempotentWrite, kWrite}, kWrite}}) {
    EXPECT_EQ(transaction_kind(row.members), row.expected);
  }
}

}  // namespace
}  // namespace resilience
