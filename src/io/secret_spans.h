// Where in a text something stands that looks like a password: after the user's name in a URL, after a secret's name
// (src/io/secret_keys.h), in a private key.
//
// Meant to err on the side of finding too much. Any bytes are accepted; linear in their number. No state, any thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace resilience {

struct SecretSpan {
  std::size_t begin;
  std::size_t end;
};

// In rising order of `begin`; they may overlap. What is hidden already ("***") is none.
[[nodiscard]] std::vector<SecretSpan> find_secrets(std::string_view text);

}  // namespace resilience
