#include <array>
#include <cerrno>
#include <utility>

#include "io/socket_io.h"
#include "io/system_sockets.h"

namespace resilience::sockets {
namespace {

constexpr std::array<std::pair<int, int>, 21> kErrors = {{
    {WSAEWOULDBLOCK, EAGAIN},
    {WSAEINTR, EAGAIN},
    {WSAECONNREFUSED, ECONNREFUSED},
    {WSAECONNRESET, ECONNRESET},
    {WSAECONNABORTED, ECONNABORTED},
    {WSAETIMEDOUT, ETIMEDOUT},
    {WSAEHOSTUNREACH, EHOSTUNREACH},
    {WSAEHOSTDOWN, EHOSTUNREACH},
    {WSAENETUNREACH, ENETUNREACH},
    {WSAENETDOWN, ENETDOWN},
    {WSAENETRESET, ENETRESET},
    {WSAESHUTDOWN, EPIPE},
    {WSAEADDRNOTAVAIL, EADDRNOTAVAIL},
    {WSAEADDRINUSE, EADDRINUSE},
    {WSAEAFNOSUPPORT, EAFNOSUPPORT},
    {WSAEACCES, EACCES},
    {WSAEMFILE, EMFILE},
    {WSAENOBUFS, ENOBUFS},
    {WSAEINVAL, EINVAL},
    {WSAENOTSOCK, ENOTSOCK},
    {WSAEPROTOTYPE, EPROTOTYPE},
}};

// Of no meaning to a connection: errno_name() says EUNKNOWN.
constexpr int kUnknown = EILSEQ;

int as_errno(int error) noexcept {
  for (const auto& [theirs, ours] : kErrors) {
    if (theirs == error) return ours;
  }
  return kUnknown;
}

constexpr SOCKET handle(int socket) noexcept {
  return static_cast<SOCKET>(socket);
}

int ours(SOCKET socket) noexcept {
  return socket == INVALID_SOCKET ? -1 : static_cast<int>(socket);
}

int open(int family, int type) noexcept {
  const SOCKET socket = ::WSASocketW(family, type, 0, nullptr, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  if (socket == INVALID_SOCKET) return -1;
  u_long on = 1;
  ::ioctlsocket(socket, static_cast<long>(FIONBIO), &on);
  return ours(socket);
}

// Bound to a port of the loopback that the system chooses.
int open_datagrams(sockaddr_in& address) noexcept {
  const int socket = open(AF_INET, SOCK_DGRAM);
  if (socket < 0) return -1;
  address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  int length = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(handle(socket), any, length) == 0 && ::getsockname(handle(socket), any, &length) == 0) return socket;
  close(socket);
  return -1;
}

bool hears(int socket, const sockaddr_in& address) noexcept {
  return connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

}  // namespace

void start() noexcept {
  static const int started = [] {
    WSADATA data{};
    return ::WSAStartup(MAKEWORD(2, 2), &data);
  }();
  static_cast<void>(started);
}

int open_stream(int family) noexcept {
  start();
  return open(family, SOCK_STREAM);
}

void close(int socket) noexcept {
  ::closesocket(handle(socket));
}

int connect(int socket, const sockaddr* address, socklen_t length) noexcept {
  if (::connect(handle(socket), address, length) == 0) return 0;
  const int error = ::WSAGetLastError();
  return error == WSAEWOULDBLOCK ? 0 : as_errno(error);
}

int last_error() noexcept {
  return as_errno(::WSAGetLastError());
}

int pending_error(int socket) noexcept {
  int error = 0;
  int length = sizeof(error);
  if (::getsockopt(handle(socket), SOL_SOCKET, SO_ERROR, reinterpret_cast<char*>(&error), &length) != 0) {
    return last_error();
  }
  return error == 0 ? 0 : as_errno(error);
}

std::ptrdiff_t receive(int socket, std::span<char> into) noexcept {
  return ::recv(handle(socket), into.data(), static_cast<int>(into.size()), 0);
}

std::ptrdiff_t send(int socket, std::string_view bytes) noexcept {
  return ::send(handle(socket), bytes.data(), static_cast<int>(bytes.size()), 0);
}

void shut_down_sending(int socket) noexcept {
  ::shutdown(handle(socket), SD_SEND);
}

void watch_peer(int socket) noexcept {
  const BOOL on = TRUE;
  ::setsockopt(handle(socket), SOL_SOCKET, SO_KEEPALIVE, reinterpret_cast<const char*>(&on), sizeof on);
}

// By select(): WSAPoll() says nothing of a connection that was refused before Windows 10 2004.
void wait(std::span<const PollInterest> interests, int timeout_ms, std::vector<bool>& ready) {
  fd_set readable;
  fd_set writable;
  fd_set failed;
  for (fd_set* set : {&readable, &writable, &failed}) FD_ZERO(set);
  bool any = false;
  for (const PollInterest& interest : interests) {
    if (interest.fd < 0) continue;
    any = true;
    // What is beyond FD_SETSIZE (src/io/CMakeLists.txt) is left out.
    if (interest.read) FD_SET(handle(interest.fd), &readable);
    if (interest.write) FD_SET(handle(interest.fd), &writable);
    FD_SET(handle(interest.fd), &failed);
  }
  ready.assign(interests.size(), false);
  if (!any) return ::Sleep(timeout_ms < 0 ? INFINITE : static_cast<DWORD>(timeout_ms));
  timeval timeout{timeout_ms / 1000, timeout_ms % 1000 * 1000};
  if (::select(0, &readable, &writable, &failed, timeout_ms < 0 ? nullptr : &timeout) <= 0) return;
  for (std::size_t i = 0; i < interests.size(); ++i) {
    if (interests[i].fd < 0) continue;
    const SOCKET socket = handle(interests[i].fd);
    ready[i] = FD_ISSET(socket, &readable) || FD_ISSET(socket, &writable) || FD_ISSET(socket, &failed);
  }
}

// Two sockets that hear each other alone: select() takes no pipes.
WakeEnds open_wake_ends() noexcept {
  start();
  sockaddr_in heard{};
  sockaddr_in told{};
  const WakeEnds ends{open_datagrams(heard), open_datagrams(told)};
  if (ends.read >= 0 && ends.write >= 0 && hears(ends.read, told) && hears(ends.write, heard)) return ends;
  for (const int end : {ends.read, ends.write}) {
    if (end >= 0) close(end);
  }
  return {};
}

void wake(int write) noexcept {
  const char byte = 0;
  static_cast<void>(::send(handle(write), &byte, 1, 0));
}

void drain(int read) noexcept {
  std::array<char, 64> bytes{};
  while (::recv(handle(read), bytes.data(), static_cast<int>(bytes.size()), 0) > 0) {
  }
}

std::string numeric_text(const addrinfo& address) {
  std::array<char, NI_MAXHOST> text{};
  const int error = ::getnameinfo(address.ai_addr, static_cast<socklen_t>(address.ai_addrlen), text.data(),
                                  static_cast<DWORD>(text.size()), nullptr, 0, NI_NUMERICHOST);
  return error == 0 ? text.data() : std::string{};
}

int lookup_errno(int error) noexcept {
  return error == EAI_MEMORY ? ENOMEM : 0;
}

}  // namespace resilience::sockets
