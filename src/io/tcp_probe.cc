#include "io/tcp_probe.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>

#include "core/probe_verdict.h"
#include "io/errno_name.h"
#include "io/pq_error.h"

namespace resilience {
namespace {

constexpr std::size_t kHeader = 4;
constexpr unsigned char kProtocolTen = 10;
constexpr unsigned char kErrorPacket = 0xff;
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

}  // namespace

std::optional<AttemptOutcome> read_mysql_greeting(std::string_view bytes) {
  if (bytes.size() <= kHeader) return std::nullopt;
  AttemptOutcome outcome;
  outcome.verdict = ProbeVerdict::kUp;
  const auto kind = static_cast<unsigned char>(bytes[kHeader]);
  const std::string_view rest = bytes.substr(kHeader + 1);
  // A refusal (too many connections, host blocked) is an answer too: two bytes of number, then words.
  if (kind == kErrorPacket) {
    if (rest.size() < 2) return std::nullopt;
    outcome.code = probe_code::kCannotLogIn;
    outcome.message = one_line(rest.substr(2));
    return outcome;
  }
  if (kind != kProtocolTen) {
    outcome.verdict = ProbeVerdict::kDown;
    outcome.code = probe_code::kProtocol;
    outcome.message = "the greeting is not one of MySQL";
    return outcome;
  }
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  outcome.server_version = version_number(rest.substr(0, end));
  return outcome;
}

TcpAttempt::TcpAttempt(const SocketAddress& address, bool awaits_greeting) : awaits_greeting_(awaits_greeting) {
  Connecting connecting = begin_connecting(address);
  fd_ = std::move(connecting.fd);
  if (connecting.error != 0) settle_errno(connecting.error);
}

std::optional<PollInterest> TcpAttempt::interest() const {
  if (outcome_) return std::nullopt;
  return PollInterest{fd_.get(), static_cast<short>(connected_ ? POLLIN : POLLOUT)};
}

void TcpAttempt::advance() {
  if (outcome_) return;
  if (!connected_) {
    if (const int error = connect_error(fd_.get()); error != 0) return settle_errno(error);
    connected_ = true;
    if (!awaits_greeting_) return settle(ProbeVerdict::kUp, {}, {});
  }
  read_greeting();
}

void TcpAttempt::read_greeting() {
  const auto room = greeting_.size() - received_;
  const ssize_t got = ::recv(fd_.get(), greeting_.data() + received_, room, 0);
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) settle_errno(errno);
    return;
  }
  if (got == 0) return settle(ProbeVerdict::kDown, probe_code::kClosed, "the server hung up before its greeting");
  received_ += static_cast<std::size_t>(got);
  const std::string_view bytes(reinterpret_cast<const char*>(greeting_.data()), received_);
  outcome_ = read_mysql_greeting(bytes);
  if (!outcome_ && received_ == greeting_.size()) {
    settle(ProbeVerdict::kDown, probe_code::kProtocol, "the greeting has no end");
  }
  if (outcome_) fd_.reset();
}

void TcpAttempt::settle_errno(int error) {
  const std::string_view code = errno_name(error);
  settle(verdict_of(code, {}), code, errno_text(error));
}

void TcpAttempt::settle(ProbeVerdict verdict, std::string_view code, std::string message) {
  outcome_.emplace();
  outcome_->verdict = verdict;
  outcome_->code = code;
  outcome_->message = std::move(message);
  fd_.reset();
}

}  // namespace resilience
