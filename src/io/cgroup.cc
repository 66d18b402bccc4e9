#include "io/cgroup.h"

#include <algorithm>
#include <array>

namespace resilience {
namespace {

// Calls `visit` with each piece of `text` between separators.
template <typename Visit>
void for_each_piece(std::string_view text, char separator, Visit visit) {
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    visit(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> pieces(std::string_view text, char separator) {
  std::vector<std::string_view> found;
  for_each_piece(text, separator, [&](std::string_view piece) { found.push_back(piece); });
  return found;
}

bool lists(std::string_view text, std::string_view name) {
  const std::vector<std::string_view> names = pieces(text, ',');
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The kernel writes blanks, tabs, line feeds and backslashes in paths as \ooo.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octal = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

struct Mount {
  CgroupVersion version;
  std::string root;  // the part of the hierarchy that the mount shows
  std::string point;
};

// 36 35 98:0 /root /mount/point options [optional fields] - type source super-options
std::optional<Mount> memory_mount(std::string_view line) {
  const std::size_t dash = line.find(" - ");
  if (dash == std::string_view::npos) return std::nullopt;
  const std::vector<std::string_view> left = pieces(line.substr(0, dash), ' ');
  const std::vector<std::string_view> right = pieces(line.substr(dash + 3), ' ');
  if (left.size() < 6 || right.size() < 3) return std::nullopt;
  const bool v2 = right[0] == "cgroup2";
  const bool v1 = right[0] == "cgroup" && lists(right[2], "memory");
  if (!v1 && !v2) return std::nullopt;
  return Mount{v2 ? CgroupVersion::kV2 : CgroupVersion::kV1, unescaped(left[3]), unescaped(left[4])};
}

// "0::/path" in version 2, "4:memory:/path" in version 1.
std::optional<std::string> membership_of(CgroupVersion version, std::string_view membership) {
  std::optional<std::string> path;
  for_each_piece(membership, '\n', [&](std::string_view line) {
    const std::size_t first = line.find(':');
    if (first == std::string_view::npos) return;
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string_view::npos || path) return;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const bool ours = version == CgroupVersion::kV2 ? line.substr(0, first) == "0" && controllers.empty()
                                                    : lists(controllers, "memory");
    if (ours) path = std::string{line.substr(second + 1)};
  });
  return path;
}

// What of `path` lies beneath `root`. A path outside of what is mounted, as a container without a namespace of its own
// sees it, leaves the mount's own root.
std::vector<std::string> beneath(std::string_view root, std::string_view path) {
  std::vector<std::string_view> names = pieces(path, '/');
  std::erase_if(names, [](std::string_view name) { return name.empty(); });
  std::vector<std::string_view> above = pieces(root, '/');
  std::erase_if(above, [](std::string_view name) { return name.empty(); });
  const bool within = above.size() <= names.size() && std::equal(above.begin(), above.end(), names.begin());
  const bool escapes = std::find(names.begin(), names.end(), "..") != names.end();
  if (!within || escapes) return {};
  return {names.begin() + static_cast<std::ptrdiff_t>(above.size()), names.end()};
}

}  // namespace

std::vector<CgroupPath> find_memory_cgroups(std::string_view mountinfo, std::string_view membership) {
  std::vector<CgroupPath> found;
  for_each_piece(mountinfo, '\n', [&](std::string_view line) {
    const std::optional<Mount> mount = memory_mount(line);
    if (!mount) return;
    const std::optional<std::string> path = membership_of(mount->version, membership);
    if (path) found.push_back({mount->version, mount->point, beneath(mount->root, *path)});
  });
  return found;
}

}  // namespace resilience
