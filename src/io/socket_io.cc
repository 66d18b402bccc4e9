#include "io/socket_io.h"

#include <cerrno>

#include "io/system_sockets.h"

namespace resilience {
namespace {

Transfer failed() noexcept {
  const int error = sockets::last_error();
  if (error == EAGAIN) return {};
  return {0, false, error};
}

}  // namespace

void wait_for_any(std::span<const PollInterest> interests, int timeout_ms, std::vector<bool>& ready) {
  sockets::wait(interests, timeout_ms, ready);
}

Transfer receive_some(int fd, std::span<char> into) noexcept {
  const std::ptrdiff_t got = sockets::receive(fd, into);
  if (got < 0) return failed();
  return {static_cast<std::size_t>(got), got == 0 && !into.empty(), 0};
}

void shut_down_sending(int fd) noexcept {
  sockets::shut_down_sending(fd);
}

void watch_peer(int fd) noexcept {
  sockets::watch_peer(fd);
}

Transfer send_some(int fd, std::string_view bytes) noexcept {
  const std::ptrdiff_t sent = sockets::send(fd, bytes);
  if (sent < 0) return failed();
  return {static_cast<std::size_t>(sent), false, 0};
}

}  // namespace resilience
