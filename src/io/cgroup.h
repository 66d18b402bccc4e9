// Where the process's memory control group is, by Linux's own account: versions 1 and 2, both at once (hybrid), inside
// a container whose namespace hides what is above, or bind-mounted from somewhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

enum class CgroupVersion : std::uint8_t { kV1 = 1, kV2 = 2 };

struct CgroupPath {
  CgroupVersion version;
  std::string mount;             // where the hierarchy is mounted
  std::vector<std::string> own;  // directories from the mount's root down to the process's own group
};

// The groups that may limit memory, from the texts of /proc/self/mountinfo and /proc/self/cgroup. Malformed lines are
// passed over.
[[nodiscard]] std::vector<CgroupPath> find_memory_cgroups(std::string_view mountinfo, std::string_view membership);

}  // namespace resilience
