#include "io/memory_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

namespace resilience {
namespace {

TEST(MemoryFile, IsReadAsOftenAsAnybodyLikesAndByItsOwnerAlone) {
  const std::string text(100'000, 'x');
  const MemoryFile file(text);
  ASSERT_FALSE(file.path().empty());
  for (int i = 0; i < 2; ++i) {
    std::stringstream content;
    content << std::ifstream(file.path()).rdbuf();
    EXPECT_EQ(content.str(), text);
  }
  struct stat status {};
  ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
  EXPECT_TRUE(S_ISREG(status.st_mode));
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(MemoryFile, IsGoneWithItsOwner) {
  std::string path;
  {
    const MemoryFile file("secret");
    path = file.path();
  }
  std::string first;
  std::ifstream(path) >> first;
  EXPECT_NE(first, "secret");
}

}  // namespace
}  // namespace resilience
