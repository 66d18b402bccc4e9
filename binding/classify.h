// The core's judgement of errors and of operations for JavaScript, without any state.
//
// Runs on the environment's own thread, within a handle scope.
#pragma once

#include "binding/napi_setup.h"

namespace resilience {

// Adds to `exports`:
//   classifyError(facts) → { errorClass, outcome, sent, poisonsClient, retryMayHelp, countsAgainstBreaker,
//     connectionClass, conflict, callbackNotCalled, wrongServerSuspected, source, rule }
//     `facts` as lib/client/error-facts.ts makes them; the class and outcome are enumeration values.
//   errorClassOf(name) → ErrorClass value; undefined for any other text.
//   operationKind(operation) → OperationKind value.
//   transactionKind(kinds) → OperationKind value; anything but an array of such values is a write.
//   sqlKind(sql, provider?) → OperationKind value. Prisma's provider: 'postgresql', 'mysql', 'sqlite'.
//   sqlMayCommitInside(sql, provider?) → boolean.
// A wrong argument is a TypeError.
void export_classify(Napi::Env env, Napi::Object exports);

}  // namespace resilience
