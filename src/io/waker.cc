#include "io/waker.h"

#include <fcntl.h>

#include <array>

namespace resilience {

Waker::Waker() noexcept {
  std::array<int, 2> ends{-1, -1};
#ifdef __linux__
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
#else
  if (::pipe(ends.data()) != 0) return;
  for (const int end : ends) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
#endif
  read_end_.reset(ends[0]);
  write_end_.reset(ends[1]);
}

void Waker::wake() noexcept {
  const char byte = 0;
  // A full pipe wakes as well as one more byte in it.
  [[maybe_unused]] const auto written = ::write(write_end_.get(), &byte, 1);
}

void Waker::clear() noexcept {
  std::array<char, 64> bytes{};
  while (::read(read_end_.get(), bytes.data(), bytes.size()) > 0) {
  }
}

}  // namespace resilience
