#include "core/connection_state.h"

namespace resilience {

std::string_view to_string(ConnectionState state) noexcept {
  switch (state) {
    case ConnectionState::kConnecting: return "connecting";
    case ConnectionState::kUp: return "up";
    case ConnectionState::kSuspect: return "suspect";
    case ConnectionState::kDown: return "down";
    case ConnectionState::kVerifying: return "verifying";
    case ConnectionState::kRecovering: return "recovering";
    case ConnectionState::kReplacing: return "replacing";
    case ConnectionState::kStopped: return "stopped";
  }
  return "stopped";
}

std::string_view to_string(ConnectionEvent event) noexcept {
  switch (event) {
    case ConnectionEvent::kVerified: return "verified";
    case ConnectionEvent::kFailure: return "failure";
    case ConnectionEvent::kHang: return "hang";
    case ConnectionEvent::kProbeDoubt: return "probe-doubt";
    case ConnectionEvent::kProbeUp: return "probe-up";
    case ConnectionEvent::kProbeDown: return "probe-down";
    case ConnectionEvent::kInconclusive: return "inconclusive";
    case ConnectionEvent::kDrained: return "drained";
    case ConnectionEvent::kClientFault: return "client-fault";
    case ConnectionEvent::kReplaced: return "replaced";
    case ConnectionEvent::kReplaceFailed: return "replace-failed";
    case ConnectionEvent::kStop: return "stop";
  }
  return "stop";
}

}  // namespace resilience
