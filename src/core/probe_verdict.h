// What a failed attempt to connect says about the database.
//
// A server that refuses this user, this database or one more connection is up; one that is starting, stopping or
// silent is not. A failure that lies with us says nothing.
#pragma once

#include <string_view>

#include "core/probe_result.h"

namespace resilience {

// Codes of ours, where neither an SQLSTATE nor an errno names what happened.
namespace probe_code {
inline constexpr std::string_view kClosed = "ECONNCLOSED";  // the peer hung up in the middle of the handshake
inline constexpr std::string_view kProtocol = "EPROTO";     // the answer is not one of a database server
inline constexpr std::string_view kTls = "ETLS";            // no TLS session that fulfils the options
inline constexpr std::string_view kNoMatchingHost =
    "ENOPRIMARY";                                          // hosts answer, none is what target_session_attrs asks
inline constexpr std::string_view kCannotLogIn = "EAUTH";  // it asked for what we do not have, and said no more
inline constexpr std::string_view kHostNotFound = "ENOTFOUND";
inline constexpr std::string_view kNameServer = "EAI_AGAIN";
inline constexpr std::string_view kTimeout = "ETIMEDOUT";
inline constexpr std::string_view kOptions = "EINVAL";
inline constexpr std::string_view kSentinelLost = "ESENTINEL";  // the standing connection ended without a word
}  // namespace probe_code

// Five characters, digits and upper-case letters, at least one digit: what PostgreSQL's codes look like.
[[nodiscard]] bool is_sqlstate(std::string_view code) noexcept;

// `code` as in ProbeResult. `message` decides only where poolers put different things under one code.
[[nodiscard]] ProbeVerdict verdict_of(std::string_view code, std::string_view message) noexcept;

}  // namespace resilience
