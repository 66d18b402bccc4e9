// The subscribers of one database's probe; see probe_registry.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "io/probe_registry.h"

namespace resilience {

class ProbeHub : public std::enable_shared_from_this<ProbeHub> {
 public:
  ProbeHub(std::string key, ProbeRegistry& registry) : key_(std::move(key)), registry_(registry) {}

  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] ProbeRegistry& registry() const noexcept { return registry_; }
  // Before anything else, once.
  void start(ProbeTarget target, const ProbeTiming& timing, std::uint64_t seed, const ProbeMeans& means);

  [[nodiscard]] std::uint64_t add(SubscriptionOptions options, ProbeSink sink);
  void remove(std::uint64_t id);
  [[nodiscard]] bool empty();
  // Ends the thread. After this only the destructor may be called.
  void stop();

  void search(std::uint64_t id, Epoch epoch);
  void rest(std::uint64_t id);
  void look(std::uint64_t id, Epoch epoch);
  void set_password(std::string password);
  void ask_activity(std::uint64_t id, std::uint64_t question, std::vector<std::uint32_t> pids, Duration max_age);

 private:
  struct Subscriber {
    SubscriptionOptions options;
    ProbeSink sink;
    Epoch epoch;
    bool searching = false;
    bool looking = false;             // one result is awaited
    std::uint64_t first_round = 1;    // earlier ones began before this subscriber asked
    std::vector<std::uint32_t> pids;  // of its latest question about activity: whoever asks next, asks for it, too
  };
  struct Question {
    std::uint64_t subscriber = 0;
    std::uint64_t number = 0;
    std::uint64_t look = 0;  // that answers it, or any later one
  };
  struct Told {
    ServerActivity activity;
    TimePoint at;
  };

  void report(std::uint64_t round, const ProbeResult& result);
  void report_activity(std::uint64_t look, const ServerActivity& activity);
  // Brings the thread's timing, sentinel and search in line with what the subscribers want.
  void update_thread();

  const std::string key_;
  ProbeRegistry& registry_;
  std::mutex mutex_;  // may be held while the thread's wishes are changed, never while the thread is ended
  std::map<std::uint64_t, Subscriber> subscribers_;
  std::vector<Question> questions_;
  std::optional<Told> told_;
  std::uint64_t next_id_ = 1;
  std::mutex update_mutex_;  // one change of wishes at a time; taken before mutex_
  std::unique_ptr<ProbeThread> thread_;
};

}  // namespace resilience
