// A subscription whose results a test can wait for.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "io/pg_dialer.h"
#include "io/probe_registry.h"

namespace resilience::testing {

using std::chrono::milliseconds;

// Whoever waits longer than this waits in vain.
inline constexpr std::chrono::seconds kInVain{20};

[[nodiscard]] ProbeTarget target_of(std::string_view url);
// postgres://u@127.0.0.1:port/db
[[nodiscard]] std::string local_url(std::uint16_t port);

// One that logs in, as the probe's addon has it.
class Registry : public ProbeRegistry {
 public:
  Registry() : ProbeRegistry(&PgDialer::make) {}
};

struct ProbingOptions {
  ProbeTiming timing{milliseconds{200}, milliseconds{20}, milliseconds{500}};
  bool sentinel = false;
  std::shared_ptr<const LoopMonitor> monitor;
};

class Probing {
 public:
  using Predicate = std::function<bool(const ProbeResult&)>;

  Probing(ProbeRegistry& registry, const ProbeTarget& target, ProbingOptions options = {});
  Probing(ProbeRegistry& registry, std::string_view url, ProbingOptions options = {})
      : Probing(registry, target_of(url), std::move(options)) {}

  [[nodiscard]] ProbeSubscription& subscription() { return subscription_; }

  // The first result not yet waited for that fulfils `wanted`. Fails the test, with all that came, if none comes.
  ProbeResult wait_for(const Predicate& wanted);
  ProbeResult wait() {
    return wait_for([](const ProbeResult&) { return true; });
  }
  // One look, and its result.
  ProbeResult look(Epoch epoch = Epoch{1});
  // One question about activity, and its answer.
  ServerActivity activity(std::vector<std::uint32_t> pids = {}, Duration max_age = {});

  [[nodiscard]] std::size_t count() const;

 private:
  struct Received {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<ProbeResult> results;
    std::map<std::uint64_t, ServerActivity> activities;  // by question
  };
  const std::shared_ptr<Received> received_ = std::make_shared<Received>();
  std::size_t seen_ = 0;
  std::uint64_t last_question_ = 0;
  ProbeSubscription subscription_;
};

[[nodiscard]] inline bool is_up(const ProbeResult& result) {
  return result.verdict == ProbeVerdict::kUp;
}
[[nodiscard]] inline bool is_down(const ProbeResult& result) {
  return result.verdict == ProbeVerdict::kDown;
}

// "up primary 150018 127.0.0.1:5432 28P01 text", for failure messages.
[[nodiscard]] std::string describe(const ProbeResult& result);

}  // namespace resilience::testing
