// A subscription to a database's probe, for JavaScript (io/probe_registry.h).
//
// Owner: the environment's thread. Like a socket it lives until close() or the environment's end, whether or not
// anybody refers to it. Neither end waits for the network, and nothing of it keeps the process alive.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "binding/probe_request.h"
#include "binding/result_channel.h"
#include "binding/seam/bind.h"
#include "io/probe_registry.h"

namespace resilience {

// The process's own, of this addon: with what it looks is the addon's to say. Never destroyed: threads may outlive
// main().
[[nodiscard]] ProbeRegistry& probe_registry();

// Called with results and answers as they come.
struct ItemsCallback {
  js::Value function;
};

// Processes of the server's. What is none of PostgreSQL's is left out: poolers make numbers up.
struct BackendPids {
  std::vector<std::uint32_t> pids;
};

class ProbeWrap {
 public:
  static std::unique_ptr<ProbeWrap> create(js::Env env, seam::Self self, const ProbeRequest& request,
                                           ItemsCallback on_items);
  ProbeWrap(const ProbeWrap&) = delete;
  ProbeWrap& operator=(const ProbeWrap&) = delete;
  ~ProbeWrap();

  // Looks for the database until stop().
  void start(Epoch epoch) { subscription_.search(epoch); }
  void stop() { subscription_.rest(); }
  // One look, whether started or not.
  void now(Epoch epoch) { subscription_.look(epoch); }
  // Answered once among the items. What anybody of this process was told within `max_age` is told again instead.
  void activity(std::uint64_t question, BackendPids pids, Duration max_age);
  // The driver's, where it fetches one: for attempts that begin from now on.
  void password(std::string text) { subscription_.set_password(std::move(text)); }
  // No item is delivered after it. Idempotent.
  void close();

 private:
  explicit ProbeWrap(js::Env env) noexcept : env_(env) {}

  static void on_environment_end(void* ending);
  // Nothing of ours remains in another thread after this. False: it was so already.
  bool end();

  const js::Env env_;
  js::Kept self_;
  std::shared_ptr<ResultChannel> channel_;  // null after end()
  ProbeSubscription subscription_;
};

namespace seam {

template <>
struct Codec<ItemsCallback> {
  static js::Maybe<ItemsCallback> read(Reader& reader, js::Value value);
  static TypeSchema describe(Described& schema);
};

template <>
struct Codec<BackendPids> {
  static js::Maybe<BackendPids> read(Reader& reader, js::Value value);
  static TypeSchema describe(Described&) { return type_of(TypeKind::kTypeScript, "readonly number[]"); }
};

template <>
struct ClassOf<ProbeWrap> {
  static constexpr const char* kName = "NativeProbe";
  static constexpr napi_type_tag kTag = {0xa93c7e0b15d2684fULL, 0x4be7f19206c8d35aULL};
  static constexpr auto kConstructor = callable<&ProbeWrap::create, "request", "onItems">;
  static constexpr auto kMethods =
      std::tuple{callable<&ProbeWrap::start, "epoch">,   callable<&ProbeWrap::stop>,
                 callable<&ProbeWrap::now, "epoch">,     callable<&ProbeWrap::activity, "question", "pids", "maxAgeMs">,
                 callable<&ProbeWrap::password, "text">, callable<&ProbeWrap::close>};
};

}  // namespace seam
}  // namespace resilience
