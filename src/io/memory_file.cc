#include "io/memory_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#ifdef __linux__
#include <sys/syscall.h>
#endif

namespace resilience {
namespace {

[[maybe_unused]] constexpr mode_t kOwnerAlone = 0600;  // on Linux only

}  // namespace

MemoryFile::MemoryFile(std::string_view text) {
  if (!in_memory(text) && !on_disk(text)) path_.clear();
}

MemoryFile::~MemoryFile() {
  if (on_disk_) ::unlink(path_.c_str());
}

bool MemoryFile::write_all(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(fd_.get(), text.data(), text.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool MemoryFile::in_memory([[maybe_unused]] std::string_view text) {
#ifdef SYS_memfd_create
  constexpr unsigned kCloseOnExec = 1;
  // By its number: the C libraries that this runs with do not all have the function.
  fd_.reset(static_cast<int>(::syscall(SYS_memfd_create, "prisma-resilient-client", kCloseOnExec)));
  if (!fd_.valid() || ::fchmod(fd_.get(), kOwnerAlone) != 0 || !write_all(text)) return false;
  path_ = "/proc/self/fd/" + std::to_string(fd_.get());
  return ::access(path_.c_str(), R_OK) == 0;  // /proc may not be mounted
#else
  return false;
#endif
}

bool MemoryFile::on_disk(std::string_view text) {
  const char* const folder = std::getenv("TMPDIR");
  path_ = std::string(folder ? folder : "/tmp") + "/prisma-resilient-XXXXXX";
  fd_.reset(::mkstemp(path_.data()));  // for its owner alone
  on_disk_ = fd_.valid();
  if (on_disk_ && write_all(text)) return true;
  if (std::exchange(on_disk_, false)) ::unlink(path_.c_str());
  return false;
}

}  // namespace resilience
