#include "../../src/io/greeting.h"

#include "fuzz.h"

using resilience::AttemptOutcome;
using resilience::fuzz::require;

namespace {

void check(std::string_view bytes, std::optional<AttemptOutcome> (*read)(std::string_view)) {
  const std::optional<AttemptOutcome> whole = read(bytes);
  if (!whole) return;
  require(whole->message.size() <= 500, "messages are bounded");
  require(whole->verdict == resilience::ProbeVerdict::kUp || !whole->code.empty(), "a failure has a code");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = resilience::fuzz::text_of(data, size);
  const std::string_view bytes = text.substr(0, resilience::kLongestGreeting);
  check(bytes, &resilience::read_pg_reply);
  check(bytes, &resilience::read_mysql_greeting);
  (void)resilience::read_pg_tls_reply(bytes);
  return 0;
}
