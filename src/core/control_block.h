// The numbers that JavaScript and the core share: one array of doubles that JavaScript allocates and the core holds.
//
// A healthy operation reads the gate and bumps counters here without crossing the boundary; the core folds them in with
// the next input. Times are the host's milliseconds. The slots have this one source: the addon exports them by name.
// Owner: the host's thread; nobody else reads or writes it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace resilience {

enum class Slot : std::size_t {
  kGate = 0,            // core: 1 while operations must ask before they run
  kEpoch = 1,           // core: the current generation
  kTickDue = 2,         // core: when on_tick is next needed, in ms; +Infinity for never
  kEffects = 3,         // core: how many effects wait to be taken
  kStarted = 4,         // JavaScript: tries begun
  kSucceeded = 5,       // JavaScript: tries that succeeded
  kFailed = 6,          // JavaScript: tries that ended otherwise
  kLastCompletion = 7,  // JavaScript: when a try last succeeded, in ms
  kOldestInFlight = 8,  // JavaScript: when the oldest try in flight began, in ms; 0 for none
  kLatencyMin = 9,      // JavaScript: of successful tries, in ms
  kLatencyMax = 10,
  kState = 11,       // core: ConnectionState
  kLatencySum = 12,  // JavaScript: of successful tries, in ms
  // core: from then on, in ms, the event loop has not turned when it should have; what waits in the sockets is not read
  kStalledAfter = 13,
  kHeldBeneath = 14,     // core: 1 while work beneath Prisma must ask before it takes a connection
  kLatencyBuckets = 16,  // JavaScript: see latency_histogram.h; the rest of the array
};

struct SlotName {
  std::string_view name;
  Slot slot;
};
inline constexpr std::array kSlotNames{
    SlotName{"gate", Slot::kGate},
    SlotName{"epoch", Slot::kEpoch},
    SlotName{"tickDue", Slot::kTickDue},
    SlotName{"effects", Slot::kEffects},
    SlotName{"started", Slot::kStarted},
    SlotName{"succeeded", Slot::kSucceeded},
    SlotName{"failed", Slot::kFailed},
    SlotName{"lastCompletion", Slot::kLastCompletion},
    SlotName{"oldestInFlight", Slot::kOldestInFlight},
    SlotName{"latencyMin", Slot::kLatencyMin},
    SlotName{"latencyMax", Slot::kLatencyMax},
    SlotName{"state", Slot::kState},
    SlotName{"latencySum", Slot::kLatencySum},
    SlotName{"stalledAfter", Slot::kStalledAfter},
    SlotName{"heldBeneath", Slot::kHeldBeneath},
    SlotName{"latencyBuckets", Slot::kLatencyBuckets},
};

}  // namespace resilience
