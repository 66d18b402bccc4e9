#include "core/probe_verdict.h"

#include <algorithm>
#include <array>

#include "core/ascii.h"

namespace resilience {
namespace {

// The database is not there, or not yet, or no longer.
constexpr std::array<std::string_view, 21> kDownCodes = {
    "57P01",
    "57P02",
    "57P03",
    "57P05",
    "ECONNREFUSED",
    "ECONNRESET",
    "ECONNABORTED",
    "EPIPE",
    "ETIMEDOUT",
    "EHOSTUNREACH",
    "EHOSTDOWN",
    "ENETUNREACH",
    "ENETDOWN",
    "ENETRESET",
    "ENOENT",  // of a Unix socket: no server has made it
    probe_code::kHostNotFound,
    probe_code::kNameServer,
    probe_code::kClosed,
    probe_code::kProtocol,
    probe_code::kNoMatchingHost,
    "ENODATA",
};

// PgBouncer says 08P01 for nearly everything; with these it refuses the client and says nothing of the server.
constexpr std::array<std::string_view, 7> kPoolerRefusals = {
    "no more connections allowed",   "no such database", "no such user", "authentication failed", "auth failed",
    "unsupported startup parameter", "SSL required",
};

bool is_capital_or_digit(char c) noexcept {
  return is_capital(c) || is_digit(c);
}

}  // namespace

bool is_sqlstate(std::string_view code) noexcept {
  return code.size() == 5 && std::ranges::all_of(code, is_capital_or_digit) && std::ranges::any_of(code, is_digit);
}

ProbeVerdict verdict_of(std::string_view code, std::string_view message) noexcept {
  if (std::find(kDownCodes.begin(), kDownCodes.end(), code) != kDownCodes.end()) return ProbeVerdict::kDown;
  if (code == probe_code::kCannotLogIn) return ProbeVerdict::kUp;
  if (!is_sqlstate(code)) return ProbeVerdict::kInconclusive;
  if (code.starts_with("08")) {
    const bool refused =
        std::any_of(kPoolerRefusals.begin(), kPoolerRefusals.end(),
                    [message](std::string_view phrase) { return message.find(phrase) != std::string_view::npos; });
    return refused ? ProbeVerdict::kUp : ProbeVerdict::kDown;
  }
  // A server that breaks, or a proxy that reports a broken one in its own words.
  if (code.starts_with("XX") || code.starts_with("58") || code.starts_with("F0")) return ProbeVerdict::kInconclusive;
  return ProbeVerdict::kUp;
}

}  // namespace resilience
