#include "io/socket_io.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace resilience {
namespace {

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;  // macOS: SO_NOSIGPIPE, set where the socket is opened
#endif

Transfer failed() noexcept {
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {};
  return {0, false, errno};
}

}  // namespace

void wait_for_any(std::span<const PollInterest> interests, int timeout_ms, std::vector<bool>& ready) {
  std::vector<pollfd> fds;
  fds.reserve(interests.size());
  for (const PollInterest& interest : interests) {
    const int events = (interest.read ? POLLIN : 0) | (interest.write ? POLLOUT : 0);
    fds.push_back({interest.fd, static_cast<short>(events), 0});
  }
  const int count = ::poll(fds.data(), static_cast<nfds_t>(fds.size()), timeout_ms);
  ready.assign(fds.size(), false);
  for (std::size_t i = 0; count > 0 && i < fds.size(); ++i) ready[i] = fds[i].revents != 0;
}

Transfer receive_some(int fd, std::span<char> into) noexcept {
  const ssize_t got = ::recv(fd, into.data(), into.size(), 0);
  if (got < 0) return failed();
  return {static_cast<std::size_t>(got), got == 0 && !into.empty(), 0};
}

Transfer send_some(int fd, std::string_view bytes) noexcept {
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), kNoSignal);
  if (sent < 0) return failed();
  return {static_cast<std::size_t>(sent), false, 0};
}

}  // namespace resilience
