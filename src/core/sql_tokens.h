// LookControl at tokens of SQL: what the readers of statements share.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "core/ascii.h"
#include "core/sql_lexer.h"

namespace resilience {

[[nodiscard]] constexpr bool is_word(const SqlToken& token, std::string_view lower_case) {
  return token.type == SqlTokenType::kWord && std::ranges::equal(token.text, lower_case, {}, lower);
}

template <std::size_t kCount>
[[nodiscard]] constexpr bool is_one_of(const SqlToken& token, const std::array<std::string_view, kCount>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return is_word(token, word); });
}

[[nodiscard]] constexpr bool is_symbol(const SqlToken& token, char symbol) {
  return token.type == SqlTokenType::kSymbol && token.text.front() == symbol;
}

[[nodiscard]] constexpr bool is_name(const SqlToken& token) {
  return token.type == SqlTokenType::kWord || token.type == SqlTokenType::kQuotedName;
}

}  // namespace resilience
