#include "io/attempt.h"

#include "core/probe_verdict.h"

namespace resilience {

AttemptOutcome failed_attempt(std::string_view code, std::string message) {
  AttemptOutcome outcome;
  outcome.verdict = verdict_of(code, message);
  outcome.code = code;
  outcome.message = std::move(message);
  return outcome;
}

}  // namespace resilience
