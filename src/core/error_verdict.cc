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

Classification to_classification(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNotSent: return of(ErrorClass::kNotSent);
    case Verdict::kSaturated: return of(ErrorClass::kSaturated);
    case Verdict::kStartTimedOut: {
      Classification result = of(ErrorClass::kSaturated);
      result.callback_not_called = true;
      return result;
    }
    case Verdict::kUnknownOutcome: return of(ErrorClass::kUnknownOutcome);
    case Verdict::kRolledBackConflict: {
      Classification result = of(ErrorClass::kRolledBack);
      result.conflict = true;
      return result;
    }
    case Verdict::kRolledBackExpired: return of(ErrorClass::kRolledBack);
    case Verdict::kRolledBackConnection: {
      Classification result = of(ErrorClass::kRolledBack);
      result.traits.connection_class = true;
      result.traits.counts_against_breaker = true;
      return result;
    }
    case Verdict::kReadOnly: {
      Classification result = of(ErrorClass::kReadOnly);
      result.wrong_server_suspected = true;
      return result;
    }
    case Verdict::kReadOnlyFile: return of(ErrorClass::kReadOnly);
    case Verdict::kCancelled: return of(ErrorClass::kCancelled);
    case Verdict::kEngineFault: return of(ErrorClass::kEngineFault);
    case Verdict::kPoolGone: {
      Classification result = of(ErrorClass::kEngineFault);
      result.traits.sent = false;
      result.traits.outcome = Outcome::kNotApplied;
      return result;
    }
    case Verdict::kFatalConfiguration: return of(ErrorClass::kFatalConfiguration);
    case Verdict::kRefused: {
      Classification result = of(ErrorClass::kFatalConfiguration);
      result.credentials_suspected = true;
      return result;
    }
    case Verdict::kQuery: return of(ErrorClass::kQuery);
    case Verdict::kQueryAfterEffect: {
      Classification result = of(ErrorClass::kQuery);
      result.traits.outcome = Outcome::kUnknown;
      return result;
    }
    case Verdict::kStartUnreachable: {
      Classification result = of(ErrorClass::kNotSent);
      result.callback_not_called = true;
      return result;
    }
    case Verdict::kLocal: return of(ErrorClass::kLocal);
  }
  return {};
}

}  // namespace resilience
