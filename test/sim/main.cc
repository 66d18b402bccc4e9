// What a fleet of processes does to a server that comes back: the production core, thousands of times, in virtual time.
//
//   cmake --preset core -DRESILIENCE_BUILD_SIM=ON && cmake --build --preset core --target resilience_sim
//   build/core/test/sim/resilience_sim
//
// One server stops for three seconds under a thousand operations a second, which the processes share.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include "core/rng.h"
#include "host.h"

namespace resilience::world {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart = TimePoint{} + std::chrono::hours{1};
constexpr TimePoint kStop = kStart + seconds{3};
constexpr TimePoint kBack = kStop + seconds{3};
constexpr TimePoint kEnd = kBack + seconds{6};
constexpr std::size_t kOperationsPerSecond = 1000;
constexpr std::size_t kPool = 5;
constexpr Duration kWork = milliseconds{2};

struct Row {
  std::size_t parked = 0;         // when the server was back
  std::size_t busiest = 0;        // statements at the server at once, in the first second after that
  std::size_t most_sessions = 0;  // ever
  std::uint64_t failed = 0;
  Duration first_success{};  // of any process, since the server was back
  Duration settled{};        // until nobody was parked any more
  std::vector<std::string> broken;
};

class Fleet {
 public:
  explicit Fleet(std::size_t processes)
      : events_(kStart), server_(events_, {8, milliseconds{1}, milliseconds{5}, processes * kPool * 2}, 1) {
    for (std::size_t i = 0; i < processes; ++i) {
      HostOptions options;
      options.pool = kPool;
      options.seed = i + 1;
      options.first_run = i << 32U;
      hosts_.push_back(std::make_unique<Host>(events_, server_, options, watcher_));
    }
  }

  Row run() {
    schedule_load();
    events_.at(kStop, [this] { server_.stop(); });
    events_.at(kBack, [this] { come_back(); });
    events_.run_until(kEnd);
    for (const auto& host : hosts_) {
      row_.failed += host->totals().failed;
      const TimePoint first = host->totals().first_success;
      if (first != kEndOfTime) first_success_ = std::min(first_success_, first);
      host->check_ledger();
    }
    row_.most_sessions = server_.most_sessions();
    row_.first_success = first_success_ - kBack;
    row_.broken = watcher_.promises_broken();
    return row_;
  }

 private:
  void schedule_load() {
    const auto count = static_cast<std::size_t>((kEnd - kStart) / seconds{1}) * kOperationsPerSecond;
    for (std::size_t i = 0; i < count; ++i) {
      const Duration at = (kEnd - kStart) / count * i;
      OperationPlan plan;
      plan.operation.kind = i % 2 == 0 ? OperationKind::kRead : OperationKind::kWrite;
      plan.work = kWork;
      Host& host = *hosts_[rng_.next() % hosts_.size()];
      events_.at(kStart + at, [&host, plan] { host.run(plan); });
    }
  }
  void come_back() {
    row_.parked = parked();
    server_.start({});
    for (const auto& host : hosts_) host->watch_for_success();
    look();
  }
  void look() {
    const TimePoint now = events_.now();
    if (now <= kBack + seconds{1}) row_.busiest = std::max(row_.busiest, server_.executing());
    if (parked() > 0) row_.settled = now - kBack;
    if (now < kEnd - seconds{1}) events_.after(milliseconds{1}, [this] { look(); });
  }
  [[nodiscard]] std::size_t parked() const {
    std::size_t sum = 0;
    for (const auto& host : hosts_) sum += host->core().stats().parked;
    return sum;
  }

  EventQueue events_;
  Server server_;
  Watcher watcher_;
  Rng rng_{7};
  std::vector<std::unique_ptr<Host>> hosts_;
  TimePoint first_success_ = kEndOfTime;
  Row row_;
};

double in_ms(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

int report() {
  bool broken = false;
  std::printf("%9s %8s %10s %10s %8s %18s %14s\n", "processes", "parked", "busiest", "sessions", "failed",
              "first success ms", "settled ms");
  for (const std::size_t processes : {1U, 10U, 100U, 1000U}) {
    const Row row = Fleet(processes).run();
    std::printf("%9zu %8zu %10zu %10zu %8llu %18.0f %14.0f\n", processes, row.parked, row.busiest, row.most_sessions,
                static_cast<unsigned long long>(row.failed), in_ms(row.first_success), in_ms(row.settled));
    for (const std::string& promise : row.broken) std::printf("  BROKEN: %s\n", promise.c_str());
    broken = broken || !row.broken.empty();
  }
  return broken ? 1 : 0;
}

}  // namespace
}  // namespace resilience::world

int main() {
  return resilience::world::report();
}
