// One attempt to reach a server of which only its address is known: connect, and if asked for, wait for the greeting
// that MySQL and MariaDB send first.
//
// A MySQL server counts connections that end before the login, and after max_connect_errors of them in a row from one
// machine (not the loopback) shuts that machine out; a login of anybody there starts the count anew. So a greeting is
// only waited for while the database is being looked for.
// Polled as PgAttempt is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "io/attempt.h"
#include "io/socket_address.h"

namespace resilience {

class TcpAttempt {
 public:
  TcpAttempt(const SocketAddress& address, bool awaits_greeting);

  [[nodiscard]] std::optional<PollInterest> interest() const;
  void advance();
  [[nodiscard]] const std::optional<AttemptOutcome>& outcome() const noexcept { return outcome_; }
  [[nodiscard]] AttemptPhase phase() const noexcept {
    return connected_ ? AttemptPhase::kAwaitingReply : AttemptPhase::kConnecting;
  }

 private:
  void settle(ProbeVerdict verdict, std::string_view code, std::string message);
  void settle_errno(int error);
  void read_greeting();

  UniqueFd fd_;
  const bool awaits_greeting_;
  bool connected_ = false;
  std::array<unsigned char, 256> greeting_{};
  std::size_t received_ = 0;
  std::optional<AttemptOutcome> outcome_;
};

// What the first packet of a MySQL server says. Empty: more bytes are needed.
[[nodiscard]] std::optional<AttemptOutcome> read_mysql_greeting(std::string_view bytes);

}  // namespace resilience
