#include "io/waker.h"

#include "io/system_sockets.h"

namespace resilience {

Waker::Waker() noexcept {
  const sockets::WakeEnds ends = sockets::open_wake_ends();
  read_end_.reset(ends.read);
  write_end_.reset(ends.write);
}

void Waker::wake() noexcept {
  sockets::wake(write_end_.get());
}

void Waker::clear() noexcept {
  sockets::drain(read_end_.get());
}

}  // namespace resilience
