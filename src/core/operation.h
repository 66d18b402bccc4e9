// What the core is told of an operation: nothing of its arguments, only what decides whether it may run again.
#pragma once

#include <cstdint>

#include "core/operation_kind.h"
#include "core/types.h"

namespace resilience {

// The values cross into JavaScript: never renumber them.
enum class OperationShape : std::uint8_t {
  kSingle = 0,       // one operation of Prisma, nested writes included
  kArray = 1,        // $transaction([...])
  kInteractive = 2,  // $transaction(async tx => ...)
};

struct Operation {
  OperationKind kind = OperationKind::kWrite;
  OperationShape shape = OperationShape::kSingle;
  bool has_user_code = false;  // query extensions, custom methods: may run again only where nothing was sent
  bool beneath = false;        // the guard's: a part of an operation that counts as in flight above
};

// One try of an operation that has failed, or that is found to hang.
struct FailedAttempt {
  TicketId ticket;  // from an earlier admission or decision; none for an operation the core has not met
  Operation operation;
  TimePoint first_started;  // when the caller's await began: the deadline counts from here
  TimePoint try_started;
  std::uint32_t tries = 1;        // how many runs there have been, this one included
  Epoch epoch;                    // generation this try ran on
  bool nothing_sent = false;      // the guard proves that nothing of the whole operation reached the database
  bool holds_connection = false;  // the guard's: it stands in no queue, its own connection is what it waits for
  bool new_connection = false;    // the guard proves that the connection was newly opened for it
  bool callback_started = false;  // interactive: user code has run
  bool earlier_in_doubt = false;  // an earlier try of it, which was run again all the same, may have been applied
  bool reported_beneath = false;  // the guard has told of this very failure already: decide, but count it once
  bool swept_by_guard = false;    // what hangs is ended by the guard (Supervisor::hangs), and fails from there
  // Something of it is still under way beneath Prisma, which has given it up (a BEGIN that outlasts maxWait, a
  // ROLLBACK): it may run again once Supervisor::on_ended_beneath() has told that it ended.
  bool under_way = false;
};

}  // namespace resilience
