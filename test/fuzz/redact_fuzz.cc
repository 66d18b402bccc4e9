#include "../../src/io/redact.h"

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
  // A text with a shorter one is withheld altogether; asterisks are what stands in place of a longer one.
  const bool tells = secret.size() >= 4 && secret.find('*') == std::string::npos;
  require(!tells || known.find(secret) == std::string::npos, "a known secret is nowhere in the text");
  return 0;
}
