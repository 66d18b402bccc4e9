// Answers of the supervisor in words, for comparing and for reading.
#pragma once

#include <string>
#include <variant>

#include "core/decision.h"

namespace resilience::world {

struct Describe {
  static std::string number(std::uint64_t value) { return std::to_string(value); }

  std::string operator()(const Release& e) const { return "release " + number(e.ticket.value); }
  std::string operator()(const Expire& e) const {
    return "expire " + number(e.ticket.value) + " " + std::string(to_string(e.reason));
  }
  std::string operator()(const StartLooking&) const { return "start looking"; }
  std::string operator()(const StopLooking&) const { return "stop looking"; }
  std::string operator()(const Verify& e) const {
    return "verify " + number(e.id) + (e.of_database ? " database " : " client ") + std::to_string(e.timeout.count());
  }
  std::string operator()(const Replace& e) const {
    return "replace " + std::string(to_string(e.reason)) + " by " + number(e.epoch.value);
  }
  std::string operator()(const ReplaceImpossible& e) const {
    return "replace impossible " + std::string(to_string(e.reason));
  }
  std::string operator()(const StateChanged& e) const {
    return std::string(to_string(e.from)) + " -> " + std::string(to_string(e.to));
  }
  std::string operator()(const Connected&) const { return "connected"; }
  std::string operator()(const Disconnected&) const { return "disconnected"; }
  std::string operator()(const Reconnecting& e) const { return "reconnecting " + number(e.attempt); }
  std::string operator()(const Reconnected& e) const { return "reconnected " + std::to_string(e.outage.count()); }
  std::string operator()(const ReconnectFailed&) const { return "reconnect failed"; }
  std::string operator()(const SweepInFlight&) const { return "sweep"; }
  std::string operator()(const RunHealthCheck&) const { return "health check"; }
  std::string operator()(const LookAtConnections& e) const { return "look at connections " + std::to_string(e.look); }
  std::string operator()(const StopMaking& e) const { return "stop making " + number(e.epoch.value); }
  std::string operator()(const ServeGeneration& e) const { return "serve " + number(e.epoch.value); }
  std::string operator()(const DrainGeneration& e) const { return "drain " + number(e.epoch.value); }
  std::string operator()(const CutGeneration& e) const { return "cut " + number(e.epoch.value); }
  std::string operator()(const CloseGeneration& e) const { return "close " + number(e.epoch.value); }
  std::string operator()(const AbandonGeneration& e) const { return "abandon " + number(e.epoch.value); }
  std::string operator()(const Ended&) const { return "ended"; }
  std::string operator()(const Replaced& e) const { return "replaced " + number(e.epoch.value); }
  std::string operator()(const ReplaceFailed& e) const { return "not replaced " + std::string(to_string(e.reason)); }
  std::string operator()(const ReadSockets&) const { return "read the sockets"; }
  std::string operator()(const LoopStalled& e) const { return "stalled " + std::to_string(e.delay.count()); }
};

inline std::string describe(const Effects& effects) {
  std::string text;
  for (const Effect& effect : effects) text += std::visit(Describe{}, effect) + "; ";
  return text;
}

inline std::string describe(const Decision& decision) {
  constexpr const char* kVerdicts[] = {"run now", "wait", "give up", "leave"};
  return std::string(kVerdicts[static_cast<std::size_t>(decision.verdict)]) + " " +
         std::to_string(decision.ticket.value) + " " + std::string(to_string(decision.reason)) + " " +
         std::string(to_string(decision.outcome));
}

inline std::string describe(const Admission& admission) {
  constexpr const char* kVerdicts[] = {"run", "parked", "rejected"};
  return std::string(kVerdicts[static_cast<std::size_t>(admission.verdict)]) + " " +
         std::to_string(admission.ticket.value) + " " + std::string(to_string(admission.reason));
}

inline std::string describe(bool answer) {
  return answer ? "yes" : "no";
}

}  // namespace resilience::world
