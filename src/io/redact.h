// Takes secrets out of text: what looks like one (src/io/secret_spans.h), and those that are known
// (src/io/known_secrets.h).
//
// Meant to err on the side of hiding too much. Any bytes are accepted; linear in their number.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "io/known_secrets.h"
#include "io/mutex.h"

namespace resilience {

inline constexpr std::string_view kRedacted = "***";
inline constexpr std::string_view kWithheld = "(withheld)";

// Hides what looks like a secret. No state, any thread.
[[nodiscard]] std::string redact(std::string_view text);

// The same, and every occurrence of these very secrets.
[[nodiscard]] std::string redact(std::string_view text, std::span<const std::string> secrets);

// Hides what looks like a secret, and what it has been told. Any thread.
class Redactor {
 public:
  // A password, as it is.
  void add(std::string_view secret);
  // A connection string of any kind: whatever looks like a secret in it is one from now on, decoded and as written.
  void learn(std::string_view connection_string);

  [[nodiscard]] std::string redact(std::string_view text) const;

 private:
  mutable Mutex mutex_;
  KnownSecrets known_;
};

}  // namespace resilience
