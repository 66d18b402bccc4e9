#include "io/pq_error.h"

#include <algorithm>
#include <array>

#include "core/probe_verdict.h"
#include "io/errno_name.h"
#include "io/one_line.h"

namespace resilience {
namespace {

struct Phrase {
  std::string_view text;
  std::string_view code;
};

// In this order; libpq is built without translations, so its own words are stable.
constexpr std::array<Phrase, 20> kPhrases = {{
    // The server's alert: it answers, and wants a certificate from us.
    {"alert certificate required", probe_code::kCannotLogIn},
    {"alert bad certificate", probe_code::kCannotLogIn},
    {"alert unknown ca", probe_code::kCannotLogIn},
    {"expected authentication request", probe_code::kProtocol},
    {"invalid response to SSL negotiation", probe_code::kProtocol},
    {"unencrypted data after SSL response", probe_code::kProtocol},
    {"lost synchronization with server", probe_code::kProtocol},
    {"unexpected message from server", probe_code::kProtocol},
    {"unexpected response from server", probe_code::kProtocol},
    {"invalid message", probe_code::kProtocol},
    {"protocol error", probe_code::kProtocol},
    {"wrong version number", probe_code::kProtocol},
    {"SCRAM", probe_code::kProtocol},
    {"server closed the connection unexpectedly", probe_code::kClosed},
    {"SSL SYSCALL error: EOF detected", probe_code::kClosed},
    {"unexpected eof while reading", probe_code::kClosed},
    {"authentication", probe_code::kCannotLogIn},
    {"certificate", probe_code::kTls},
    {"private key", probe_code::kTls},
    {"SSL", probe_code::kTls},
}};

// "FATAL:  28P01: password ..." in whatever language the severity is: the last such code, since libpq may have tried
// twice (with TLS and without).
std::string_view sqlstate_in(std::string_view text) {
  constexpr std::string_view kBefore = ":  ";
  std::string_view code;
  for (std::size_t at = text.find(kBefore); at != std::string_view::npos; at = text.find(kBefore, at + 1)) {
    const std::string_view candidate = text.substr(at + kBefore.size(), 5);
    const std::string_view after = text.substr(std::min(at + kBefore.size() + 5, text.size()), 2);
    if (is_sqlstate(candidate) && after == ": ") code = candidate;
  }
  return code;
}

std::string_view code_in(std::string_view text, bool wants_password) {
  if (const std::string_view code = sqlstate_in(text); !code.empty()) return code;
  if (wants_password) return probe_code::kCannotLogIn;
  const bool about_files = text.find("certificate file") != text.npos || text.find("private key file") != text.npos;
  if (about_files) return probe_code::kTls;  // their errno says nothing of the network
  if (const std::string_view code = errno_name_in(text); !code.empty()) return code;
  for (const Phrase& phrase : kPhrases) {
    if (text.find(phrase.text) != std::string_view::npos) return phrase.code;
  }
  return {};
}

}  // namespace

PqError read_pq_error(std::string_view text, bool wants_password, std::span<const std::string> secrets) {
  return {std::string(code_in(text, wants_password)), one_line(text.substr(0, text.find("\nLOCATION:")), secrets)};
}

}  // namespace resilience
