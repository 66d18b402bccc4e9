// What the failure of a wrapped call means to the toolbox: to the circuit breaker, and to another try.
//
// A wrapped call is user code around one operation or several, so it is run again only where the user called it a read,
// or where nothing of what failed was applied and the user asked for retries of a write. Pure.
#pragma once

#include <cstdint>

#include "core/circuit_breaker.h"
#include "core/error_class.h"

namespace resilience {

enum class CallKind : std::uint8_t { kRead = 0, kWrite = 1 };

struct CallFailure {
  Classification judged;
  // The client's own verdict that the database did not come back in time: ours, yet all about the infrastructure.
  bool database_unavailable = false;
  // No rule knew the error. In a call on the database that is the caller's own; a tool used alone knows no better than
  // to count it.
  bool unknown = false;
};

struct CallVerdict {
  CallResult result;
  bool again;
};

[[nodiscard]] CallVerdict judge_call(CallKind kind, const CallFailure& failure, bool unknown_counts) noexcept;

}  // namespace resilience
