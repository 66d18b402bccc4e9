// What a socket is asked for after it was opened (socket_address.h opens it): wait, receive, send.
//
// Nothing blocks but wait_for_any(). How the operating system does it is in system_sockets.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace resilience {

// What to wait for until somebody can go on. Without a socket: for nothing.
struct PollInterest {
  int fd = -1;
  bool read = false;
  bool write = false;
};

// Waits until one of `interests` is ready, or `timeout_ms` is over (negative: for ever). `ready` gets one entry for
// each; a socket that broke is ready.
void wait_for_any(std::span<const PollInterest> interests, int timeout_ms, std::vector<bool>& ready);

struct Transfer {
  std::size_t bytes = 0;
  bool ended = false;  // receiving: the peer has closed its side
  int error = 0;       // an errno; what would block is none, and no bytes
};

[[nodiscard]] Transfer receive_some(int fd, std::span<char> into) noexcept;
// The peer is told that no more will come; what it sends is still received.
void shut_down_sending(int fd) noexcept;
// From now on the kernel asks whether the peer is still there, and breaks the socket after some seconds without a sign.
void watch_peer(int fd) noexcept;
// Raises no signal.
[[nodiscard]] Transfer send_some(int fd, std::string_view bytes) noexcept;

}  // namespace resilience
