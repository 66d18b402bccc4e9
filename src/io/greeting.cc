#include "io/greeting.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "core/probe_verdict.h"
#include "io/one_line.h"

namespace resilience {
namespace {

constexpr std::string_view kForeign = "the answer is not one of a database server";

AttemptOutcome up() {
  AttemptOutcome outcome;
  outcome.verdict = ProbeVerdict::kUp;
  return outcome;
}

AttemptOutcome foreign() {
  return failed_attempt(probe_code::kProtocol, std::string(kForeign));
}

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

// ---- PostgreSQL

constexpr std::uint32_t kProtocolThree = 3U << 16U;
constexpr std::uint32_t kTlsCode = (1234U << 16U) | 5679U;
constexpr std::size_t kPgHeader = 5;  // kind and length
// As libpq has them: longer ones are no authentication request, and no error.
constexpr std::uint32_t kLongestRequest = 2000;
constexpr std::uint32_t kLongestError = 30000;

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  return byte_at(bytes, at) << 24U | byte_at(bytes, at + 1) << 16U | byte_at(bytes, at + 2) << 8U |
         byte_at(bytes, at + 3);
}

void append_big_endian(std::string& bytes, std::uint32_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<char>(value >> shift & 0xffU));
}

// `fields`: each a letter and a text that ends with a zero byte, as far as they came.
std::string_view error_field(std::string_view fields, char wanted) {
  while (!fields.empty() && fields.front() != '\0') {
    const char name = fields.front();
    fields.remove_prefix(1);
    const std::size_t end = fields.find('\0');
    if (end == std::string_view::npos) return {};
    if (name == wanted) return fields.substr(0, end);
    fields.remove_prefix(end + 1);
  }
  return {};
}

// Whoever knows the passwords looks for them in what is answered: nothing is cut before.
AttemptOutcome read_pg_error(std::string_view fields) {
  const std::string_view code = error_field(fields, 'C');
  if (!is_sqlstate(code)) return foreign();
  return failed_attempt(code, one_line(error_field(fields, 'M'), {}, kLongestGreeting));
}

// AuthenticationOk, or one of the requests that there are.
AttemptOutcome read_pg_authentication(std::string_view body) {
  constexpr std::uint32_t kLastRequest = 12;
  const std::uint32_t request = big_endian(body, 0);
  if (request > kLastRequest) return foreign();
  AttemptOutcome outcome = up();
  if (request == 0) return outcome;
  outcome.code = probe_code::kCannotLogIn;
  outcome.message = "the server asks who we are, and was told no password";
  return outcome;
}

// ---- MySQL and MariaDB

constexpr std::size_t kMysqlHeader = 4;  // length and number
constexpr std::uint32_t kProtocolTen = 10;
constexpr std::uint32_t kErrorPacket = 0xff;
constexpr std::uint32_t kServerShutdown = 1053;
constexpr std::size_t kAfterVersion = 4 + 8 + 1 + 2;  // thread, scramble, a zero byte, capabilities
constexpr std::size_t kZeroByte = 4 + 8;
constexpr std::string_view kMariaDbPrefix = "5.5.5-";  // which MariaDB puts before its own version

// "10.11.6-MariaDB" counts as 101106, as PostgreSQL's old versions do.
std::uint32_t version_number(std::string_view text) {
  if (text.starts_with(kMariaDbPrefix)) text.remove_prefix(kMariaDbPrefix.size());
  std::array<std::uint32_t, 3> parts{};
  for (std::uint32_t& part : parts) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc{} || part > 99) break;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  return parts[0] * 10000 + parts[1] * 100 + parts[2];
}

AttemptOutcome read_mysql_error(std::string_view body) {
  if (body.size() < 2) return foreign();
  const std::uint32_t number = byte_at(body, 0) | byte_at(body, 1) << 8U;
  std::string message = std::to_string(number) + ": " + one_line(body.substr(2), {}, kLongestGreeting);
  if (number == kServerShutdown) return failed_attempt(probe_code::kClosed, std::move(message));
  AttemptOutcome outcome = up();
  outcome.code = probe_code::kCannotLogIn;
  outcome.message = std::move(message);
  return outcome;
}

AttemptOutcome read_mysql_handshake(std::string_view body) {
  const std::size_t end = body.find('\0');
  if (end == std::string_view::npos || body.size() - end - 1 < kAfterVersion) return foreign();
  if (body[end + 1 + kZeroByte] != '\0') return foreign();
  AttemptOutcome outcome = up();
  outcome.server_version = version_number(body.substr(0, end));
  return outcome;
}

}  // namespace

std::string pg_tls_request() {
  std::string bytes;
  append_big_endian(bytes, 8);
  append_big_endian(bytes, kTlsCode);
  return bytes;
}

std::string pg_startup(std::string_view user, std::string_view database) {
  std::string body;
  append_big_endian(body, kProtocolThree);
  for (const std::string_view text : {std::string_view("user"), user, std::string_view("database"), database}) {
    body.append(text).push_back('\0');
  }
  body.push_back('\0');
  std::string bytes;
  append_big_endian(bytes, static_cast<std::uint32_t>(body.size() + 4));
  return bytes + body;
}

std::optional<PgTlsReply> read_pg_tls_reply(std::string_view bytes) noexcept {
  if (bytes.empty()) return std::nullopt;
  // What comes behind the one byte was sent by somebody in between.
  if (bytes.front() == 'S') return bytes.size() == 1 ? PgTlsReply::kYes : PgTlsReply::kForeign;
  if (bytes.front() == 'N') return bytes.size() == 1 ? PgTlsReply::kNo : PgTlsReply::kForeign;
  return bytes.front() == 'E' ? PgTlsReply::kError : PgTlsReply::kForeign;
}

std::optional<AttemptOutcome> read_pg_reply(std::string_view bytes) {
  for (;;) {
    if (bytes.empty()) return std::nullopt;
    const char kind = bytes.front();
    if (kind != 'R' && kind != 'E' && kind != 'v') return foreign();
    if (bytes.size() < kPgHeader) return std::nullopt;
    const std::uint32_t length = big_endian(bytes, 1);
    if (length < 8 || length > (kind == 'E' ? kLongestError : kLongestRequest)) return foreign();
    const std::string_view body = bytes.substr(kPgHeader, length - 4);
    const bool whole = body.size() == length - 4;
    // Of an error that is longer than there is room, the beginning says enough.
    if (!whole && (kind != 'E' || bytes.size() < kLongestGreeting)) return std::nullopt;
    if (kind == 'E') return read_pg_error(body);
    if (kind == 'R') return read_pg_authentication(body);
    bytes.remove_prefix(1 + length);  // it speaks an older minor version
  }
}

std::optional<AttemptOutcome> read_mysql_greeting(std::string_view bytes) {
  if (bytes.size() <= kMysqlHeader) return std::nullopt;
  const std::size_t length = byte_at(bytes, 0) | byte_at(bytes, 1) << 8U | byte_at(bytes, 2) << 16U;
  const std::uint32_t kind = byte_at(bytes, kMysqlHeader);
  const bool first = byte_at(bytes, 3) == 0;
  const bool fits = length > 1 && length <= kLongestGreeting - kMysqlHeader;
  if (!first || !fits || (kind != kProtocolTen && kind != kErrorPacket)) return foreign();
  if (bytes.size() < kMysqlHeader + length) return std::nullopt;
  const std::string_view body = bytes.substr(kMysqlHeader + 1, length - 1);
  return kind == kErrorPacket ? read_mysql_error(body) : read_mysql_handshake(body);
}

}  // namespace resilience
