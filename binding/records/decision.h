// Decisions and effects of the core as they cross (core/decision.h).
#pragma once

#include "binding/seam/record.h"
#include "core/decision.h"
#include "core/error_class.h"

namespace resilience {

// The answer to a failure: what to do, and how the failure was judged.
struct JudgedFailure {
  Decision decision;
  ErrorClass error_class = ErrorClass::kQuery;
  bool counts_against_breaker = false;
  bool connection_class = false;
};

namespace seam {

template <>
struct Cases<Admission> {
  static constexpr auto kTag = required<&Admission::verdict>;
  static constexpr auto kCases =
      std::tuple{when<AdmissionVerdict::kRun>, when<AdmissionVerdict::kParked, &Admission::ticket>,
                 when<AdmissionVerdict::kRejected, &Admission::reason>};
};

template <>
struct Cases<Decision> {
  static constexpr auto kTag = required<&Decision::verdict>;
  static constexpr auto kCases =
      std::tuple{when<DecisionVerdict::kRunNow, &Decision::ticket, &Decision::outcome>,
                 when<DecisionVerdict::kWait, &Decision::ticket, &Decision::outcome>,
                 when<DecisionVerdict::kGiveUp, &Decision::reason, &Decision::outcome>, when<DecisionVerdict::kLeave>};
};

template <>
struct Record<JudgedFailure> {
  static constexpr auto kFields =
      std::tuple{required<&JudgedFailure::decision>, required<&JudgedFailure::error_class>,
                 required<&JudgedFailure::counts_against_breaker>, required<&JudgedFailure::connection_class>};
};

template <>
struct VariantName<Effect> {
  static constexpr std::string_view kValue = "Effect";
};
template <>
struct Record<Release> {
  static constexpr auto kFields = std::tuple{required<&Release::ticket>};
};
template <>
struct Record<Expire> {
  static constexpr auto kFields = std::tuple{required<&Expire::ticket>, required<&Expire::reason>};
};
template <>
struct Record<StartLooking> {
  static constexpr auto kFields = std::tuple{};
};
template <>
struct Record<StopLooking> {
  static constexpr auto kFields = std::tuple{};
};
template <>
struct Record<Verify> {
  static constexpr auto kFields =
      std::tuple{required<&Verify::id>, required<&Verify::timeout>, required<&Verify::of_database>};
};
template <>
struct Record<Replace> {
  static constexpr auto kFields = std::tuple{required<&Replace::epoch>, required<&Replace::reason>,
                                             required<&Replace::part>, required<&Replace::spares_sessions>};
};
template <>
struct Record<StopMaking> {
  static constexpr auto kFields = std::tuple{required<&StopMaking::epoch>, required<&StopMaking::after>};
};
template <>
struct Record<ServeGeneration> {
  static constexpr auto kFields = std::tuple{required<&ServeGeneration::epoch>};
};
template <>
struct Record<DrainGeneration> {
  static constexpr auto kFields = std::tuple{required<&DrainGeneration::epoch>};
};
template <>
struct Record<CutGeneration> {
  static constexpr auto kFields = std::tuple{required<&CutGeneration::epoch>};
};
template <>
struct Record<CloseGeneration> {
  static constexpr auto kFields = std::tuple{required<&CloseGeneration::epoch>};
};
template <>
struct Record<AbandonGeneration> {
  static constexpr auto kFields = std::tuple{required<&AbandonGeneration::epoch>};
};
template <>
struct Record<Ended> {
  static constexpr auto kFields = std::tuple{};
};
template <>
struct Record<Replaced> {
  static constexpr auto kFields = std::tuple{required<&Replaced::epoch>, required<&Replaced::reason>,
                                             required<&Replaced::hard>, required<&Replaced::took>};
};
template <>
struct Record<ReplaceFailed> {
  static constexpr auto kFields = std::tuple{required<&ReplaceFailed::reason>};
};
template <>
struct Record<ReplaceImpossible> {
  static constexpr auto kFields = std::tuple{required<&ReplaceImpossible::reason>};
};
template <>
struct Record<StateChanged> {
  static constexpr auto kFields = std::tuple{required<&StateChanged::from>, required<&StateChanged::to>};
};
template <>
struct Record<Connected> {
  static constexpr auto kFields = std::tuple{};
};
template <>
struct Record<Disconnected> {
  static constexpr auto kFields = std::tuple{};
};
template <>
struct Record<Reconnecting> {
  static constexpr auto kFields = std::tuple{required<&Reconnecting::attempt>};
};
template <>
struct Record<Reconnected> {
  static constexpr auto kFields = std::tuple{required<&Reconnected::outage>};
};
template <>
struct Record<ReconnectFailed> {
  static constexpr auto kFields = std::tuple{};
};
template <>
struct Record<SweepInFlight> {
  static constexpr auto kFields = std::tuple{};
};
template <>
struct Record<RunHealthCheck> {
  static constexpr auto kFields = std::tuple{};
};
template <>
struct Record<ReadSockets> {
  static constexpr auto kFields = std::tuple{};
};
template <>
struct Record<LoopStalled> {
  static constexpr auto kFields = std::tuple{required<&LoopStalled::delay>};
};
template <>
struct Record<LookAtConnections> {
  static constexpr auto kFields = std::tuple{required<&LookAtConnections::look>};
};

}  // namespace seam
}  // namespace resilience
