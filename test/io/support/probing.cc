#include "test/io/support/probing.h"

#include <gtest/gtest.h>

#include <utility>

namespace resilience::testing {

ProbeTarget target_of(std::string_view url) {
  ConnInfoResult result = parse_conninfo(url);
  if (const auto* error = std::get_if<ConnInfoError>(&result)) ADD_FAILURE() << url << ": " << error->message;
  return std::get<ConnInfo>(std::move(result));
}

std::string local_url(std::uint16_t port) {
  return "postgres://u@127.0.0.1:" + std::to_string(port) + "/db";
}

Probing::Probing(ProbeRegistry& registry, const ProbeTarget& target, ProbingOptions options) {
  SubscriptionOptions subscription{options.timing, options.sentinel, std::move(options.monitor)};
  subscription.on_activity = [received = received_](std::uint64_t question, const ServerActivity& activity) {
    const std::scoped_lock lock(received->mutex);
    received->activities.emplace(question, activity);
    received->changed.notify_all();
  };
  subscription_ =
      registry.subscribe(target, std::move(subscription), 1, [received = received_](const ProbeResult& result) {
        const std::scoped_lock lock(received->mutex);
        received->results.push_back(result);
        received->changed.notify_all();
      });
}

ProbeResult Probing::wait_for(const Predicate& wanted) {
  std::unique_lock lock(received_->mutex);
  ProbeResult found;
  const bool came = received_->changed.wait_for(lock, kInVain, [&] {
    while (seen_ < received_->results.size()) {
      found = received_->results[seen_++];
      if (wanted(found)) return true;
    }
    return false;
  });
  if (!came) {
    ADD_FAILURE() << "the result that was waited for did not come";
    for (const ProbeResult& result : received_->results) ADD_FAILURE() << describe(result);
  }
  return found;
}

ProbeResult Probing::look(Epoch epoch) {
  subscription_.look(epoch);
  return wait();
}

ServerActivity Probing::activity(std::vector<std::uint32_t> pids, Duration max_age) {
  const std::uint64_t question = ++last_question_;
  subscription_.ask_activity(question, std::move(pids), max_age);
  std::unique_lock lock(received_->mutex);
  const auto answered = [&] { return received_->activities.contains(question); };
  if (!received_->changed.wait_for(lock, kInVain, answered)) ADD_FAILURE() << "no answer about activity came";
  return received_->activities[question];
}

std::size_t Probing::count() const {
  const std::scoped_lock lock(received_->mutex);
  return received_->results.size();
}

std::string describe(const ProbeResult& result) {
  const char* const verdicts[] = {"up", "down", "inconclusive"};
  const char* const roles[] = {"unknown", "primary", "standby"};
  return std::string(verdicts[static_cast<int>(result.verdict)]) + ' ' + roles[static_cast<int>(result.role)] + ' ' +
         std::to_string(result.server_version) + ' ' + result.host + ':' + std::to_string(result.port) + ' ' +
         result.code + ' ' + result.message;
}

}  // namespace resilience::testing
