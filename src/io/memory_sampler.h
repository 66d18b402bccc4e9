// The process's resident memory and its container's limit, read from Linux's own files.
//
// Thread-safe: nothing is kept between samples but the root. Elsewhere than on Linux nothing is known natively.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace resilience {

// Bytes. A container's limit is the smallest of its own and of all above it; what it uses is measured where that limit
// applies and leaves out file pages that the kernel can drop at will.
struct ContainerMemory {
  std::uint64_t used = 0;
  std::uint64_t limit = 0;
};

struct ProcessMemory {
  std::optional<std::uint64_t> rss;
  std::optional<ContainerMemory> container;  // none: not in a container, or in one without a limit
};

class MemorySampler {
 public:
  // `root` stands before every path that is read, so that a test can lay out a machine of its own.
  explicit MemorySampler(std::string root = {}) : root_(std::move(root)) {}

  [[nodiscard]] ProcessMemory sample() const;

 private:
  std::string root_;
};

// Hands memory that the allocator holds free back to the system. False where the C library cannot.
bool return_free_memory() noexcept;

}  // namespace resilience
