#include "core/error_verdict.h"

namespace resilience {
namespace {

Classification of(ErrorClass error_class) {
  Classification result;
  result.error_class = error_class;
  result.traits = traits_of(error_class);
  return result;
}

}  // namespace

Classification to_classification(RuleVerdict verdict) {
  switch (verdict) {
    case RuleVerdict::kNotSent: return of(ErrorClass::kNotSent);
    case RuleVerdict::kSaturated: return of(ErrorClass::kSaturated);
    case RuleVerdict::kStartTimedOut: {
      Classification result = of(ErrorClass::kSaturated);
      result.callback_not_called = true;
      return result;
    }
    case RuleVerdict::kUnknownOutcome: return of(ErrorClass::kUnknownOutcome);
    case RuleVerdict::kRolledBackConflict: {
      Classification result = of(ErrorClass::kRolledBack);
      result.conflict = true;
      return result;
    }
    case RuleVerdict::kRolledBackExpired: return of(ErrorClass::kRolledBack);
    case RuleVerdict::kExpiredAtCommit: {
      // The connection is as sound as after kRolledBackExpired.
      Classification result = of(ErrorClass::kUnknownOutcome);
      result.traits.connection_class = false;
      result.traits.counts_against_breaker = false;
      return result;
    }
    case RuleVerdict::kRolledBackConnection: {
      Classification result = of(ErrorClass::kRolledBack);
      result.traits.connection_class = true;
      result.traits.counts_against_breaker = true;
      return result;
    }
    case RuleVerdict::kReadOnly: {
      Classification result = of(ErrorClass::kReadOnly);
      result.wrong_server_suspected = true;
      return result;
    }
    case RuleVerdict::kReadOnlyFile: return of(ErrorClass::kReadOnly);
    case RuleVerdict::kCancelled: return of(ErrorClass::kCancelled);
    case RuleVerdict::kEngineFault: return of(ErrorClass::kEngineFault);
    case RuleVerdict::kPoolGone: {
      Classification result = of(ErrorClass::kEngineFault);
      result.traits.sent = false;
      result.traits.outcome = Outcome::kNotApplied;
      return result;
    }
    case RuleVerdict::kFatalConfiguration: return of(ErrorClass::kFatalConfiguration);
    case RuleVerdict::kRefused: {
      Classification result = of(ErrorClass::kFatalConfiguration);
      result.credentials_suspected = true;
      return result;
    }
    case RuleVerdict::kQuery: return of(ErrorClass::kQuery);
    case RuleVerdict::kQueryAfterEffect: {
      Classification result = of(ErrorClass::kQuery);
      result.traits.outcome = Outcome::kUnknown;
      return result;
    }
    case RuleVerdict::kStartUnreachable: {
      Classification result = of(ErrorClass::kNotSent);
      result.callback_not_called = true;
      return result;
    }
    case RuleVerdict::kLocal: return of(ErrorClass::kLocal);
  }
  return {};
}

}  // namespace resilience
