// A server of the test's own making on a loopback port: each connection runs a script on its own thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "io/unique_fd.h"
#include "io/waker.h"

namespace resilience::testing {

// One accepted connection, as a script sees it. All calls return false once the peer has gone or the server ends.
class Peer {
 public:
  Peer(int fd, Waker& end) noexcept : fd_(fd), end_(end) {}
  // Waits for anything at all from the client.
  bool receive(std::string* into = nullptr);
  bool send(std::string_view bytes);
  // Keeps the connection open and silent.
  bool pause(std::chrono::milliseconds time);
  void stay_silent();

 private:
  bool wait(short events, int timeout);
  UniqueFd fd_;
  Waker& end_;
};

class FakeServer {
 public:
  using Script = std::function<void(Peer&)>;

  explicit FakeServer(Script script);
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  ~FakeServer();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] int accepted() const noexcept { return accepted_; }

 private:
  void accept_all();

  const Script script_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  Waker end_;
  std::atomic<int> accepted_ = 0;
  std::vector<std::thread> peers_;
  std::thread acceptor_;
};

// A port at which nothing listens, and nothing else will while this lives.
class RefusingPort {
 public:
  RefusingPort();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  // From now on connections are taken in.
  void listen();
  // What the next connection sends first, and then nothing more; empty where it is closed in silence.
  [[nodiscard]] std::string receive_from_next();

 private:
  UniqueFd socket_;
  std::uint16_t port_ = 0;
};

// PostgreSQL's messages.
[[nodiscard]] std::string pg_message(char kind, const std::string& body);
[[nodiscard]] std::string pg_error(std::string_view sqlstate, std::string_view message,
                                   std::string_view severity = "FATAL");
[[nodiscard]] std::string pg_login_ok();
// The reply to the probe's question: one row, two columns.
[[nodiscard]] std::string pg_row(std::string_view first, std::string_view second);

// Scripts.
void silent(Peer& peer);
void hangs_up(Peer& peer);
// Refuses TLS, lets in without a password, and then answers every question like a primary.
void lets_in(Peer& peer);
// The same, but sends `reply` to a question, as often as anybody takes it where `endless`.
[[nodiscard]] FakeServer::Script replies(std::string reply, bool endless = false);

}  // namespace resilience::testing
