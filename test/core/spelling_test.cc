#include "core/spelling.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

TEST(Spelling, CountsTheFewestSlips) {
  struct Row {
    std::string_view a;
    std::string_view b;
    std::size_t distance;
  };
  const Row rows[] = {
      {"", "", 0},          {"", "abc", 3},           {"full", "full", 0},          {"FULL", "full", 0},
      {"fulll", "full", 1}, {"ful", "full", 1},       {"fall", "full", 1},          {"timeuot", "timeout", 1},
      {"ab", "ba", 1},      {"kitten", "sitting", 3}, {"reconect", "reconnect", 1}, {"abcdef", "badcfe", 3},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(spelling_distance(row.a, row.b, 10), row.distance) << row.a << " " << row.b;
    EXPECT_EQ(spelling_distance(row.b, row.a, 10), row.distance) << row.a << " " << row.b;
    EXPECT_EQ(spelling_distance(row.a, row.b, row.distance), row.distance) << row.a << " " << row.b;
    if (row.distance > 0) {
      EXPECT_EQ(spelling_distance(row.a, row.b, row.distance - 1), row.distance);
    }
  }
}

TEST(Spelling, BeyondTheLimitItOnlySaysSo) {
  EXPECT_EQ(spelling_distance("abcdefgh", "stuvwxyz", 2), 3U);
}

}  // namespace
}  // namespace resilience
