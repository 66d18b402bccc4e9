// A subscription to a database's probe, for JavaScript (io/probe_registry.h).
//
//   new NativeProbe(options, onResults)    options: probe_options.h; onResults(results: object[])
//   .start(epoch)   look for the database until stop()
//   .stop()
//   .now(epoch)     one look
//   .activity(question, pids: number[], maxAgeMs)   answered once among the results, as { question, known, … }
//   .password(text) the driver's, where it fetches one: for attempts that begin from now on
//   .close()        no result is delivered after it; idempotent
// Owner: the environment's thread. Like a socket it lives until close() or the environment's end, whether or not
// anybody refers to it. Neither end waits for the network, and nothing of it keeps the process alive.
#pragma once

#include <memory>

#include "binding/napi_setup.h"
#include "binding/result_channel.h"
#include "io/probe_registry.h"

namespace resilience {

// The process's own, of this addon: with what it looks is the addon's to say. Never destroyed: threads may outlive
// main().
[[nodiscard]] ProbeRegistry& probe_registry();

// NativeProbe, NativeLoopMonitor, activeDatabases and the enumerations of results.
void export_probe(Napi::Env env, Napi::Object exports);

class ProbeWrap : public Napi::ObjectWrap<ProbeWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit ProbeWrap(const Napi::CallbackInfo& info);
  ProbeWrap(const ProbeWrap&) = delete;
  ProbeWrap& operator=(const ProbeWrap&) = delete;
  ~ProbeWrap() override;

 private:
  static void on_environment_end(void* self);
  Napi::Value start(const Napi::CallbackInfo& info);
  Napi::Value stop(const Napi::CallbackInfo& info);
  Napi::Value now(const Napi::CallbackInfo& info);
  Napi::Value activity(const Napi::CallbackInfo& info);
  Napi::Value password(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
  // Nothing of ours remains in another thread after this. False: it was so already.
  bool end();

  const napi_env env_;
  std::shared_ptr<ResultChannel> channel_;  // null where the constructor threw, and after end()
  ProbeSubscription subscription_;
};

}  // namespace resilience
