// libpq's error texts as code and message.
//
// libpq tells the SQLSTATE of a failed connection attempt only within its text (PQERRORS_VERBOSE), and the errno only
// as the C library's words.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace resilience {

struct PqError {
  std::string code;     // as ProbeResult's; empty where the text tells none
  std::string message;  // one line, without positions in the server's source; not yet redacted
};

// `wants_password`: PQconnectionNeedsPassword(), whose text holds no code.
[[nodiscard]] PqError read_pq_error(std::string_view text, bool wants_password, std::span<const std::string> secrets);

}  // namespace resilience
