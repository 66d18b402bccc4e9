// The states of the connection to the database and every transition between them, as one table.
//
// Pure data. The README's state diagram is made from this table (binding: stateTable()), and a test walks every
// state x event. Values cross into JavaScript: never renumber them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace resilience {

enum class ConnectionState : std::uint8_t {
  kConnecting = 0,  // nothing verified yet
  kUp = 1,          // healthy
  kSuspect = 2,     // an operation failed or hangs: the probe looks
  kDown = 3,        // the database is gone: operations wait
  kVerifying = 4,   // the database answers again: does our client, too?
  kRecovering = 5,  // waiting operations are let go, slowly first
  kReplacing = 6,   // the client is at fault: a new one is being made
  kStopped = 7,     // after shutdown
};
inline constexpr std::size_t kConnectionStateCount = 8;

enum class ConnectionEvent : std::uint8_t {
  kVerified = 0,        // an operation or a verification succeeded
  kFailure = 1,         // a connection-class failure of the current generation
  kHang = 2,            // an operation is in flight for long and nothing completes
  kProbeDoubt = 3,      // the probe says down, but no operation has said so yet
  kProbeUp = 4,         // the database answers the probe
  kProbeDown = 5,       // it does not, and an operation's failure agrees
  kInconclusive = 6,    // the probe cannot tell
  kDrained = 7,         // nothing is parked any more
  kClientFault = 8,     // the database is well and the client is not
  kReplaced = 9,        // a new generation serves
  kReplaceFailed = 10,  // the factory threw, hung, or made a client that does not answer
  kStop = 11,           // shutdown
};
inline constexpr std::size_t kConnectionEventCount = 12;

namespace detail {

using Row = std::array<ConnectionState, kConnectionEventCount>;

consteval std::array<Row, kConnectionStateCount> make_transitions() {
  using enum ConnectionState;
  // clang-format off
  return {{
    //  Verified     Failure      Hang         ProbeDoubt   ProbeUp      ProbeDown    Inconclusive Drained      ClientFault  Replaced     ReplaceFailed Stop
    {kRecovering, kSuspect,    kSuspect,    kConnecting, kConnecting, kDown,       kConnecting, kConnecting, kReplacing,  kRecovering, kConnecting,  kStopped},  // Connecting
    {kUp,         kSuspect,    kSuspect,    kSuspect,    kUp,         kSuspect,    kUp,         kUp,         kReplacing,  kUp,         kUp,          kStopped},  // Up
    {kSuspect,    kSuspect,    kSuspect,    kSuspect,    kRecovering, kDown,       kRecovering, kSuspect,    kReplacing,  kRecovering, kSuspect,     kStopped},  // Suspect
    {kVerifying,  kDown,       kDown,       kDown,       kVerifying,  kDown,       kDown,       kDown,       kDown,       kRecovering, kDown,        kStopped},  // Down
    {kRecovering, kSuspect,    kVerifying,  kVerifying,  kVerifying,  kDown,       kVerifying,  kVerifying,  kReplacing,  kRecovering, kVerifying,   kStopped},  // Verifying
    {kRecovering, kSuspect,    kSuspect,    kRecovering, kRecovering, kDown,       kRecovering, kUp,         kReplacing,  kRecovering, kRecovering,  kStopped},  // Recovering
    {kReplacing,  kReplacing,  kReplacing,  kReplacing,  kReplacing,  kDown,       kReplacing,  kReplacing,  kReplacing,  kRecovering, kRecovering,  kStopped},  // Replacing
    {kStopped,    kStopped,    kStopped,    kStopped,    kStopped,    kStopped,    kStopped,    kStopped,    kStopped,    kStopped,    kStopped,     kStopped},  // Stopped
  }};
  // clang-format on
}

}  // namespace detail

inline constexpr auto kTransitions = detail::make_transitions();

[[nodiscard]] constexpr ConnectionState next_state(ConnectionState from, ConnectionEvent event) noexcept {
  return kTransitions[static_cast<std::size_t>(from)][static_cast<std::size_t>(event)];
}

// Whether users should see the client as connected in this state.
[[nodiscard]] constexpr bool counts_as_connected(ConnectionState state) noexcept {
  switch (state) {
    case ConnectionState::kUp:
    case ConnectionState::kSuspect:
    case ConnectionState::kRecovering: return true;
    case ConnectionState::kConnecting:
    case ConnectionState::kDown:
    case ConnectionState::kVerifying:
    case ConnectionState::kReplacing:
    case ConnectionState::kStopped: return false;
  }
  return false;
}

// 'connecting', 'up', 'suspect', 'down', 'verifying', 'recovering', 'replacing', 'stopped'.
[[nodiscard]] std::string_view to_string(ConnectionState state) noexcept;
// 'verified', 'failure', 'hang', 'probe-doubt', 'probe-up', 'probe-down', 'inconclusive', 'drained', 'client-fault',
// 'replaced', 'replace-failed', 'stop'.
[[nodiscard]] std::string_view to_string(ConnectionEvent event) noexcept;

}  // namespace resilience
