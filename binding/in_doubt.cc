#include "binding/in_doubt.h"

#include <optional>
#include <string>

#include "binding/arguments.h"
#include "core/in_doubt.h"

namespace resilience {
namespace {

using OwnedText = std::optional<std::string>;

// JavaScript's null is SQL's null. Anything else that is no string becomes a text that the core reads as nonsense: a
// forgotten property must not pass for "nothing written". Empty as well where a getter threw (its exception is
// pending).
OwnedText text_of(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (value.IsEmpty() || value.IsNull()) return std::nullopt;
  if (!value.IsString()) return std::string();
  return value.As<Napi::String>().Utf8Value();
}

std::optional<bool> flag_of(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (value.IsEmpty() || !value.IsBoolean()) return std::nullopt;
  return value.As<Napi::Boolean>().Value();
}

MaybeText view(const OwnedText& text) {
  return text ? MaybeText(*text) : std::nullopt;
}

Napi::String to_js(Napi::Env env, std::string_view text) {
  return Napi::String::New(env, text.data(), text.size());
}

Napi::Value decide_in_doubt_from_js(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsObject() || !info[1].IsObject()) {
    throw_type_error(env, "decideInDoubt(learned, observed) takes two objects");
    return env.Undefined();
  }
  const auto then = info[0].As<Napi::Object>();
  const auto now = info[1].As<Napi::Object>();
  const OwnedText xid = text_of(then, "xid");
  const OwnedText lsn = text_of(then, "lsn");
  const OwnedText replay_then = text_of(then, "replayLsn");
  const OwnedText start_then = text_of(then, "startTime");
  const OwnedText stats_then = text_of(then, "statsReset");
  const OwnedText system_then = text_of(then, "systemId");
  const OwnedText replay_now = text_of(now, "replayLsn");
  const OwnedText start_now = text_of(now, "startTime");
  const OwnedText stats_now = text_of(now, "statsReset");
  const OwnedText system_now = text_of(now, "systemId");
  const OwnedText status = text_of(now, "status");
  const Learned learned{.xid = view(xid),
                        .lsn = view(lsn),
                        .replay_lsn = view(replay_then),
                        .start_time = view(start_then),
                        .stats_reset = view(stats_then),
                        .system_id = view(system_then),
                        .serializable = flag_of(then, "serializable").value_or(false)};
  const Observed observed{.in_recovery = flag_of(now, "inRecovery").value_or(false),
                          .replay_lsn = view(replay_now),
                          .start_time = view(start_now),
                          .stats_reset = view(stats_now),
                          .system_id = view(system_now),
                          .status = parse_xact_status(view(status))};
  if (env.IsExceptionPending()) return {};
  const InDoubtDecision decision = decide_in_doubt(learned, observed);
  Napi::Object result = Napi::Object::New(env);
  result.Set("verdict", to_js(env, to_string(decision.verdict)));
  result.Set("reason", to_js(env, to_string(decision.reason)));
  result.Set("askAgain", Napi::Boolean::New(env, decision.ask_again()));
  return result;
}

}  // namespace

void export_in_doubt(Napi::Env env, Napi::Object exports) {
  exports.Set("decideInDoubt", Napi::Function::New(env, decide_in_doubt_from_js, "decideInDoubt"));
}

}  // namespace resilience
