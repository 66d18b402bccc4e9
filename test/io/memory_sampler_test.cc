#include "io/memory_sampler.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace resilience {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = 1024 * 1024;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kAllocatorOfLibc = false;  // sanitizers bring their own, which gives nothing back
#else
constexpr bool kAllocatorOfLibc = true;
#endif
constexpr std::string_view kV1NoLimit = "9223372036854771712\n";

// A machine laid out in a temporary directory.
class Machine {
 public:
  Machine() {
    std::string pattern = (fs::temp_directory_path() / "memory-sampler-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    file("/proc/self/statm", "100 25 3 4 5 6 7\n");
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() { fs::remove_all(root_); }

  Machine& file(const std::string& path, std::string_view text) {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
    return *this;
  }
  Machine& mounts(std::string_view text) { return file("/proc/self/mountinfo", text); }
  Machine& membership(std::string_view text) { return file("/proc/self/cgroup", text); }
  Machine& v2_group(const std::string& dir, std::string_view max, std::uint64_t current, std::uint64_t inactive_file) {
    file(dir + "/memory.max", max).file(dir + "/memory.current", std::to_string(current) + "\n");
    return file(dir + "/memory.stat", "anon 1\nfile 2\ninactive_file " + std::to_string(inactive_file) + "\nslab 9\n");
  }
  Machine& v1_group(const std::string& dir, std::string_view limit, std::uint64_t usage, std::uint64_t inactive_file,
                    std::string_view hierarchical = kV1NoLimit) {
    file(dir + "/memory.limit_in_bytes", limit).file(dir + "/memory.usage_in_bytes", std::to_string(usage) + "\n");
    return file(dir + "/memory.stat", "cache 1\nhierarchical_memory_limit " + std::string{hierarchical} +
                                          "total_inactive_file " + std::to_string(inactive_file) + "\n");
  }

  [[nodiscard]] ProcessMemory sample() const { return MemorySampler(root_).sample(); }

 private:
  std::string root_;
};

constexpr std::string_view kV2Mount =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr std::string_view kV1Mounts =
    "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
constexpr std::string_view kV1Membership = "9:name=systemd:/\n4:cpu,cpuacct:/a\n3:memory:/jobs/one\n0::/\n";

void expect_container(const Machine& machine, std::uint64_t used, std::uint64_t limit) {
  const ProcessMemory memory = machine.sample();
  ASSERT_TRUE(memory.container.has_value());
  EXPECT_EQ(memory.container->used, used);
  EXPECT_EQ(memory.container->limit, limit);
}

TEST(MemorySampler, ResidentMemoryIsCountedInPages) {
  EXPECT_EQ(Machine().sample().rss, 25 * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
}

TEST(MemorySampler, V2TakesTheSmallestLimitUpTheTreeAndTheUseWhereItApplies) {
  Machine machine;
  machine.mounts(kV2Mount).membership("0::/pod/app\n");
  machine.v2_group("/sys/fs/cgroup/pod", "536870912\n", 400 * kMiB, 100 * kMiB);
  machine.v2_group("/sys/fs/cgroup/pod/app", "1073741824\n", 350 * kMiB, 0);
  expect_container(machine, 300 * kMiB, 512 * kMiB);
  machine.v2_group("/sys/fs/cgroup/pod/app", "268435456\n", 250 * kMiB, 10 * kMiB);
  expect_container(machine, 240 * kMiB, 256 * kMiB);
}

TEST(MemorySampler, V2InANamespaceOfItsOwnLooksAtTheMountsRoot) {
  Machine machine;
  machine.mounts(kV2Mount).membership("0::/\n");
  machine.v2_group("/sys/fs/cgroup", "1000000\n", 600000, 0);
  expect_container(machine, 600000, 1000000);
}

TEST(MemorySampler, MaxIsNoLimit) {
  Machine machine;
  machine.mounts(kV2Mount).membership("0::/app\n").v2_group("/sys/fs/cgroup/app", "max\n", 600000, 0);
  EXPECT_FALSE(machine.sample().container.has_value());
}

TEST(MemorySampler, V1BesideAnEmptyV2IsFound) {
  Machine machine;
  machine.mounts(kV1Mounts).membership(kV1Membership);
  machine.v1_group("/sys/fs/cgroup/memory", kV1NoLimit, 9000 * kMiB, 0);
  machine.v1_group("/sys/fs/cgroup/memory/jobs", kV1NoLimit, 800 * kMiB, 0);
  machine.v1_group("/sys/fs/cgroup/memory/jobs/one", "104857600\n", 90 * kMiB, 15 * kMiB, "104857600\n");
  expect_container(machine, 75 * kMiB, 100 * kMiB);
}

TEST(MemorySampler, V1KnowsALimitThatLiesAboveWhatItCanSee) {
  Machine machine;
  machine.mounts("35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
  machine.membership("4:memory:/docker/abc\n");
  machine.v1_group("/sys/fs/cgroup/memory", kV1NoLimit, 90 * kMiB, 0, "209715200\n");
  expect_container(machine, 90 * kMiB, 200 * kMiB);
}

TEST(MemorySampler, AMountOfPartOfTheTreeIsEnteredBelowItsRoot) {
  Machine machine;
  machine.mounts("35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
  machine.membership("4:memory:/docker/abc/inner\n");
  machine.v1_group("/sys/fs/cgroup/memory/inner", "1048576\n", 1000, 0, "1048576\n");
  expect_container(machine, 1000, kMiB);
}

TEST(MemorySampler, AMembershipOutsideTheMountUsesTheMountsRoot) {
  for (const std::string_view path : {"/elsewhere/xyz", "/../../sibling", "/docker"}) {
    Machine machine;
    machine.mounts("35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
    machine.membership("4:memory:" + std::string{path} + "\n");
    machine.v1_group("/sys/fs/cgroup/memory", "1048576\n", 1000, 0, "1048576\n");
    expect_container(machine, 1000, kMiB);
  }
}

TEST(MemorySampler, MountPointsWithBlanksAreUnescaped) {
  Machine machine;
  machine.mounts("31 23 0:28 / /mnt/my\\040groups rw - cgroup2 cgroup2 rw\n").membership("0::/\n");
  machine.v2_group("/mnt/my groups", "1000\n", 600, 0);
  expect_container(machine, 600, 1000);
}

TEST(MemorySampler, WhatIsMissingOrMalformedIsNotKnown) {
  struct Row {
    std::string_view mounts;
    std::string_view membership;
    std::string_view max;
  };
  const Row rows[] = {
      {"", "", "1000\n"},
      {kV2Mount, "", "1000\n"},
      {kV2Mount, "0:/\n::\nx\n", "1000\n"},
      {"garbage\n31 - x\n - cgroup2\n", "0::/\n", "1000\n"},
      {kV2Mount, "0::/\n", ""},
      {kV2Mount, "0::/\n", "-5\n"},
      {kV2Mount, "0::/\n", "99999999999999999999999999\n"},
      {kV2Mount, "0::/\n", "\xff\xfe"},
  };
  for (const Row& row : rows) {
    Machine machine;
    machine.mounts(row.mounts).membership(row.membership).v2_group("/sys/fs/cgroup", row.max, 600, 0);
    EXPECT_FALSE(machine.sample().container.has_value()) << row.mounts << row.membership << row.max;
  }
  for (const std::string_view statm : {"", "100", "100 x", " "}) {
    EXPECT_FALSE(Machine().file("/proc/self/statm", statm).sample().rss.has_value()) << statm;
  }
}

TEST(MemorySampler, MoreReclaimableThanUsedIsNothingUsed) {
  Machine machine;
  machine.mounts(kV2Mount).membership("0::/\n").v2_group("/sys/fs/cgroup", "1000\n", 600, 700);
  expect_container(machine, 0, 1000);
}

TEST(MemorySampler, SeesThisProcessGrowAndGiveBack) {
  const MemorySampler sampler;
  const auto rss = [&] { return sampler.sample().rss.value_or(0); };
  const std::uint64_t before = rss();
  ASSERT_GT(before, 0U);
  constexpr std::size_t kBlock = 64 * 1024;  // below the size at which the allocator maps and unmaps by itself
  constexpr std::size_t kBlocks = 1024;
  std::vector<std::unique_ptr<char[]>> blocks;
  for (std::size_t i = 0; i < kBlocks; ++i) {
    blocks.push_back(std::make_unique<char[]>(kBlock));
    std::memset(blocks.back().get(), 1, kBlock);
  }
  const std::uint64_t full = rss();
  EXPECT_GT(full, before + 56 * kMiB);
  // The last block pins the heap's top, so that only an explicit return shrinks it.
  for (std::size_t i = 0; i + 1 < kBlocks; ++i) blocks[i].reset();
  const bool returned = return_free_memory();
  if (!kAllocatorOfLibc) return;
  EXPECT_TRUE(returned);
  EXPECT_LT(rss(), full - 48 * kMiB);
}

}  // namespace
}  // namespace resilience
