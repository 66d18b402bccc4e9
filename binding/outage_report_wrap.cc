#include "binding/outage_report_wrap.h"

#include <algorithm>
#include <optional>

#include "binding/arguments.h"
#include "binding/control_block.h"

namespace resilience {
namespace {

struct Moment {
  TimePoint now;
  OutageCounts counts;
};

std::uint64_t count_of(double value) {
  return static_cast<std::uint64_t>(std::clamp(value, 0.0, 0x1p53));
}

std::optional<Moment> moment_of(const Napi::CallbackInfo& info) {
  const std::optional<double> now = number_argument(info, 0, "now");
  const std::optional<double> failed = number_argument(info, 1, "failed");
  const std::optional<double> retried = number_argument(info, 2, "retried");
  const std::optional<double> given_up = number_argument(info, 3, "givenUp");
  if (!now || !failed || !retried || !given_up) return std::nullopt;
  return Moment{to_time_point(*now), {count_of(*failed), count_of(*retried), count_of(*given_up)}};
}

Napi::Value to_js(Napi::Env env, const std::optional<OutageLine>& line) {
  if (!line) return env.Undefined();
  const Napi::Array array = Napi::Array::New(env, 4);
  array.Set(0U, to_ms(line->elapsed));
  array.Set(1U, static_cast<double>(line->during.failed));
  array.Set(2U, static_cast<double>(line->during.retried));
  array.Set(3U, static_cast<double>(line->during.given_up));
  return array;
}

}  // namespace

Napi::Function OutageReportWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeOutageReport",
                     {
                         InstanceMethod<&OutageReportWrap::begin>("begin"),
                         InstanceMethod<&OutageReportWrap::tick>("tick"),
                         InstanceMethod<&OutageReportWrap::end>("end"),
                         InstanceMethod<&OutageReportWrap::due>("due"),
                     });
}

void OutageReportWrap::begin(const Napi::CallbackInfo& info) {
  if (const auto moment = moment_of(info)) report_.on_begin(moment->now, moment->counts);
}

Napi::Value OutageReportWrap::tick(const Napi::CallbackInfo& info) {
  const auto moment = moment_of(info);
  return moment ? to_js(info.Env(), report_.on_tick(moment->now, moment->counts)) : info.Env().Undefined();
}

Napi::Value OutageReportWrap::end(const Napi::CallbackInfo& info) {
  const auto moment = moment_of(info);
  return moment ? to_js(info.Env(), report_.on_end(moment->now, moment->counts)) : info.Env().Undefined();
}

Napi::Value OutageReportWrap::due(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), to_ms(report_.due()));
}

}  // namespace resilience
