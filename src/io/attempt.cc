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

ProbeResult as_result(const AttemptOutcome& outcome, const HostSpec& host, ProbeTrigger trigger) {
  ProbeResult result;
  result.trigger = trigger;
  result.verdict = outcome.verdict;
  result.role = outcome.role;
  result.read_only = outcome.read_only;
  result.server_version = outcome.server_version;
  result.host = host.host;
  result.port = host.port;
  result.code = outcome.code;
  result.message = outcome.message;
  return result;
}

}  // namespace resilience
