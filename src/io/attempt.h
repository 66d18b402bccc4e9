// What one attempt at one address has in common, whatever it speaks.
#pragma once

#include <cstdint>
#include <string>

#include "core/endpoint_choice.h"
#include "core/probe_result.h"

namespace resilience {

// What to poll(2) for until the attempt can go on.
struct PollInterest {
  int fd = -1;
  short events = 0;
};

struct AttemptOutcome {
  ProbeVerdict verdict = ProbeVerdict::kInconclusive;
  ServerRole role = ServerRole::kUnknown;
  bool read_only = false;
  std::uint32_t server_version = 0;
  std::string code;
  std::string message;  // redacted
};

// How far an attempt came, for the message when its time is up.
enum class AttemptPhase : std::uint8_t { kConnecting = 0, kAwaitingReply = 1, kAwaitingAnswer = 2 };

[[nodiscard]] inline HostAnswer as_answer(const AttemptOutcome& outcome) {
  return {true, outcome.verdict, outcome.role, outcome.read_only};
}

}  // namespace resilience
