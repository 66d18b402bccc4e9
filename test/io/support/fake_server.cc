#include "test/io/support/fake_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>

namespace resilience::testing {
namespace {

struct Bound {
  UniqueFd fd;
  std::uint16_t port;
};

Bound bind_loopback() {
  Bound bound{UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), 0};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(bound.fd.get(), generic, length) != 0 || ::getsockname(bound.fd.get(), generic, &length) != 0)
    std::abort();
  bound.port = ntohs(address.sin_port);
  return bound;
}

std::string int32(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(value >> static_cast<unsigned>(shift)));
  return bytes;
}

std::string column(std::string_view name, std::uint32_t type) {
  return std::string(name) + '\0' + int32(0) + std::string(2, '\0') + int32(type) + std::string("\xff\xff", 2) +
         int32(0xffffffff) + std::string(2, '\0');
}

}  // namespace

bool Peer::wait(short events, int timeout) {
  std::array<pollfd, 2> fds{{{fd_.get(), events, 0}, {end_.fd(), POLLIN, 0}}};
  const int count = ::poll(fds.data(), fds.size(), timeout);
  return fds[1].revents == 0 && (count > 0 || timeout >= 0);
}

bool Peer::receive(std::string* into) {
  if (!wait(POLLIN, -1)) return false;
  std::array<char, 8192> bytes{};
  const ssize_t got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  if (into && got > 0) into->assign(bytes.data(), static_cast<std::size_t>(got));
  return got > 0;
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait(POLLOUT, -1)) return false;
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Peer::pause(std::chrono::milliseconds time) {
  return wait(0, static_cast<int>(time.count()));
}

void Peer::stay_silent() {
  while (receive()) {
  }
}

FakeServer::FakeServer(Script script) : script_(std::move(script)) {
  Bound bound = bind_loopback();
  listener_ = std::move(bound.fd);
  port_ = bound.port;
  if (::listen(listener_.get(), 128) != 0) std::abort();
  acceptor_ = std::thread([this] { accept_all(); });
}

FakeServer::~FakeServer() {
  end_.wake();
  acceptor_.join();
  for (std::thread& peer : peers_) peer.join();
}

void FakeServer::accept_all() {
  for (;;) {
    std::array<pollfd, 2> fds{{{listener_.get(), POLLIN, 0}, {end_.fd(), POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), -1);
    if (fds[1].revents != 0) return;
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++accepted_;
    peers_.emplace_back([this, fd] {
      Peer peer(fd, end_);
      script_(peer);
    });
  }
}

RefusingPort::RefusingPort() {
  Bound bound = bind_loopback();
  socket_ = std::move(bound.fd);
  port_ = bound.port;
}

void RefusingPort::listen() {
  if (::listen(socket_.get(), 16) != 0) std::abort();
}

std::string RefusingPort::receive_from_next() {
  const UniqueFd peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  std::array<char, 1024> bytes{};
  const ssize_t got = ::recv(peer.get(), bytes.data(), bytes.size(), 0);
  return {bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

std::string pg_message(char kind, const std::string& body) {
  return kind + int32(static_cast<std::uint32_t>(body.size() + 4)) + body;
}

std::string pg_error(std::string_view sqlstate, std::string_view text, std::string_view severity) {
  std::string body;
  body.append("S").append(severity).append(1, '\0');
  body.append("V").append(severity).append(1, '\0');
  body.append("C").append(sqlstate).append(1, '\0');
  body.append("M").append(text).append(1, '\0').append(1, '\0');
  return pg_message('E', body);
}

std::string pg_login_ok() {
  const std::string version = std::string("server_version") + '\0' + "15.4" + '\0';
  return pg_message('R', int32(0)) + pg_message('S', version) + pg_message('Z', "I");
}

std::string pg_row(std::string_view first, std::string_view second) {
  const std::string columns = std::string("\0\2", 2) + column("a", 16) + column("b", 25);
  std::string row("\0\2", 2);
  for (const std::string_view value : {first, second}) {
    row.append(int32(static_cast<std::uint32_t>(value.size()))).append(value);
  }
  return pg_message('T', columns) + pg_message('D', row) + pg_message('C', std::string("SELECT 1") + '\0') +
         pg_message('Z', "I");
}

void silent(Peer& peer) {
  peer.stay_silent();
}

void hangs_up(Peer& peer) {
  peer.receive();
}

void lets_in(Peer& peer) {
  std::string request;
  if (!peer.receive(&request)) return;
  if (request.size() == 8 && (!peer.send("N") || !peer.receive())) return;
  if (!peer.send(pg_login_ok())) return;
  while (peer.receive(&request)) {
    if (request.front() == 'X' || !peer.send(pg_row("f", "off"))) return;
  }
}

FakeServer::Script replies(std::string reply, bool endless) {
  return [reply = std::move(reply), endless](Peer& peer) {
    std::string request;
    if (!peer.receive(&request)) return;
    if (request.size() == 8 && (!peer.send("N") || !peer.receive())) return;
    if (!peer.send(pg_login_ok()) || !peer.receive()) return;
    while (peer.send(reply) && endless) {
    }
    peer.stay_silent();
  };
}

}  // namespace resilience::testing
