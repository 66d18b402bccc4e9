// Rows of the marker table for JavaScript: which statement can carry one, what one decides, when they are swept.
//
// Stateless; runs on the environment's own thread, within a handle scope.
#pragma once

#include "binding/napi_setup.h"

namespace resilience {

// Adds to `exports` an object `marks` of
//   decide(writtenAgo, heldFor, answer) → { verdict, reason, askAgain, endGhost }: core/in_doubt_mark.h, times in ms
//   sql(sql, provider, table, parameters, wantsRows) → { text, rows, recall } or undefined: core/sql_mark.h
//   planSweep(now, settled, lastSweep, lastByAge, ageBatchFull) → { settled, byAge, pause }: core/mark_sweep.h, times
//   in ms limits: { lockWaitMs, keptMs, sweepBatch, mostSettled, sweepPauseMs }
// A wrong argument is a TypeError.
void export_marks(Napi::Env env, Napi::Object exports);

}  // namespace resilience
