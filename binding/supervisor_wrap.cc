#include "binding/supervisor_wrap.h"

#include <string>
#include <utility>
#include <variant>

#include "binding/arguments.h"
#include "binding/config_reader.h"
#include "binding/effect_encoding.h"
#include "binding/error_facts_reader.h"
#include "core/error_class.h"

namespace resilience {
namespace {

constexpr double kLastPort = 65535;
constexpr double kGreatestPid = 2147483647;

double number_at(const Napi::CallbackInfo& info, std::size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().DoubleValue() : 0;
}

// Of a count or an identity: what a double counts exactly, and 0 for what is none.
std::uint64_t whole(double value, double greatest = 0x1p53) {
  return value > 0 && value <= greatest ? static_cast<std::uint64_t>(value) : 0;
}

double number_of(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : 0;
}

bool flag_of(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return value.IsBoolean() && value.As<Napi::Boolean>().Value();
}

std::string text_of(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string{};
}

// An enumerator's number, or the last one where it is none: enumerations here end with their most careful member.
template <typename Enum>
Enum enum_of(double value, Enum last) {
  return value >= 0 && value <= static_cast<double>(last) ? static_cast<Enum>(static_cast<std::uint8_t>(value)) : last;
}

FailedTry read_try(const Napi::Object& object) {
  FailedTry failed;
  failed.ticket = TicketId{whole(number_of(object, "ticket"))};
  failed.operation.kind = enum_of(number_of(object, "kind"), OperationKind::kWrite);
  failed.operation.shape = enum_of(number_of(object, "shape"), OperationShape::kInteractive);
  failed.operation.has_user_code = flag_of(object, "hasUserCode");
  failed.first_started = to_time_point(number_of(object, "firstStarted"));
  failed.try_started = to_time_point(number_of(object, "tryStarted"));
  failed.tries = static_cast<std::uint32_t>(whole(number_of(object, "tries")));
  failed.epoch = Epoch{whole(number_of(object, "epoch"))};
  failed.nothing_sent = flag_of(object, "nothingSent");
  failed.holds_connection = flag_of(object, "holdsConnection");
  failed.new_connection = flag_of(object, "newConnection");
  failed.callback_started = flag_of(object, "callbackStarted");
  failed.earlier_in_doubt = flag_of(object, "earlierInDoubt");
  failed.reported_beneath = flag_of(object, "reportedBeneath");
  failed.rescued_beneath = flag_of(object, "rescuedBeneath");
  failed.asks_outcome = flag_of(object, "asksOutcome");
  return failed;
}

UsedConnection read_connection(const Napi::Object& object) {
  UsedConnection connection;
  connection.number = whole(number_of(object, "number"));
  connection.opening = flag_of(object, "opening");
  connection.pid = static_cast<std::uint32_t>(whole(number_of(object, "pid"), kGreatestPid));
  connection.opened = to_time_point(number_of(object, "openedAt"));
  connection.moving = flag_of(object, "moving");
  return connection;
}

// As the probe's addon gives it; anything else is not known.
ServerActivity read_activity(const Napi::Value& value) {
  ServerActivity activity;
  if (!value.IsObject()) return activity;
  const auto object = value.As<Napi::Object>();
  const Napi::Value rows = object.Get("backends");
  if (!rows.IsArray()) return activity;
  const auto backends = rows.As<Napi::Array>();
  for (std::uint32_t i = 0; i < backends.Length(); ++i) {
    const Napi::Value row = backends.Get(i);
    if (!row.IsObject()) return activity;
    const auto fields = row.As<Napi::Object>();
    Backend backend;
    backend.pid = static_cast<std::uint32_t>(whole(number_of(fields, "pid"), kGreatestPid));
    const double state = number_of(fields, "state");
    backend.state = state == static_cast<double>(BackendState::kActive) ? BackendState::kActive
                    : state == static_cast<double>(BackendState::kIdle) ? BackendState::kIdle
                                                                        : BackendState::kUnknown;
    backend.age = to_time_point(number_of(fields, "ageMs")).time_since_epoch();
    backend.in_state = to_time_point(number_of(fields, "inStateMs")).time_since_epoch();
    backend.state_since = static_cast<std::int64_t>(whole(number_of(fields, "stateSince")));
    activity.backends.push_back(backend);
  }
  activity.known = flag_of(object, "known");
  activity.server_started = static_cast<std::int64_t>(whole(number_of(object, "serverStarted")));
  return activity;
}

}  // namespace

Napi::Function SupervisorWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeSupervisor",
                     {
                         InstanceMethod<&SupervisorWrap::admit>("admit"),
                         InstanceMethod<&SupervisorWrap::on_failed>("onFailed"),
                         InstanceMethod<&SupervisorWrap::on_hanging>("onHanging"),
                         InstanceMethod<&SupervisorWrap::hangs>("hangs"),
                         InstanceMethod<&SupervisorWrap::on_activity>("onActivity"),
                         InstanceMethod<&SupervisorWrap::on_succeeded>("onSucceeded"),
                         InstanceMethod<&SupervisorWrap::on_cancelled>("onCancelled"),
                         InstanceMethod<&SupervisorWrap::on_probe_result>("onProbeResult"),
                         InstanceMethod<&SupervisorWrap::on_verified>("onVerified"),
                         InstanceMethod<&SupervisorWrap::on_delivered>("onDelivered"),
                         InstanceMethod<&SupervisorWrap::on_made>("onMade"),
                         InstanceMethod<&SupervisorWrap::on_drained>("onDrained"),
                         InstanceMethod<&SupervisorWrap::on_closed>("onClosed"),
                         InstanceMethod<&SupervisorWrap::take_generation_number>("takeGenerationNumber"),
                         InstanceMethod<&SupervisorWrap::make_verdict>("makeVerdict"),
                         InstanceMethod<&SupervisorWrap::on_tick>("onTick"),
                         InstanceMethod<&SupervisorWrap::request_replacement>("requestReplacement"),
                         InstanceMethod<&SupervisorWrap::want_connection>("wantConnection"),
                         InstanceMethod<&SupervisorWrap::request_reconnect>("requestReconnect"),
                         InstanceMethod<&SupervisorWrap::stop>("stop"),
                         InstanceMethod<&SupervisorWrap::classify>("classify"),
                         InstanceMethod<&SupervisorWrap::verify_verdict>("verifyVerdict"),
                         InstanceMethod<&SupervisorWrap::take_effects>("takeEffects"),
                         InstanceMethod<&SupervisorWrap::stats>("stats"),
                         InstanceMethod<&SupervisorWrap::latency_counts>("latencyCounts"),
                     });
}

SupervisorWrap::SupervisorWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<SupervisorWrap>(info) {
  const Napi::Env env = info.Env();
  const bool well_formed = info.Length() >= 2 && info[1].IsObject();
  const Napi::Object host = well_formed ? info[1].As<Napi::Object>() : Napi::Object::New(env);
  const Napi::Value block = host.Get("block");
  const Napi::Value config_error = host.Get("ConfigError");
  if (!block.IsTypedArray() || block.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array ||
      block.As<Napi::TypedArray>().ElementLength() != ControlBlock::kLength || !config_error.IsFunction()) {
    throw_type_error(env,
                     "NativeSupervisor expects (config, { canReplace, hasProbe, hasClient, serving, seed, now, block, "
                     "ConfigError })");
    return;
  }
  const auto config = read_config(info[0]);
  if (!config) return;  // a getter of the user's threw
  if (const auto* problems = std::get_if<std::vector<ConfigProblem>>(&*config)) {
    throw_config_error(env, config_error.As<Napi::Function>(), *problems);
    return;
  }
  block_.emplace(block.As<Napi::Float64Array>());
  supervisor_.emplace(std::get<Config>(*config),
                      HostAbilities{flag_of(host, "canReplace"), flag_of(host, "hasProbe"), text_of(host, "serving"),
                                    flag_of(host, "hasClient"), flag_of(host, "guarded")},
                      whole(number_of(host, "seed")), to_time_point(number_of(host, "now")));
  publish();
}

TimePoint SupervisorWrap::begin(const Napi::CallbackInfo& info) {
  const TimePoint now = to_time_point(number_at(info, 0));
  supervisor_->fold(now, block_->counters());
  return now;
}

void SupervisorWrap::publish() {
  for (const Effect& effect : supervisor_->take_effects()) pending_.push_back(effect);
  block_->publish(*supervisor_, pending_.size());
}

ProbeView SupervisorWrap::probe_view() const noexcept {
  return supervisor_->database_view();
}

Napi::Value SupervisorWrap::admit(const Napi::CallbackInfo& info) {
  const TimePoint now = begin(info);
  Operation operation;
  operation.kind = enum_of(number_at(info, 1), OperationKind::kWrite);
  operation.shape = enum_of(number_at(info, 2), OperationShape::kInteractive);
  operation.has_user_code = info[3].IsBoolean() && info[3].As<Napi::Boolean>().Value();
  const Admission admission = supervisor_->admit(now, operation);
  publish();
  double answer = 0;
  switch (admission.verdict) {
    case AdmissionVerdict::kRun: break;
    case AdmissionVerdict::kParked: answer = static_cast<double>(admission.ticket.value); break;
    case AdmissionVerdict::kRejected: answer = -1 - static_cast<double>(admission.reason); break;
  }
  return Napi::Number::New(info.Env(), answer);
}

Napi::Value SupervisorWrap::on_failed(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[1].IsObject() || !info[2].IsObject()) {
    throw_type_error(env, "onFailed expects (now, try, facts, overrideClass?)");
    return env.Undefined();
  }
  const TimePoint now = begin(info);
  const FailedTry failed = read_try(info[1].As<Napi::Object>());
  Classification failure;
  if (info[3].IsNumber()) {
    failure = override_with(enum_of(number_at(info, 3), ErrorClass::kLocal));
  } else {
    ErrorFactsReader reader(info[2].As<Napi::Object>());
    reader.facts().probe = probe_view();
    failure = resilience::classify(reader.facts());
  }
  const Decision decision = supervisor_->on_failed(now, failed, failure);
  publish();
  const Napi::Object answer = to_js(env, decision);
  answer.Set("errorClass", static_cast<double>(failure.error_class));
  answer.Set("countsAgainstBreaker", failure.traits.counts_against_breaker);
  answer.Set("connectionClass", failure.traits.connection_class);
  return answer;
}

Napi::Value SupervisorWrap::on_hanging(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[1].IsObject()) {
    throw_type_error(env, "onHanging expects (now, try, connectionDead, ownLimitMs)");
    return env.Undefined();
  }
  const TimePoint now = begin(info);
  const bool dead = info[2].IsBoolean() && info[2].As<Napi::Boolean>().Value();
  const Duration own_limit = to_time_point(number_at(info, 3)).time_since_epoch();
  const Decision decision = supervisor_->on_hanging(now, read_try(info[1].As<Napi::Object>()), dead, own_limit);
  publish();
  return to_js(env, decision);
}

Napi::Value SupervisorWrap::hangs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 4 || !info[1].IsObject() || !info[2].IsBoolean() || !info[3].IsObject()) {
    throw_type_error(env, "hangs expects (now, work, connectionDead, connection)");
    return env.Undefined();
  }
  const TimePoint now = begin(info);
  const bool stuck = supervisor_->hangs(now, read_try(info[1].As<Napi::Object>()), info[2].As<Napi::Boolean>().Value(),
                                        read_connection(info[3].As<Napi::Object>()));
  publish();
  return Napi::Boolean::New(env, stuck);
}

void SupervisorWrap::on_activity(const Napi::CallbackInfo& info) {
  const ServerActivity activity = read_activity(info[2]);
  if (info.Env().IsExceptionPending()) return;
  const TimePoint now = begin(info);
  supervisor_->on_activity(now, whole(number_at(info, 1)), activity);
  publish();
}

void SupervisorWrap::on_succeeded(const Napi::CallbackInfo& info) {
  const TimePoint now = begin(info);
  supervisor_->on_succeeded(now, TicketId{whole(number_at(info, 1))});
  publish();
}

void SupervisorWrap::on_cancelled(const Napi::CallbackInfo& info) {
  const TimePoint now = begin(info);
  supervisor_->on_cancelled(now, TicketId{whole(number_at(info, 1))});
  publish();
}

void SupervisorWrap::on_probe_result(const Napi::CallbackInfo& info) {
  if (!info[1].IsObject()) return;
  const TimePoint now = begin(info);
  const Napi::Object object = info[1].As<Napi::Object>();
  ProbeResult result;
  result.verdict = enum_of(number_of(object, "verdict"), ProbeVerdict::kInconclusive);
  result.role = enum_of(number_of(object, "role"), ServerRole::kStandby);
  result.trigger = enum_of(number_of(object, "trigger"), ProbeTrigger::kSentinel);
  result.ever_up = flag_of(object, "everUp");
  result.latency = to_time_point(number_of(object, "latencyMs")).time_since_epoch();
  result.read_only = flag_of(object, "readOnly");
  result.host = text_of(object, "host");
  result.port = static_cast<std::uint16_t>(whole(number_of(object, "port"), kLastPort));
  supervisor_->on_probe_result(now, result);
  publish();
}

void SupervisorWrap::on_verified(const Napi::CallbackInfo& info) {
  const TimePoint now = begin(info);
  supervisor_->on_verified(now, whole(number_at(info, 1)), enum_of(number_at(info, 2), VerifyVerdict::kInconclusive));
  publish();
}

void SupervisorWrap::on_delivered(const Napi::CallbackInfo& info) {
  const TimePoint now = begin(info);
  supervisor_->on_delivered(now, Epoch{whole(number_at(info, 1))});
  publish();
}

void SupervisorWrap::on_made(const Napi::CallbackInfo& info) {
  const TimePoint now = begin(info);
  supervisor_->on_made(now, Epoch{whole(number_at(info, 1))}, enum_of(number_at(info, 2), MakeVerdict::kRefused),
                       info[3].IsBoolean() && info[3].As<Napi::Boolean>().Value());
  publish();
}

void SupervisorWrap::on_drained(const Napi::CallbackInfo& info) {
  const TimePoint now = begin(info);
  supervisor_->on_drained(now, Epoch{whole(number_at(info, 1))});
  publish();
}

void SupervisorWrap::on_closed(const Napi::CallbackInfo& info) {
  const TimePoint now = begin(info);
  supervisor_->on_closed(now, Epoch{whole(number_at(info, 1))});
  publish();
}

Napi::Value SupervisorWrap::take_generation_number(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(supervisor_->take_generation_number().value));
}

Napi::Value SupervisorWrap::make_verdict(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) return env.Undefined();
  ErrorFactsReader reader(info[0].As<Napi::Object>());
  reader.facts().probe = probe_view();
  return Napi::Number::New(env, static_cast<double>(make_verdict_of(resilience::classify(reader.facts()))));
}

void SupervisorWrap::on_tick(const Napi::CallbackInfo& info) {
  const TimePoint now = begin(info);
  supervisor_->on_tick(now);
  publish();
}

Napi::Value SupervisorWrap::request_replacement(const Napi::CallbackInfo& info) {
  const TimePoint now = begin(info);
  const std::optional<Duration> drain =
      info[2].IsNumber() ? std::optional{to_time_point(number_at(info, 2)).time_since_epoch()} : std::nullopt;
  const bool begun = supervisor_->request_replacement(now, enum_of(number_at(info, 1), ReplaceReason::kMemory), drain);
  publish();
  return Napi::Boolean::New(info.Env(), begun);
}

void SupervisorWrap::want_connection(const Napi::CallbackInfo& info) {
  const TimePoint now = begin(info);
  supervisor_->want_connection(now);
  publish();
}

void SupervisorWrap::request_reconnect(const Napi::CallbackInfo& info) {
  const TimePoint now = begin(info);
  supervisor_->request_reconnect(now);
  publish();
}

void SupervisorWrap::stop(const Napi::CallbackInfo& info) {
  const TimePoint now = begin(info);
  supervisor_->stop(now, to_time_point(number_at(info, 1)).time_since_epoch());
  publish();
}

Napi::Value SupervisorWrap::classify(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) return env.Undefined();
  ErrorFactsReader reader(info[0].As<Napi::Object>());
  reader.facts().probe = probe_view();
  return Napi::Number::New(env, static_cast<double>(resilience::classify(reader.facts()).error_class));
}

Napi::Value SupervisorWrap::verify_verdict(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) return env.Undefined();
  ErrorFactsReader reader(info[0].As<Napi::Object>());
  reader.facts().probe = probe_view();
  return Napi::Number::New(env, static_cast<double>(verdict_of(resilience::classify(reader.facts()))));
}

Napi::Value SupervisorWrap::take_effects(const Napi::CallbackInfo& info) {
  const Effects effects = std::exchange(pending_, {});
  block_->publish(*supervisor_, 0);
  return to_js(info.Env(), effects);
}

Napi::Value SupervisorWrap::stats(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  begin(info);
  publish();
  const SupervisorStats stats = supervisor_->stats();
  const LatencySummary latency = block_->latencies();
  const Napi::Object object = Napi::Object::New(env);
  object.Set("operations", static_cast<double>(stats.operations));
  object.Set("errors", static_cast<double>(stats.errors));
  object.Set("retries", static_cast<double>(stats.retries));
  object.Set("inFlight", static_cast<double>(stats.in_flight));
  object.Set("parked", static_cast<double>(stats.parked));
  object.Set("consecutiveErrors", static_cast<double>(stats.consecutive_errors));
  object.Set("reconnectAttempts", static_cast<double>(stats.reconnect_attempts));
  object.Set("reconnects", static_cast<double>(stats.reconnects));
  object.Set("hardResets", static_cast<double>(stats.hard_resets));
  object.Set("generationSince", to_ms(stats.generation_since));
  if (stats.warmup) object.Set("warmup", to_ms(*stats.warmup));
  object.Set("connected", supervisor_->connected());
  object.Set("latencySamples", static_cast<double>(latency.samples));
  object.Set("latencyP50", latency.p50_ms);
  object.Set("latencyP90", latency.p90_ms);
  object.Set("latencyP99", latency.p99_ms);
  return object;
}

// latencyCounts(fine) → [bound in ms, how many were below it, …]
Napi::Value SupervisorWrap::latency_counts(const Napi::CallbackInfo& info) {
  const auto pairs = [&](const auto& counts, std::uint32_t (*bound_us)(std::size_t)) {
    const Napi::Array array = Napi::Array::New(info.Env(), counts.size() * 2);
    std::uint32_t index = 0;
    for (std::size_t bound = 0; bound < counts.size(); ++bound) {
      array.Set(index++, bound_us(bound) / 1000.0);
      array.Set(index++, static_cast<double>(counts[bound]));
    }
    return array;
  };
  const bool fine = info[0].IsBoolean() && info[0].As<Napi::Boolean>().Value();
  if (fine) return pairs(block_->latencies_below_fine_bounds(), fine_bound_us);
  return pairs(block_->latencies_below_bounds(), exported_bound_us);
}

}  // namespace resilience
