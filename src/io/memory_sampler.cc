#include "io/memory_sampler.h"

#include <charconv>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

#include "io/cgroup.h"

#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace resilience {
namespace {

// Version 1 writes "no limit" as the greatest multiple of a page that 63 bits hold.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 60U;

std::optional<std::string> read_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<std::uint64_t> leading_number(std::string_view text) {
  std::uint64_t number = 0;
  const std::from_chars_result result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc{}) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> read_number(const std::string& path) {
  const std::optional<std::string> text = read_text(path);
  return text ? leading_number(*text) : std::nullopt;
}

// The value of "name value" on a line of its own.
std::optional<std::uint64_t> field(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ' ') {
      return leading_number(line.substr(name.size() + 1));
    }
    if (line.size() == text.size()) break;
    text.remove_prefix(line.size() + 1);
  }
  return std::nullopt;
}

struct Files {
  std::string_view limit;
  std::string_view usage;
  std::string_view droppable;  // field of memory.stat, with what is beneath included
};

constexpr Files files_of(CgroupVersion version) {
  switch (version) {
    case CgroupVersion::kV1: return {"/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file"};
    case CgroupVersion::kV2: return {"/memory.max", "/memory.current", "inactive_file"};
  }
  return {};
}

std::optional<ContainerMemory> usage_at(const std::string& directory, const Files& files, std::uint64_t limit) {
  const std::optional<std::uint64_t> usage = read_number(directory + std::string{files.usage});
  if (!usage) return std::nullopt;
  const std::optional<std::string> stat = read_text(directory + "/memory.stat");
  const std::uint64_t droppable = stat ? field(*stat, files.droppable).value_or(0) : 0;
  return ContainerMemory{*usage > droppable ? *usage - droppable : 0, limit};
}

void keep_smaller(std::optional<ContainerMemory>& smallest, const std::optional<ContainerMemory>& other) {
  if (other && (!smallest || other->limit < smallest->limit)) smallest = other;
}

std::optional<ContainerMemory> smallest_limit(const std::string& root, const CgroupPath& group) {
  const Files files = files_of(group.version);
  std::optional<ContainerMemory> smallest;
  std::string directory = root + group.mount;
  std::vector<std::string> directories{directory};
  for (const std::string& name : group.own) directories.push_back(directory.append("/").append(name));
  for (const std::string& at : directories) {
    const std::optional<std::uint64_t> limit = read_number(at + std::string{files.limit});  // "max" is no number
    if (limit && *limit < kNoLimit) keep_smaller(smallest, usage_at(at, files, *limit));
  }
  if (group.version == CgroupVersion::kV1) {
    // The only trace of a limit that lies above what the container can see.
    const std::optional<std::string> stat = read_text(directories.back() + "/memory.stat");
    const std::optional<std::uint64_t> limit = stat ? field(*stat, "hierarchical_memory_limit") : std::nullopt;
    if (limit && *limit < kNoLimit) keep_smaller(smallest, usage_at(directories.front(), files, *limit));
  }
  return smallest;
}

std::optional<std::uint64_t> resident(const std::string& root) {
  const std::optional<std::string> statm = read_text(root + "/proc/self/statm");
  const std::size_t blank = statm ? statm->find(' ') : std::string::npos;
  if (blank == std::string::npos) return std::nullopt;
  const std::optional<std::uint64_t> pages = leading_number(std::string_view{*statm}.substr(blank + 1));
  const long page_size = sysconf(_SC_PAGESIZE);
  if (!pages || page_size <= 0) return std::nullopt;
  return *pages * static_cast<std::uint64_t>(page_size);
}

}  // namespace

ProcessMemory MemorySampler::sample() const {
  ProcessMemory memory;
  memory.rss = resident(root_);
  const std::optional<std::string> mountinfo = read_text(root_ + "/proc/self/mountinfo");
  const std::optional<std::string> membership = read_text(root_ + "/proc/self/cgroup");
  if (!mountinfo || !membership) return memory;
  for (const CgroupPath& group : find_memory_cgroups(*mountinfo, *membership)) {
    keep_smaller(memory.container, smallest_limit(root_, group));
  }
  return memory;
}

bool return_free_memory() noexcept {
#if defined(__GLIBC__)
  return malloc_trim(0) != 0;
#else
  return false;
#endif
}

}  // namespace resilience
