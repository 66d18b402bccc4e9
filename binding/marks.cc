#include "binding/marks.h"

#include <chrono>
#include <string>

#include "binding/arguments.h"
#include "core/in_doubt_mark.h"
#include "core/mark_sweep.h"
#include "core/sql_mark.h"

namespace resilience {
namespace {

Napi::String to_js(Napi::Env env, std::string_view text) {
  return Napi::String::New(env, text.data(), text.size());
}

Duration milliseconds(double ms) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(ms));
}

double to_ms(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

Napi::Value decide_mark_from_js(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto written_ago = number_argument(info, 0, "marks.decide: writtenAgo");
  const auto held_for = number_argument(info, 1, "marks.decide: heldFor");
  if (!written_ago || !held_for) return {};
  const std::string text = info.Length() > 2 && info[2].IsString() ? info[2].As<Napi::String>().Utf8Value() : "";
  const auto answer = parse_mark_answer(text);
  if (!answer) {
    throw_type_error(env, "marks.decide: there is no such answer");
    return {};
  }
  const MarkDecision decision = decide_mark(milliseconds(*written_ago), milliseconds(*held_for), *answer);
  Napi::Object result = Napi::Object::New(env);
  result.Set("verdict", to_js(env, to_string(decision.verdict)));
  result.Set("reason", to_js(env, to_string(decision.reason)));
  result.Set("askAgain", Napi::Boolean::New(env, decision.ask_again()));
  result.Set("endGhost", Napi::Boolean::New(env, decision.end_ghost));
  return result;
}

Napi::Value mark_sql_from_js(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 5 || !info[0].IsString() || !info[1].IsString() || !info[2].IsString() || !info[3].IsNumber() ||
      !info[4].IsBoolean()) {
    throw_type_error(env, "marks.sql expects (sql, provider, table, parameters, wantsRows)");
    return {};
  }
  const std::string sql = info[0].As<Napi::String>().Utf8Value();
  const std::string provider = info[1].As<Napi::String>().Utf8Value();
  const std::string table = info[2].As<Napi::String>().Utf8Value();
  const auto marked = mark_sql(sql, sql_dialect_of(provider),
                               {.table = table,
                                .parameters = info[3].As<Napi::Number>().Uint32Value(),
                                .wants_rows = info[4].As<Napi::Boolean>().Value()});
  if (!marked) return env.Undefined();
  Napi::Object result = Napi::Object::New(env);
  result.Set("text", to_js(env, marked->text));
  result.Set("rows", Napi::Boolean::New(env, marked->answer == MarkedAnswer::kRows));
  result.Set("recall", to_js(env, marked->recall));
  return result;
}

Napi::Value plan_sweep_from_js(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto now = number_argument(info, 0, "marks.planSweep: now");
  const auto settled = number_argument(info, 1, "marks.planSweep: settled");
  const auto last_sweep = number_argument(info, 2, "marks.planSweep: lastSweep");
  const auto last_by_age = number_argument(info, 3, "marks.planSweep: lastByAge");
  if (!now || !settled || !last_sweep || !last_by_age || info.Length() < 5 || !info[4].IsBoolean()) {
    throw_type_error(env, "marks.planSweep expects (now, settled, lastSweep, lastByAge, ageBatchFull)");
    return {};
  }
  const SweepPlan plan =
      plan_sweep(TimePoint(milliseconds(*now)), {.settled = static_cast<std::size_t>(*settled),
                                                 .last_sweep = TimePoint(milliseconds(*last_sweep)),
                                                 .last_by_age = TimePoint(milliseconds(*last_by_age)),
                                                 .age_batch_full = info[4].As<Napi::Boolean>().Value()});
  Napi::Object result = Napi::Object::New(env);
  result.Set("settled", Napi::Number::New(env, static_cast<double>(plan.settled)));
  result.Set("byAge", Napi::Boolean::New(env, plan.by_age));
  result.Set("pause", Napi::Number::New(env, to_ms(plan.pause)));
  return result;
}

Napi::Object mark_limits(Napi::Env env) {
  Napi::Object limits = Napi::Object::New(env);
  limits.Set("lockWaitMs", Napi::Number::New(env, to_ms(kMarkLockWait)));
  limits.Set("keptMs", Napi::Number::New(env, to_ms(kMarkKept)));
  limits.Set("sweepBatch", Napi::Number::New(env, static_cast<double>(kSweepBatch)));
  limits.Set("mostSettled", Napi::Number::New(env, static_cast<double>(kMostSettledMarks)));
  limits.Set("sweepPauseMs", Napi::Number::New(env, to_ms(kSweepPause)));
  return limits;
}

}  // namespace

void export_marks(Napi::Env env, Napi::Object exports) {
  Napi::Object marks = Napi::Object::New(env);
  marks.Set("decide", Napi::Function::New(env, decide_mark_from_js, "decide"));
  marks.Set("sql", Napi::Function::New(env, mark_sql_from_js, "sql"));
  marks.Set("planSweep", Napi::Function::New(env, plan_sweep_from_js, "planSweep"));
  marks.Set("limits", mark_limits(env));
  exports.Set("marks", marks);
}

}  // namespace resilience
