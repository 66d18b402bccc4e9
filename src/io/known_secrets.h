// Passwords that are known, in every form in which they may be written: as they are, percent-encoded, escaped for JSON
// (once and twice), JavaScript, SQL and libpq.
//
// A short plain word ("app", "postgres") is found only where it stands alone: hidden within "postgresql" it would be
// told, not hidden, and everything else would be made illegible. Linear in the text for a given set. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/secret_spans.h"

namespace resilience {

class KnownSecrets {
 public:
  static constexpr std::size_t kMost = 64;  // the oldest is forgotten for one more
  // Of one secret, in bytes; of a longer one its beginning is looked for.
  static constexpr std::size_t kLongest = 16'384;

  // Known already: counts as the newest again. Empty ones are ignored.
  void add(std::string_view secret);

  // In no order; they may overlap.
  [[nodiscard]] std::vector<SecretSpan> find(std::string_view text) const;

  // Whether the text holds one of fewer than four bytes that is no plain word: to replace single signs would only point
  // at them, so that the whole text has to be withheld.
  [[nodiscard]] bool must_withhold(std::string_view text) const;

  [[nodiscard]] std::size_t size() const { return secrets_.size(); }

 private:
  // One way to write a secret. `borders` are the failure links of Knuth, Morris and Pratt.
  struct Form {
    std::string text;
    std::vector<std::uint32_t> borders;
  };
  struct Secret {
    std::string value;
    bool stands_alone;
    std::vector<Form> forms;
  };

  // REQUIRES: `text` is not empty.
  static Form make_form(std::string text);
  static void find_form(const Form& form, bool stands_alone, std::string_view text, std::vector<SecretSpan>& found);

  std::vector<Secret> secrets_;  // the newest last
};

}  // namespace resilience
