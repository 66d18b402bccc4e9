// decideInDoubt for JavaScript: what became of a transaction whose COMMIT went unanswered (core/in_doubt.h).
//
// Stateless; runs on the environment's own thread, within a handle scope.
#pragma once

#include "binding/napi_setup.h"

namespace resilience {

// Adds to `exports`:
//   decideInDoubt(learned, observed) → { verdict, reason, askAgain }
// with the texts and flags of lib/adapter/guard-host.ts. Throws a TypeError if an argument is not an object. null is
// SQL's null; a text that is missing or no string counts as not readable.
void export_in_doubt(Napi::Env env, Napi::Object exports);

}  // namespace resilience
