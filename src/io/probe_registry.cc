#include "io/probe_registry.h"

#include <utility>

#include "io/probe_hub.h"

namespace resilience {

ProbeSubscription& ProbeSubscription::operator=(ProbeSubscription&& other) noexcept {
  if (this != &other) {
    close();
    hub_ = std::move(other.hub_);
    id_ = other.id_;
  }
  return *this;
}

ProbeSubscription::~ProbeSubscription() {
  close();
}

void ProbeSubscription::search(Epoch epoch) {
  if (hub_) hub_->search(id_, epoch);
}

void ProbeSubscription::rest() {
  if (hub_) hub_->rest(id_);
}

void ProbeSubscription::look(Epoch epoch) {
  if (hub_) hub_->look(id_, epoch);
}

void ProbeSubscription::ask_activity(std::uint64_t question, std::vector<std::uint32_t> pids, Duration max_age) {
  if (hub_) hub_->ask_activity(id_, question, std::move(pids), max_age);
}

void ProbeSubscription::set_password(std::string password) {
  if (hub_) hub_->set_password(std::move(password));
}

void ProbeSubscription::close() {
  const std::shared_ptr<ProbeHub> hub = std::exchange(hub_, nullptr);
  if (!hub) return;
  hub->remove(id_);
  hub->registry().drop_if_unused(hub);
}

ProbeSubscription ProbeRegistry::subscribe(ProbeTarget target, SubscriptionOptions options, std::uint64_t seed,
                                           ProbeSink sink) {
  std::string key = key_of(target);
  // Adding under this mutex, too: else a hub could be dropped between being found and being used.
  const std::scoped_lock lock(mutex_);
  std::shared_ptr<ProbeHub>& hub = hubs_[key];
  if (!hub) {
    hub = std::make_shared<ProbeHub>(std::move(key), *this);
    hub->start(std::move(target), options.timing, seed, {resolver_, make_dialer_});
  }
  const std::uint64_t id = hub->add(std::move(options), std::move(sink));
  return {hub, id};
}

std::size_t ProbeRegistry::size() {
  const std::scoped_lock lock(mutex_);
  return hubs_.size();
}

void ProbeRegistry::drop_if_unused(const std::shared_ptr<ProbeHub>& hub) {
  {
    const std::scoped_lock lock(mutex_);
    if (!hub->empty()) return;
    const auto found = hubs_.find(hub->key());
    if (found == hubs_.end() || found->second != hub) return;
    hubs_.erase(found);
  }
  // Nobody else can reach it now, so its thread is ended without holding up other databases.
  hub->stop();
}

}  // namespace resilience
