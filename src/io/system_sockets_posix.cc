#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "io/socket_io.h"
#include "io/system_sockets.h"

namespace resilience::sockets {
namespace {

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;  // macOS: SO_NOSIGPIPE, set where the socket is opened
#endif

// Of a peer that is watched: seconds of silence before it is asked, and between questions; how many may go unanswered.
constexpr int kPeerIdle = 2;
constexpr int kPeerInterval = 1;
constexpr int kPeerQuestions = 3;

// On a socket of another kind than TCP's it does nothing, and nothing is needed.
void set_tcp_option(int fd, int option, int value) noexcept {
  static_cast<void>(::setsockopt(fd, IPPROTO_TCP, option, &value, sizeof value));
}

#ifndef __linux__
void make_ours(int fd) noexcept {
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
}
#endif

}  // namespace

void start() noexcept {}

int open_stream(int family) noexcept {
#ifdef SOCK_CLOEXEC
  return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
  const int fd = ::socket(family, SOCK_STREAM, 0);
  if (fd < 0) return fd;
  make_ours(fd);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on));
  return fd;
#endif
}

void close(int socket) noexcept {
  ::close(socket);
}

int connect(int socket, const sockaddr* address, socklen_t length) noexcept {
  return ::connect(socket, address, length) == 0 || errno == EINPROGRESS ? 0 : errno;
}

int last_error() noexcept {
  return errno == EWOULDBLOCK || errno == EINTR ? EAGAIN : errno;
}

int pending_error(int socket) noexcept {
  int error = 0;
  socklen_t length = sizeof(error);
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

std::ptrdiff_t receive(int socket, std::span<char> into) noexcept {
  return ::recv(socket, into.data(), into.size(), 0);
}

std::ptrdiff_t send(int socket, std::string_view bytes) noexcept {
  return ::send(socket, bytes.data(), bytes.size(), kNoSignal);
}

void shut_down_sending(int socket) noexcept {
  ::shutdown(socket, SHUT_WR);
}

void watch_peer(int socket) noexcept {
  const int on = 1;
  static_cast<void>(::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on));
#if defined(TCP_KEEPIDLE)
  set_tcp_option(socket, TCP_KEEPIDLE, kPeerIdle);
#elif defined(TCP_KEEPALIVE)
  set_tcp_option(socket, TCP_KEEPALIVE, kPeerIdle);
#endif
#if defined(TCP_KEEPINTVL) && defined(TCP_KEEPCNT)
  set_tcp_option(socket, TCP_KEEPINTVL, kPeerInterval);
  set_tcp_option(socket, TCP_KEEPCNT, kPeerQuestions);
#endif
#if defined(TCP_USER_TIMEOUT)
  // What was sent and has not arrived: keepalive says nothing while the kernel sends it again.
  set_tcp_option(socket, TCP_USER_TIMEOUT, (kPeerIdle + kPeerInterval * kPeerQuestions) * 1000);
#endif
}

void wait(std::span<const PollInterest> interests, int timeout_ms, std::vector<bool>& ready) {
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

WakeEnds open_wake_ends() noexcept {
  std::array<int, 2> ends{-1, -1};
#ifdef __linux__
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return {};
#else
  if (::pipe(ends.data()) != 0) return {};
  for (const int end : ends) make_ours(end);
#endif
  return {ends[0], ends[1]};
}

void wake(int write) noexcept {
  const char byte = 0;
  // A full pipe wakes as well as one more byte in it.
  [[maybe_unused]] const auto written = ::write(write, &byte, 1);
}

void drain(int read) noexcept {
  std::array<char, 64> bytes{};
  while (::read(read, bytes.data(), bytes.size()) > 0) {
  }
}

std::string numeric_text(const addrinfo& address) {
  std::array<char, NI_MAXHOST> text{};
  const int error =
      ::getnameinfo(address.ai_addr, address.ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  return error == 0 ? text.data() : std::string{};
}

int lookup_errno(int error) noexcept {
  if (error == EAI_SYSTEM) return errno;
  return error == EAI_MEMORY ? ENOMEM : 0;
}

}  // namespace resilience::sockets
