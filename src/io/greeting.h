// What a server says before anybody logs in: read within bounds, and told from whatever else listens at a port.
//
// PostgreSQL is asked first: for TLS, or with a start-up packet. MySQL and MariaDB speak first. Pure; any bytes are
// accepted. A reader answers nothing while more bytes are needed, and never needs more than kLongestGreeting.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "io/attempt.h"

namespace resilience {

inline constexpr std::size_t kLongestGreeting = 4096;

// ---- PostgreSQL

// "Do you speak TLS?"
[[nodiscard]] std::string pg_tls_request();
// Says who wants what, and nothing secret.
[[nodiscard]] std::string pg_startup(std::string_view user, std::string_view database);

enum class PgTlsReply : unsigned char {
  kYes = 0,
  kNo = 1,
  kError = 2,    // an error message; read_pg_reply() reads it
  kForeign = 3,  // not PostgreSQL's
};
[[nodiscard]] std::optional<PgTlsReply> read_pg_tls_reply(std::string_view bytes) noexcept;

// To a start-up packet. A server that asks for a password is up; an error is judged by its SQLSTATE.
[[nodiscard]] std::optional<AttemptOutcome> read_pg_reply(std::string_view bytes);

// ---- MySQL and MariaDB

// The initial handshake (protocol 10), or an error packet: too many connections is an answer, too; a server that is
// being shut down is down.
[[nodiscard]] std::optional<AttemptOutcome> read_mysql_greeting(std::string_view bytes);

}  // namespace resilience
