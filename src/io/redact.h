// Takes passwords out of text: connection strings of either form, and any error text that has one in it.
//
// Meant to err on the side of hiding too much. Any bytes are accepted; linear in their number. No state, any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace resilience {

inline constexpr std::string_view kRedacted = "***";

// Hides what stands between the user's name and the last '@' of anything like scheme://user:password@host, and the
// values of password=, sslpassword=, passwd=, pwd=, passphrase= and api_key= (also with a colon, also quoted).
[[nodiscard]] std::string redact(std::string_view text);

// The same, and every occurrence of these very secrets. A text that holds a secret of fewer than four bytes is withheld
// altogether: replacing single letters would only point at them.
[[nodiscard]] std::string redact(std::string_view text, std::span<const std::string> secrets);

}  // namespace resilience
