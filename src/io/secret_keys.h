// Which names stand for something that must not be shown: one list for the redactor and for every report.
//
// Pure, any thread. A name may be written in any case, with any separators, percent-encoded, and with any prefix:
// PGPASSWORD, sslpassword, db-password, user.password, apiKey, p%61ssword.
#pragma once

#include <string>
#include <string_view>

namespace resilience {

enum class KeyKind {
  kPlain = 0,
  kSecret = 1,
  kPassword = 2,  // a secret that SQL and sentences name without a sign between: PASSWORD 'x', IDENTIFIED BY 'x'
};

[[nodiscard]] KeyKind kind_of_key(std::string_view name);

[[nodiscard]] inline bool is_secret_key(std::string_view name) {
  return kind_of_key(name) != KeyKind::kPlain;
}

// With every %XX as the byte that it stands for; what is no hexadecimal number stays.
[[nodiscard]] std::string percent_decoded(std::string_view text);

}  // namespace resilience
