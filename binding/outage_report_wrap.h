// OutageReport for JavaScript (core/outage_report.h).
//
//   new NativeOutageReport()
//   .begin(now, failed, retried, givenUp)
//   .tick(…), .end(…) → [elapsed in ms, failed, retried, givenUp], or undefined where there is nothing to say
//   .due() → when tick() is next worth a call, in ms; Infinity for never
// Owner: the environment's thread.
#pragma once

#include "binding/napi_setup.h"
#include "core/outage_report.h"

namespace resilience {

class OutageReportWrap : public Napi::ObjectWrap<OutageReportWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit OutageReportWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<OutageReportWrap>(info) {}

 private:
  void begin(const Napi::CallbackInfo& info);
  Napi::Value tick(const Napi::CallbackInfo& info);
  Napi::Value end(const Napi::CallbackInfo& info);
  Napi::Value due(const Napi::CallbackInfo& info);

  OutageReport report_;
};

}  // namespace resilience
