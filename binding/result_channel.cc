#include "binding/result_channel.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace resilience {
namespace {

double to_ms(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

Napi::Object to_js(Napi::Env env, const ProbeResult& result) {
  const Napi::Object object = Napi::Object::New(env);
  if (object.IsEmpty()) return object;
  object.Set("verdict", static_cast<double>(result.verdict));
  object.Set("role", static_cast<double>(result.role));
  object.Set("trigger", static_cast<double>(result.trigger));
  object.Set("readOnly", result.read_only);
  object.Set("everUp", result.ever_up);
  object.Set("epoch", static_cast<double>(result.epoch.value));
  object.Set("latencyMs", to_ms(result.latency));
  object.Set("loopStallMs", to_ms(result.loop_stall));
  object.Set("serverVersion", static_cast<double>(result.server_version));
  object.Set("host", result.host);
  object.Set("port", static_cast<double>(result.port));
  object.Set("code", result.code);
  object.Set("message", result.message);
  return object;
}

Napi::Object to_js(Napi::Env env, const ActivityAnswer& answer) {
  const ServerActivity& activity = answer.activity;
  const Napi::Object object = Napi::Object::New(env);
  if (object.IsEmpty()) return object;
  const Napi::Array connections = Napi::Array::New(env, activity.connections.size());
  for (std::uint32_t i = 0; i < activity.connections.size() && !connections.IsEmpty(); ++i) {
    const Napi::Object row = Napi::Object::New(env);
    row.Set("state", activity.connections[i].state);
    row.Set("count", static_cast<double>(activity.connections[i].count));
    connections.Set(i, row);
  }
  const Napi::Array backends = Napi::Array::New(env, activity.backends.size());
  for (std::uint32_t i = 0; i < activity.backends.size() && !backends.IsEmpty(); ++i) {
    const Backend& backend = activity.backends[i];
    const Napi::Object row = Napi::Object::New(env);
    row.Set("pid", static_cast<double>(backend.pid));
    row.Set("state", static_cast<double>(backend.state));
    row.Set("ageMs", to_ms(backend.age));
    row.Set("inStateMs", to_ms(backend.in_state));
    row.Set("stateSince", static_cast<double>(backend.state_since));
    backends.Set(i, row);
  }
  object.Set("question", static_cast<double>(answer.question));
  object.Set("known", activity.known);
  object.Set("connections", connections);
  object.Set("waitingForLock", static_cast<double>(activity.waiting_for_lock));
  object.Set("maxConnections", static_cast<double>(activity.max_connections));
  object.Set("serverStarted", static_cast<double>(activity.server_started));
  object.Set("backends", backends);
  object.Set("code", activity.code);
  object.Set("message", activity.message);
  return object;
}

}  // namespace

std::shared_ptr<ResultChannel> ResultChannel::open(Napi::Env env, const Napi::Function& on_results) {
  auto channel = std::make_shared<ResultChannel>();
  // The wake-up keeps the channel for as long as Node keeps the wake-up, which may be after close().
  auto* const owner = new std::shared_ptr<ResultChannel>(channel);
  Wakeup wakeup = Wakeup::New(
      env, on_results, "prisma-resilient-probe", 0, 1, owner,
      [](Napi::Env, void*, std::shared_ptr<ResultChannel>* kept) { delete kept; }, static_cast<void*>(nullptr));
  if (env.IsExceptionPending()) {
    delete owner;
    return nullptr;
  }
  wakeup.Unref(env);
  channel->wakeup_ = wakeup;
  channel->open_ = true;
  return channel;
}

void ResultChannel::push(Item item) {
  const std::scoped_lock lock(mutex_);
  if (!open_) return;
  const bool was_empty = queue_.empty();
  if (queue_.size() >= kMostQueued) {
    const auto is_result = [](const Item& queued) { return std::holds_alternative<ProbeResult>(queued); };
    const auto oldest = std::find_if(queue_.begin(), queue_.end(), is_result);
    if (oldest != queue_.end()) queue_.erase(oldest);
  }
  queue_.push_back(std::move(item));
  if (was_empty) wakeup_.NonBlockingCall();
}

void ResultChannel::close() {
  const std::scoped_lock lock(mutex_);
  if (!std::exchange(open_, false)) return;
  queue_.clear();
  wakeup_.Release();
}

std::vector<ResultChannel::Item> ResultChannel::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(queue_, {});
}

void ResultChannel::deliver(Napi::Env env, Napi::Function on_results, std::shared_ptr<ResultChannel>* channel, void*) {
  // No environment: it is going down, and the results with it.
  if (static_cast<napi_env>(env) == nullptr || channel == nullptr) return;
  const std::vector<Item> results = (*channel)->take();
  if (results.empty() || on_results.IsEmpty()) return;
  const Napi::Array array = Napi::Array::New(env, results.size());
  for (std::uint32_t i = 0; i < results.size(); ++i) {
    const Napi::Object object = std::visit([env](const auto& item) { return to_js(env, item); }, results[i]);
    // A worker that is being terminated makes no more objects.
    if (env.IsExceptionPending() || object.IsEmpty()) return;
    array.Set(i, object);
  }
  on_results.Call({array});
  // Node itself would drop it with a warning: callbacks of addons were once not thought to throw.
  if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
}

}  // namespace resilience
