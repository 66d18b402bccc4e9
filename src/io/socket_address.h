// A numeric address that connect(2) takes, and its text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/system_sockets.h"
#include "io/unique_fd.h"

namespace resilience {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  std::string text;  // numeric, as libpq's hostaddr takes it; empty for a Unix socket

  [[nodiscard]] const sockaddr* get() const noexcept;
};

// An IPv4 or IPv6 address in figures (an IPv6 one may name its interface). Empty: a name, or nonsense.
[[nodiscard]] std::optional<SocketAddress> numeric_address(const std::string& text, std::uint16_t port);

// A socket file, or '@' and a name in the abstract namespace. Empty: too long a path.
[[nodiscard]] std::optional<SocketAddress> unix_address(const std::string& path);

struct Connecting {
  UniqueFd fd;
  int error = 0;  // 0: connected, or on its way
};
// A non-blocking connection that has been begun.
[[nodiscard]] Connecting begin_connecting(const SocketAddress& address) noexcept;

// Once the socket is writable: 0 or the error that ended the attempt.
[[nodiscard]] int connect_error(int fd) noexcept;

}  // namespace resilience
