#include "binding/result_channel.h"

#include <algorithm>
#include <utility>

#include "binding/seam/codec.h"

namespace resilience {

std::shared_ptr<ResultChannel> ResultChannel::open(js::Env env, js::Value on_items) {
  auto channel = std::make_shared<ResultChannel>();
  const auto deliver = [](js::Env woken, js::Value callback, const std::shared_ptr<void>& kept) {
    static_cast<ResultChannel*>(kept.get())->deliver(woken, callback);
  };
  // The wake-up keeps the channel for as long as Node keeps the wake-up, which may be after close().
  channel->wakeup_ = js::Wakeup::create(env, on_items, "prisma-resilient-probe", deliver, channel);
  if (!channel->wakeup_) return nullptr;
  channel->open_ = true;
  return channel;
}

void ResultChannel::push(Item item) {
  const std::scoped_lock lock(mutex_);
  if (!open_) return;
  const bool was_empty = queue_.empty();
  if (queue_.size() >= kMostQueued) {
    const auto is_result = [](const Item& queued) { return std::holds_alternative<LookAnswer>(queued); };
    const auto oldest = std::find_if(queue_.begin(), queue_.end(), is_result);
    if (oldest != queue_.end()) queue_.erase(oldest);
  }
  queue_.push_back(std::move(item));
  if (was_empty) wakeup_.wake();
}

void ResultChannel::close() {
  const std::scoped_lock lock(mutex_);
  if (!std::exchange(open_, false)) return;
  queue_.clear();
  wakeup_.release();
}

std::vector<ResultChannel::Item> ResultChannel::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(queue_, {});
}

void ResultChannel::deliver(js::Env env, js::Value on_items) {
  const std::vector<Item> items = take();
  if (items.empty()) return;
  const auto list = seam::Codec<std::vector<Item>>::write(env, items);
  if (list && on_items.call({&*list, 1})) return;
  // Node itself would drop it with a warning: callbacks of addons were once not thought to throw.
  js::report_pending_exception(env);
}

}  // namespace resilience
