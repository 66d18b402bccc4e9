// Probe results on their way from the probe's thread to one JavaScript environment.
//
// push() may be called on any thread at any time. JavaScript is woken only when the queue turns from empty to not
// empty, and then takes all there is. The channel keeps no event loop alive. Once close() has returned, nothing of the
// environment is touched any more; what was queued is dropped.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "binding/napi_setup.h"
#include "core/probe_result.h"
#include "core/server_activity.h"

namespace resilience {

// The answer to one question about activity.
struct ActivityAnswer {
  std::uint64_t question = 0;
  ServerActivity activity;
};

class ResultChannel : public std::enable_shared_from_this<ResultChannel> {
 public:
  // A loop that stands still misses the oldest results: the newest say how things are. Answers are not missed: as many
  // as were asked for come.
  static constexpr std::size_t kMostQueued = 64;

  // Null, with an exception pending, where the environment grants none. `on_results` is called with an array.
  [[nodiscard]] static std::shared_ptr<ResultChannel> open(Napi::Env env, const Napi::Function& on_results);

  using Item = std::variant<ProbeResult, ActivityAnswer>;
  void push(Item item);
  // On the environment's thread. Idempotent.
  void close();

 private:
  static void deliver(Napi::Env env, Napi::Function on_results, std::shared_ptr<ResultChannel>* channel, void* data);
  using Wakeup = Napi::TypedThreadSafeFunction<std::shared_ptr<ResultChannel>, void, &ResultChannel::deliver>;

  [[nodiscard]] std::vector<Item> take();

  std::mutex mutex_;
  bool open_ = false;
  std::vector<Item> queue_;
  Wakeup wakeup_;
};

}  // namespace resilience
