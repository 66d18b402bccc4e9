// The sockets of the operating system, POSIX's or Windows', under one name: with own_thread.h all that differs between
// the systems that the greeting probe runs on. system_sockets_posix.cc and system_sockets_windows.cc define it.
//
// A socket is an int on both: Windows' handles have 32 bits that count. Errors are errno's on both. Nothing blocks but
// wait().
#pragma once

#ifdef _WIN32
#include <winsock2.h>
// After it, in this order.
#include <afunix.h>
#include <ws2tcpip.h>
#else
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#endif

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {
struct PollInterest;
}

namespace resilience::sockets {

// Before anything else of a thread's. Any number of times.
void start() noexcept;

// A stream: non-blocking, not inherited by other programs, raising no signal. -1: see last_error().
[[nodiscard]] int open_stream(int family) noexcept;
void close(int socket) noexcept;
// 0: connected, or on its way.
[[nodiscard]] int connect(int socket, const sockaddr* address, socklen_t length) noexcept;
// Of this thread's last call. What would block, or was interrupted, is EAGAIN.
[[nodiscard]] int last_error() noexcept;
// SO_ERROR: 0 or what ended the attempt to connect.
[[nodiscard]] int pending_error(int socket) noexcept;

// -1: see last_error().
[[nodiscard]] std::ptrdiff_t receive(int socket, std::span<char> into) noexcept;
[[nodiscard]] std::ptrdiff_t send(int socket, std::string_view bytes) noexcept;

void shut_down_sending(int socket) noexcept;
// See socket_io.h.
void watch_peer(int socket) noexcept;

// poll(2): `ready` gets one entry for each of `interests`; -1 as a socket is never ready.
void wait(std::span<const PollInterest> interests, int timeout_ms, std::vector<bool>& ready);

// What is written to `write` makes `read` readable; both are non-blocking. -1: there are no more descriptors.
struct WakeEnds {
  int read = -1;
  int write = -1;
};
[[nodiscard]] WakeEnds open_wake_ends() noexcept;
void wake(int write) noexcept;
void drain(int read) noexcept;

// In figures; empty where that cannot be said.
[[nodiscard]] std::string numeric_text(const addrinfo& address);
// What getaddrinfo(3) answered besides `host not found`: an errno, or 0.
[[nodiscard]] int lookup_errno(int error) noexcept;

}  // namespace resilience::sockets
