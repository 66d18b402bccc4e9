// A text that a library insists on reading from a file. Others cannot read it.
#pragma once

#include <string>
#include <string_view>

#include "io/unique_fd.h"

namespace resilience {

class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text);
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile();

  // Valid as long as this object. Empty where there is no room for a file at all.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  [[nodiscard]] bool in_memory(std::string_view text);
  [[nodiscard]] bool on_disk(std::string_view text);
  [[nodiscard]] bool write_all(std::string_view text) const;

  UniqueFd fd_;
  std::string path_;
  bool on_disk_ = false;
};

}  // namespace resilience
