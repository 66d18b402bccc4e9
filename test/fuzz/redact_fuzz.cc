#include "../../src/io/redact.h"

#include <algorithm>
#include <array>
#include <string>

#include "fuzz.h"

using resilience::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  resilience::fuzz::Pieces pieces(resilience::fuzz::text_of(data, size));
  const std::array<std::string, 1> secrets{std::string{pieces.piece()}};
  const std::string_view text = pieces.rest();

  require(text.empty() || !resilience::redact(text).empty(), "something is left of a text");

  const std::string known = resilience::redact(text, secrets);
  const std::string& secret = secrets.front();
  // A text with a shorter one is withheld altogether, a short plain word is hidden where it stands alone; asterisks are
  // what stands in place of a longer one.
  const bool is_word = secret.size() <= 8 && std::all_of(secret.begin(), secret.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                       });
  const bool tells = secret.size() >= 4 && !is_word && secret.find('*') == std::string::npos;
  require(!tells || known.find(secret) == std::string::npos, "a known secret is nowhere in the text");

  resilience::Redactor redactor;
  redactor.learn(text);
  require(redactor.redact(text).size() <= 4 * text.size() + resilience::kWithheld.size(),
          "no text grows beyond bounds");
  return 0;
}
