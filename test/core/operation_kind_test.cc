#include "core/operation_kind.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace resilience
