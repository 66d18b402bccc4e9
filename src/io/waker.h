// Ends another thread's poll(2). Any thread may wake; the owner polls fd() and clears it.
#pragma once

#include "io/unique_fd.h"

namespace resilience {

class Waker {
 public:
  Waker() noexcept;
  // False where the process has no file descriptor left.
  [[nodiscard]] bool valid() const noexcept { return read_end_.valid(); }
  [[nodiscard]] int fd() const noexcept { return read_end_.get(); }
  void wake() noexcept;
  void clear() noexcept;

 private:
  UniqueFd read_end_;
  UniqueFd write_end_;
};

}  // namespace resilience
