#include "../../src/core/error_class.h"
#include "../../src/core/error_facts.h"
#include "fuzz.h"

using resilience::ErrorFacts;
using resilience::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  resilience::fuzz::Pieces pieces(resilience::fuzz::text_of(data, size));
  ErrorFacts facts;
  facts.prisma_major = pieces.byte() % 9;
  facts.phase = static_cast<resilience::GuardPhase>(pieces.byte() % 6);
  facts.probe = static_cast<resilience::ProbeView>(pieces.byte() % 3);
  const std::uint8_t flags = pieces.byte();
  facts.in_transaction = (flags & 1) != 0;
  facts.may_commit_inside = (flags & 2) != 0;
  for (std::string_view* text :
       {&facts.kind, &facts.original_code, &facts.original_message, &facts.severity, &facts.code, &facts.error_code,
        &facts.name, &facts.message, &facts.cause_code, &facts.cause_message, &facts.syscall, &facts.driver}) {
    *text = pieces.piece();
  }
  const resilience::Classification judged = resilience::classify(facts);
  require(!resilience::to_string(judged.error_class).empty(), "every class has a name");
  require(resilience::parse_error_class(resilience::to_string(judged.error_class)) == judged.error_class,
          "the name of a class leads back to it");
  require(judged.source != resilience::RuleSource::kNone || !judged.traits.retry_may_help,
          "an error that no rule knows is not retried");
  return 0;
}
