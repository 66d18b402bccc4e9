#include "core/error_text.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

TEST(ErrorText, LinesOfSourceThatPrismaQuotesAreNobodysOwn) {
  for (const std::string_view source :
       {"12 const a = refused", "  7 refused", "7", "\u2192 8 refused", "\x1b[31mrefused"}) {
    EXPECT_FALSE(own_line_contains(source, source)) << source;
  }
  for (const std::string_view own : {"refused", " refused", "12refused", "", "   "}) {
    EXPECT_TRUE(own_line_contains(own, own)) << own;
  }
}

TEST(ErrorText, TheFirstLineThatHasBothEndsTells) {
  EXPECT_EQ(own_text_between("code: 1\ncode: 2,\ncode: 3,", "code: ", ","), "2");
  EXPECT_EQ(own_text_between("1 code: 1,\ncode: 2,", "code: ", ","), "2") << "the first is quoted source";
  EXPECT_EQ(own_text_between("code: 1", "code: ", ","), std::nullopt);
}

}  // namespace
}  // namespace resilience
