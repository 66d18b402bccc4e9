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

#include "binding/js/wakeup.h"
#include "binding/records/probe.h"

namespace resilience {

// What came of one look.
struct LookAnswer {
  ProbeResult result;
};
// The answer to one question about activity.
struct ActivityAnswer {
  std::uint64_t question = 0;
  ServerActivity activity;
};

class ResultChannel {
 public:
  using Item = std::variant<LookAnswer, ActivityAnswer>;

  // A loop that stands still misses the oldest results: the newest say how things are. Answers are not missed: as many
  // as were asked for come.
  static constexpr std::size_t kMostQueued = 64;

  // Null, perhaps with an exception pending, where the environment grants none. `on_items` is called with an array.
  [[nodiscard]] static std::shared_ptr<ResultChannel> open(js::Env env, js::Value on_items);

  void push(Item item);
  // On the environment's thread. Idempotent.
  void close();

 private:
  [[nodiscard]] std::vector<Item> take();
  void deliver(js::Env env, js::Value on_items);

  std::mutex mutex_;
  bool open_ = false;
  std::vector<Item> queue_;
  js::Wakeup wakeup_;
};

namespace seam {

template <>
struct VariantName<ResultChannel::Item> {
  static constexpr std::string_view kValue = "ProbeItem";
};
template <>
struct Record<LookAnswer> {
  static constexpr auto kFields = std::tuple{required<&LookAnswer::result>};
};
template <>
struct Record<ActivityAnswer> {
  static constexpr auto kFields = std::tuple{required<&ActivityAnswer::question>, required<&ActivityAnswer::activity>};
};

}  // namespace seam
}  // namespace resilience
