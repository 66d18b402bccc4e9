// One probe per database and process, however many clients and worker threads look through it.
//
// Any thread may subscribe. A subscription's sinks are called on the probe's thread, or from within ask_activity(), and
// must not block; once the subscription is closed or destroyed they are never called again. The last subscription of a
// database ends its thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/probe_result.h"
#include "core/probe_schedule.h"
#include "core/server_activity.h"
#include "io/host_resolver.h"
#include "io/loop_monitor.h"
#include "io/probe_target.h"
#include "io/probe_thread.h"

namespace resilience {

using ProbeSink = std::function<void(const ProbeResult&)>;
// `question`: as given to ask_activity().
using ActivitySink = std::function<void(std::uint64_t question, const ServerActivity&)>;

struct SubscriptionOptions {
  ProbeTiming timing;
  bool sentinel = false;  // keep one idle session and see it end; PostgreSQL only
  std::shared_ptr<const LoopMonitor>
      monitor;                    // of the subscriber's event loop, for ProbeResult::loop_stall; may be null
  ActivitySink on_activity = {};  // needed by ask_activity() only
};

class ProbeHub;

// Owner: one thread at a time. Closed when destroyed.
class ProbeSubscription {
 public:
  ProbeSubscription() = default;
  ProbeSubscription(ProbeSubscription&&) noexcept = default;
  ProbeSubscription& operator=(ProbeSubscription&& other) noexcept;
  ~ProbeSubscription();

  // Look for the database until rest(). Results of attempts that begin from now on come with `epoch`.
  void search(Epoch epoch);
  void rest();
  // One attempt now; its result comes with `epoch`, whether searching or not.
  void look(Epoch epoch);
  // What the database's connections do, those of `pids` one by one; answered once, through on_activity. What anybody of
  // this process has been told within the last `max_age` is told again instead of asking.
  void ask_activity(std::uint64_t question, std::vector<std::uint32_t> pids, Duration max_age);
  // The driver's, for attempts that begin from now on: of whoever looks at this database in the same way, the newest
  // counts.
  void set_password(std::string password);
  void close();

 private:
  friend class ProbeRegistry;
  ProbeSubscription(std::shared_ptr<ProbeHub> hub, std::uint64_t id) : hub_(std::move(hub)), id_(id) {}

  std::shared_ptr<ProbeHub> hub_;
  std::uint64_t id_ = 0;
};

class ProbeRegistry {
 public:
  explicit ProbeRegistry(MakeDialer make_dialer, HostResolver::Function resolve = &HostResolver::system_resolve)
      : resolver_(resolve), make_dialer_(make_dialer) {}

  // `seed` is that of whoever comes first.
  [[nodiscard]] ProbeSubscription subscribe(ProbeTarget target, SubscriptionOptions options, std::uint64_t seed,
                                            ProbeSink sink);
  // Databases that are subscribed to now.
  [[nodiscard]] std::size_t size();

 private:
  friend class ProbeSubscription;
  void drop_if_unused(const std::shared_ptr<ProbeHub>& hub);

  HostResolver resolver_;
  const MakeDialer make_dialer_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<ProbeHub>, std::less<>> hubs_;
};

}  // namespace resilience
