#include "io/socket_address.h"

#include <cstddef>
#include <cstring>
#include <memory>

namespace resilience {

const sockaddr* SocketAddress::get() const noexcept {
  return reinterpret_cast<const sockaddr*>(&storage);
}

std::optional<SocketAddress> numeric_address(const std::string& text, std::uint16_t port) {
  sockets::start();
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(text.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return std::nullopt;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  SocketAddress address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.length = static_cast<socklen_t>(found->ai_addrlen);
  address.text = text;
  return address;
}

std::optional<SocketAddress> unix_address(const std::string& path) {
  SocketAddress address;
  auto* const local = reinterpret_cast<sockaddr_un*>(&address.storage);
  if (path.empty() || path.size() >= sizeof(local->sun_path)) return std::nullopt;
  local->sun_family = AF_UNIX;
  std::memcpy(local->sun_path, path.data(), path.size());
  const bool abstract = path.front() == '@';
  if (abstract) local->sun_path[0] = '\0';
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1));
  return address;
}

Connecting begin_connecting(const SocketAddress& address) noexcept {
  Connecting result;
  result.fd.reset(sockets::open_stream(address.storage.ss_family));
  result.error =
      result.fd.valid() ? sockets::connect(result.fd.get(), address.get(), address.length) : sockets::last_error();
  return result;
}

int connect_error(int fd) noexcept {
  return sockets::pending_error(fd);
}

}  // namespace resilience
