#include "binding/effect_encoding.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "binding/control_block.h"
#include "core/connection_state.h"
#include "core/operation.h"
#include "core/recovery.h"

namespace resilience {
namespace {

// In the order of the variant's alternatives, so that an effect's index is its type.
constexpr std::array<const char*, std::variant_size_v<Effect>> kEffectNames{"release",
                                                                            "expire",
                                                                            "startLooking",
                                                                            "stopLooking",
                                                                            "verify",
                                                                            "replace",
                                                                            "replaceImpossible",
                                                                            "stateChanged",
                                                                            "connected",
                                                                            "disconnected",
                                                                            "reconnecting",
                                                                            "reconnected",
                                                                            "reconnectFailed",
                                                                            "sweepInFlight",
                                                                            "runHealthCheck",
                                                                            "loopStalled",
                                                                            "lookAtConnections",
                                                                            "stopMaking",
                                                                            "serveGeneration",
                                                                            "drainGeneration",
                                                                            "cutGeneration",
                                                                            "closeGeneration",
                                                                            "abandonGeneration",
                                                                            "ended",
                                                                            "replaced",
                                                                            "replaceFailed"};

class FieldWriter {
 public:
  explicit FieldWriter(Napi::Object target) : target_(target) {}

  void operator()(const Release& effect) { ticket(effect.ticket); }
  void operator()(const Expire& effect) {
    ticket(effect.ticket);
    target_.Set("reason", static_cast<double>(effect.reason));
  }
  void operator()(const StartLooking&) {}
  void operator()(const StopLooking&) {}
  void operator()(const Verify& effect) {
    target_.Set("id", static_cast<double>(effect.id));
    target_.Set("timeout", to_ms(effect.timeout));
    target_.Set("ofDatabase", effect.of_database);
  }
  void operator()(const Replace& effect) {
    epoch(effect.epoch);
    target_.Set("reason", static_cast<double>(effect.reason));
    target_.Set("part", static_cast<double>(effect.part));
  }
  void operator()(const StopMaking& effect) {
    epoch(effect.epoch);
    target_.Set("after", to_ms(effect.after));
  }
  void operator()(const ServeGeneration& effect) { epoch(effect.epoch); }
  void operator()(const DrainGeneration& effect) { epoch(effect.epoch); }
  void operator()(const CutGeneration& effect) { epoch(effect.epoch); }
  void operator()(const CloseGeneration& effect) { epoch(effect.epoch); }
  void operator()(const AbandonGeneration& effect) { epoch(effect.epoch); }
  void operator()(const Ended&) {}
  void operator()(const Replaced& effect) {
    epoch(effect.epoch);
    target_.Set("reason", static_cast<double>(effect.reason));
    target_.Set("hard", effect.hard);
    target_.Set("took", to_ms(effect.took));
  }
  void operator()(const ReplaceFailed& effect) { target_.Set("reason", static_cast<double>(effect.reason)); }
  void operator()(const ReplaceImpossible& effect) { target_.Set("reason", static_cast<double>(effect.reason)); }
  void operator()(const StateChanged& effect) {
    target_.Set("from", static_cast<double>(effect.from));
    target_.Set("to", static_cast<double>(effect.to));
  }
  void operator()(const Connected&) {}
  void operator()(const Disconnected&) {}
  void operator()(const Reconnecting& effect) { target_.Set("attempt", static_cast<double>(effect.attempt)); }
  void operator()(const Reconnected& effect) { target_.Set("outage", to_ms(effect.outage)); }
  void operator()(const ReconnectFailed&) {}
  void operator()(const SweepInFlight&) {}
  void operator()(const RunHealthCheck&) {}
  void operator()(const LoopStalled& effect) { target_.Set("delay", to_ms(effect.delay)); }
  void operator()(const LookAtConnections& effect) { target_.Set("id", static_cast<double>(effect.look)); }

 private:
  void epoch(Epoch number) { target_.Set("epoch", static_cast<double>(number.value)); }
  void ticket(TicketId id) { target_.Set("ticket", static_cast<double>(id.value)); }

  Napi::Object target_;
};

struct Named {
  std::string_view name;
  double value;
};

// 'not-sent' as users read it is notSent as code writes it.
std::string camel_case(std::string_view words) {
  std::string name;
  bool upper = false;
  for (const char c : words) {
    if (c == '-') {
      upper = true;
      continue;
    }
    name.push_back(upper ? static_cast<char>(c - 'a' + 'A') : c);
    upper = false;
  }
  return name;
}

template <typename Enum>
Napi::Object enumeration(Napi::Env env, std::uint8_t count) {
  const Napi::Object object = Napi::Object::New(env);
  for (std::uint8_t value = 0; value < count; ++value) {
    object.Set(camel_case(to_string(static_cast<Enum>(value))), static_cast<double>(value));
  }
  return object;
}

// The names that users see, by value.
template <typename Enum>
Napi::Array names(Napi::Env env, std::uint8_t count) {
  const Napi::Array array = Napi::Array::New(env, count);
  for (std::uint32_t value = 0; value < count; ++value) {
    array.Set(value, std::string{to_string(static_cast<Enum>(value))});
  }
  return array;
}

Napi::Object enumeration(Napi::Env env, std::span<const Named> members) {
  const Napi::Object object = Napi::Object::New(env);
  for (const Named& member : members) object.Set(std::string{member.name}, member.value);
  return object;
}

constexpr std::uint8_t kReasonCount = static_cast<std::uint8_t>(GiveUpReason::kShutdown) + 1;
constexpr std::uint8_t kReplaceReasonCount = static_cast<std::uint8_t>(ReplaceReason::kCredentials) + 1;
constexpr std::uint8_t kOutcomeCount = static_cast<std::uint8_t>(Outcome::kApplied) + 1;

template <typename Enum>
constexpr double number(Enum value) {
  return static_cast<double>(value);
}

constexpr std::array kDecisionVerdicts{
    Named{"runNow", number(DecisionVerdict::kRunNow)}, Named{"wait", number(DecisionVerdict::kWait)},
    Named{"giveUp", number(DecisionVerdict::kGiveUp)}, Named{"leave", number(DecisionVerdict::kLeave)}};
constexpr std::array kAdmissionVerdicts{Named{"run", number(AdmissionVerdict::kRun)},
                                        Named{"parked", number(AdmissionVerdict::kParked)},
                                        Named{"rejected", number(AdmissionVerdict::kRejected)}};
constexpr std::array kVerifyVerdicts{
    Named{"ok", number(VerifyVerdict::kOk)}, Named{"unreachable", number(VerifyVerdict::kUnreachable)},
    Named{"timedOut", number(VerifyVerdict::kTimedOut)}, Named{"otherFailure", number(VerifyVerdict::kOtherFailure)},
    Named{"inconclusive", number(VerifyVerdict::kInconclusive)}};
constexpr std::array kMakeVerdicts{Named{"made", number(MakeVerdict::kMade)},
                                   Named{"failed", number(MakeVerdict::kFailed)},
                                   Named{"refused", number(MakeVerdict::kRefused)}};
constexpr std::array kReplaceParts{Named{"client", number(ReplacePart::kClient)},
                                   Named{"connections", number(ReplacePart::kConnections)},
                                   Named{"adapters", number(ReplacePart::kAdapters)}};
constexpr std::array kOperationKinds{Named{"read", number(OperationKind::kRead)},
                                     Named{"idempotentWrite", number(OperationKind::kIdempotentWrite)},
                                     Named{"write", number(OperationKind::kWrite)}};
constexpr std::array kOperationShapes{Named{"single", number(OperationShape::kSingle)},
                                      Named{"array", number(OperationShape::kArray)},
                                      Named{"interactive", number(OperationShape::kInteractive)}};

}  // namespace

Napi::Array to_js(Napi::Env env, std::span<const Effect> effects) {
  const Napi::Array array = Napi::Array::New(env, effects.size());
  std::uint32_t index = 0;
  for (const Effect& effect : effects) {
    const Napi::Object object = Napi::Object::New(env);
    object.Set("type", static_cast<double>(effect.index()));
    std::visit(FieldWriter{object}, effect);
    array.Set(index++, object);
  }
  return array;
}

Napi::Object to_js(Napi::Env env, const Decision& decision) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("verdict", number(decision.verdict));
  object.Set("ticket", static_cast<double>(decision.ticket.value));
  object.Set("reason", number(decision.reason));
  object.Set("outcome", number(decision.outcome));
  return object;
}

Napi::Object enumerations_to_js(Napi::Env env) {
  const Napi::Object object = Napi::Object::New(env);
  const Napi::Object effects = Napi::Object::New(env);
  for (std::size_t type = 0; type < kEffectNames.size(); ++type)
    effects.Set(kEffectNames[type], static_cast<double>(type));
  object.Set("EffectType", effects);
  object.Set("DecisionVerdict", enumeration(env, kDecisionVerdicts));
  object.Set("AdmissionVerdict", enumeration(env, kAdmissionVerdicts));
  object.Set("VerifyVerdict", enumeration(env, kVerifyVerdicts));
  object.Set("MakeVerdict", enumeration(env, kMakeVerdicts));
  object.Set("ReplacePart", enumeration(env, kReplaceParts));
  object.Set("OperationKind", enumeration(env, kOperationKinds));
  object.Set("OperationShape", enumeration(env, kOperationShapes));
  object.Set("ErrorClass", enumeration<ErrorClass>(env, kErrorClassCount));
  object.Set("ConnectionState", enumeration<ConnectionState>(env, kConnectionStateCount));
  object.Set("GiveUpReason", enumeration<GiveUpReason>(env, kReasonCount));
  object.Set("ReplaceReason", enumeration<ReplaceReason>(env, kReplaceReasonCount));
  object.Set("errorClassNames", names<ErrorClass>(env, kErrorClassCount));
  object.Set("connectionStateNames", names<ConnectionState>(env, kConnectionStateCount));
  object.Set("giveUpReasonNames", names<GiveUpReason>(env, kReasonCount));
  object.Set("replaceReasonNames", names<ReplaceReason>(env, kReplaceReasonCount));
  object.Set("outcomeNames", names<Outcome>(env, kOutcomeCount));
  return object;
}

Napi::Array state_table_to_js(Napi::Env env) {
  const Napi::Array table = Napi::Array::New(env);
  std::uint32_t index = 0;
  for (std::uint8_t from = 0; from < kConnectionStateCount; ++from) {
    for (std::uint8_t event = 0; event < kConnectionEventCount; ++event) {
      const auto state = static_cast<ConnectionState>(from);
      const auto happened = static_cast<ConnectionEvent>(event);
      const Napi::Object row = Napi::Object::New(env);
      row.Set("from", std::string{to_string(state)});
      row.Set("event", std::string{to_string(happened)});
      row.Set("to", std::string{to_string(next_state(state, happened))});
      table.Set(index++, row);
    }
  }
  return table;
}

}  // namespace resilience
