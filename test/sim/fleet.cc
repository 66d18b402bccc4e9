#include "fleet.h"

#include <algorithm>

namespace resilience::world {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart = TimePoint{} + std::chrono::hours{1};
constexpr Duration kDeployment = seconds{5};  // processes start one after the other
constexpr TimePoint kLoad = kStart + kDeployment;
constexpr TimePoint kStop = kLoad + seconds{5};
constexpr TimePoint kEnd = kStop + seconds{40};

}  // namespace

Fleet::Fleet(const FleetOptions& options)
    : options_(options),
      events_(kStart),
      server_(events_, options.server, 1),
      back_(kStop + options.down),
      hosts_(options.processes) {
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    events_.at(kStart + kDeployment / hosts_.size() * i, [this, i] { start_process(i); });
  }
}

FleetReport Fleet::run() {
  schedule_load();
  events_.at(kStop, [this] { stop_server(); });
  events_.at(back_, [this] { start_server(); });
  events_.run_until(kEnd);
  TimePoint first_success = kEndOfTime;
  TimePoint settled = back_;
  for (const auto& host : hosts_) {
    const HostTotals& totals = host->totals();
    report_.failed += totals.failed;
    report_.resets += host->core().stats().hard_resets;
    first_success = std::min(first_success, totals.first_success);
    settled = std::max(settled, totals.backlog_settled);
    host->check_ledger();
  }
  report_.most_sessions = server_.most_sessions();
  report_.first_success = first_success - back_;
  report_.settled = settled - back_;
  report_.broken = watcher_.promises_broken();
  return report_;
}

void Fleet::start_process(std::size_t i) {
  HostOptions options;
  options.pool = options_.pool;
  options.guarded = options_.guarded;
  options.seed = i + 1;
  options.first_run = i << 32U;
  hosts_[i] = std::make_unique<Host>(events_, server_, options, watcher_);
}

void Fleet::schedule_load() {
  const auto count = static_cast<std::size_t>((kEnd - kLoad) / seconds{1}) * options_.operations_per_second;
  for (std::size_t i = 0; i < count; ++i) {
    OperationPlan plan;
    plan.operation.kind = i % 2 == 0 ? OperationKind::kRead : OperationKind::kWrite;
    plan.work = kWork;
    const std::size_t process = rng_.next() % hosts_.size();
    events_.at(kLoad + (kEnd - kLoad) / count * i, [this, process, plan] { hosts_[process]->run(plan); });
  }
}

template <typename Count>
std::size_t Fleet::sum(Count count) const {
  std::size_t all = 0;
  for (const auto& host : hosts_) all += count(*host);
  return all;
}

void Fleet::stop_server() {
  report_.in_flight = sum([](const Host& host) { return host.unsettled(); });
  options_.frozen ? server_.freeze() : server_.stop();
}

void Fleet::start_server() {
  report_.parked = sum([](const Host& host) { return host.core().stats().parked; });
  options_.frozen ? server_.thaw() : server_.start(options_.starting);
  for (const auto& host : hosts_) host->watch_recovery();
  watch();
}

void Fleet::watch() {
  report_.busiest = std::max(report_.busiest, server_.executing());
  if (events_.now() < back_ + seconds{1}) events_.after(milliseconds{1}, [this] { watch(); });
}

}  // namespace resilience::world
