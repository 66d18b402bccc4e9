// What a row of the table of errors proves: finer than an ErrorClass, because some classes have
// sub-cases that differ in a trait.
#pragma once

#include <cstdint>

#include "core/error_class.h"

namespace resilience {

// What a row proves: a class, with the ways in which its sub-cases differ from the class's traits.
enum class RuleVerdict : std::uint8_t {
  kNotSent = 0,
  kSaturated = 1,
  kStartTimedOut = 2,  // saturated, and the transaction's callback has not run
  kUnknownOutcome = 3,
  kRolledBackConflict = 4,    // by another transaction, on a sound connection
  kRolledBackExpired = 5,     // by a time limit on the transaction, on a sound server
  kRolledBackConnection = 6,  // because the connection ended
  kReadOnly = 7,
  kReadOnlyFile = 8,  // read-only, and no other server could take the write
  kCancelled = 9,
  kEngineFault = 10,
  kPoolGone = 11,  // engine fault that shows before anything is sent
  kFatalConfiguration = 12,
  kQuery = 13,
  kQueryAfterEffect = 14,  // the caller's own, found after the statement may have taken effect
  kLocal = 15,
  kStartUnreachable = 16,  // not sent, and the transaction's callback has not run
  kRefused = 17,           // fatal configuration, unless the factory knows another secret or certificate
  kExpiredAtCommit = 18,   // a time limit ended while COMMIT was under way, on a sound server
};

[[nodiscard]] Classification to_classification(RuleVerdict verdict);

}  // namespace resilience
