#include "core/decision.h"

namespace resilience {

std::string_view to_string(GiveUpReason reason) noexcept {
  switch (reason) {
    case GiveUpReason::kNotRetryable: return "not-retryable";
    case GiveUpReason::kUnknownOutcome: return "unknown-outcome";
    case GiveUpReason::kUserCode: return "user-code";
    case GiveUpReason::kTransactionPolicy: return "transaction-policy";
    case GiveUpReason::kAttemptsExhausted: return "attempts-exhausted";
    case GiveUpReason::kDeadline: return "deadline";
    case GiveUpReason::kBudget: return "retry-budget";
    case GiveUpReason::kQueueFull: return "queue-full";
    case GiveUpReason::kShutdown: return "shutdown";
  }
  return "not-retryable";
}

std::string_view to_string(ReplaceReason reason) noexcept {
  switch (reason) {
    case ReplaceReason::kInitial: return "initial";
    case ReplaceReason::kRefresh: return "refresh";
    case ReplaceReason::kAge: return "age";
    case ReplaceReason::kConsecutiveErrors: return "consecutive-errors";
    case ReplaceReason::kFinalAttempt: return "final-attempt";
    case ReplaceReason::kEngineFault: return "engine-fault";
    case ReplaceReason::kFailover: return "failover";
    case ReplaceReason::kManual: return "manual";
    case ReplaceReason::kMemory: return "memory";
    case ReplaceReason::kCredentials: return "credentials";
    case ReplaceReason::kReconnect: return "reconnect";
  }
  return "manual";
}

}  // namespace resilience
