// One process with a database of its own in random weather: a load, and faults of both, until all is well again.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "core/rng.h"
#include "host.h"

namespace resilience::world {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : rng_(seed) {}
  [[nodiscard]] bool chance(double share) { return rng_.next_unit() < share; }
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return rng_.next() % bound; }
  template <typename T>
  [[nodiscard]] T one_of(std::initializer_list<T> values) {
    return *(values.begin() + static_cast<std::ptrdiff_t>(below(values.size())));
  }
  [[nodiscard]] Duration between(Duration least, Duration most) {
    return least + Duration{static_cast<Duration::rep>(static_cast<double>((most - least).count()) * rng_.next_unit())};
  }
  [[nodiscard]] Duration exponential(Duration mean) {
    return Duration{static_cast<Duration::rep>(-std::log(1 - rng_.next_unit()) * static_cast<double>(mean.count()))};
  }

 private:
  Rng rng_;
};

inline Config random_config(Dice& dice) {
  Config config;
  auto& reconnect = config.reconnect;
  reconnect.max_attempts = dice.one_of({1U, 2U, 3U, 3U, 5U});
  reconnect.initial_delay = dice.one_of<Duration>({Duration::zero(), milliseconds{20}, milliseconds{200}, seconds{1}});
  reconnect.max_delay = std::max<Duration>(reconnect.initial_delay, dice.one_of<Duration>({seconds{1}, seconds{10}}));
  reconnect.backoff = dice.one_of({BackoffKind::kExponential, BackoffKind::kLinear});
  reconnect.jitter = dice.one_of({JitterKind::kFull, JitterKind::kNone});
  reconnect.deadline = dice.between(milliseconds{500}, seconds{20});
  reconnect.max_parked = dice.one_of({0U, 3U, 50U, 10000U, 10000U});
  reconnect.hard_reset_on_final_attempt = dice.chance(0.7);
  reconnect.max_consecutive_errors = dice.one_of({1U, 3U, 10U});
  reconnect.min_reset_interval = dice.one_of<Duration>({Duration::zero(), seconds{1}, seconds{10}});
  reconnect.max_connection_age = dice.one_of<Duration>({seconds{15}, std::chrono::hours{18}});
  reconnect.retry_budget = {dice.one_of({0.0, 0.2, 1.0}), dice.one_of({0.0, 1.0, 10.0, 1000.0})};
  config.refresh.enabled = dice.chance(0.7);
  config.refresh.interval = dice.one_of<Duration>({seconds{3}, seconds{10}, std::chrono::minutes{5}});
  config.health_check.interval = seconds{5};
  config.probe.down_interval = dice.one_of<Duration>({milliseconds{5}, milliseconds{50}, milliseconds{300}});
  config.probe.timeout = dice.one_of<Duration>({milliseconds{50}, milliseconds{300}, seconds{1}});
  config.probe.suspect_after = dice.one_of<Duration>({milliseconds{10}, milliseconds{200}, seconds{2}});
  config.warmup.enabled = dice.chance(0.8);
  config.warmup.timeout = dice.one_of<Duration>({milliseconds{100}, seconds{2}, seconds{10}});
  config.on_unknown_outcome = dice.one_of({UnknownOutcomePolicy::kThrow, UnknownOutcomePolicy::kVerify});
  return config;
}

class Weather {
 public:
  static constexpr TimePoint kStart = TimePoint{} + std::chrono::hours{1};
  static constexpr Duration kWeather = seconds{40};
  using Trace = std::function<void(const std::string&)>;

  explicit Weather(std::uint64_t seed, Trace trace = {})
      : trace_(std::move(trace)),
        dice_(seed),
        events_(kStart),
        server_(events_, random_server(), seed + 1),
        host_(events_, server_, random_host(seed), watcher_) {}

  void run() {
    schedule_load();
    schedule_faults();
    events_.run_until(kStart + kWeather);
    clear_up();
    // Long enough for every deadline and backoff, and for a small pool to work off its queue.
    do {
      events_.run_until(events_.now() + seconds{45});
    } while (host_.unsettled() > 0 && host_.totals().last_settled > events_.now() - seconds{30});
    check();
    check_shutdown();
  }

  [[nodiscard]] const std::vector<std::string>& promises_broken() const { return watcher_.promises_broken(); }
  [[nodiscard]] const HostTotals& totals() const { return host_.totals(); }

 private:
  ServerOptions random_server() {
    if (dice_.chance(0.1)) ++starts_down_;
    return {static_cast<unsigned>(1 + dice_.below(8)), dice_.between(microseconds{100}, milliseconds{5}),
            dice_.between(milliseconds{1}, milliseconds{20}), 36 + static_cast<std::size_t>(dice_.below(60))};
  }
  HostOptions random_host(std::uint64_t seed) {
    HostOptions options;
    options.config = random_config(dice_);
    options.abilities = {dice_.chance(0.8), dice_.chance(0.7)};
    options.pool = 1 + static_cast<std::size_t>(dice_.below(15));
    options.pool_timeout = dice_.one_of<Duration>({Duration::zero(), milliseconds{500}, seconds{3}});
    options.make_client = dice_.between(milliseconds{1}, milliseconds{200});
    options.drain = dice_.one_of<Duration>({milliseconds{200}, seconds{5}});
    options.seed = seed;
    constexpr std::array<Duration, 4> kLeft{Duration::zero(), milliseconds{30}, seconds{2}, seconds{40}};
    options.leaves_work = kLeft[seed % kLeft.size()];
    options.twin = true;
    options.trace = trace_;
    options_ = options;
    if (starts_down_ > 0) {
      server_.stop();
      events_.after(dice_.between(milliseconds{100}, seconds{10}), [this] { server_.start({}); });
    }
    return options;
  }

  OperationPlan random_plan() {
    OperationPlan plan;
    plan.operation.kind = dice_.one_of({OperationKind::kRead, OperationKind::kRead, OperationKind::kWrite,
                                        OperationKind::kWrite, OperationKind::kIdempotentWrite});
    plan.operation.has_user_code = dice_.chance(0.05);
    plan.work = dice_.exponential(milliseconds{2});
    if (dice_.chance(0.01)) plan.work = dice_.between(milliseconds{100}, seconds{5});
    return plan;
  }
  void schedule_load() {
    const Duration mean = dice_.between(milliseconds{4}, milliseconds{150});
    for (Duration at{}; at < kWeather; at += dice_.exponential(mean)) {
      events_.at(kStart + at, [this, plan = random_plan()] { host_.run(plan); });
    }
  }

  static constexpr int kStop = 0;
  static constexpr int kVanish = 5;
  static constexpr int kStall = 10;

  void schedule_faults() {
    const std::uint64_t count = dice_.below(8);
    for (std::uint64_t i = 0; i < count; ++i) {
      const TimePoint at = kStart + dice_.between(Duration::zero(), kWeather);
      const Duration length = dice_.chance(0.5) ? dice_.between(milliseconds{1}, milliseconds{500})
                                                : dice_.between(milliseconds{500}, seconds{10});
      auto kind = static_cast<int>(dice_.below(15));
      // Connections that fall silent are only noticed by an outage, and an outage only by a process that is awake.
      if (kind == kVanish && stalls_) kind = kStop;
      if (kind == kStall && vanishes_) kind = kStop;
      stalls_ = stalls_ || kind == kStall;
      vanishes_ = vanishes_ || kind == kVanish;
      events_.at(at, [this, kind, length, action = fault(kind, length)] {
        if (trace_)
          trace_("*** fault " + std::to_string(kind) + " for " + std::to_string(length.count() / 1000000) + " ms");
        action();
      });
    }
  }
  EventQueue::Action fault(int kind, Duration length) {
    const auto then = [this, length](EventQueue::Action end) { events_.after(length, std::move(end)); };
    switch (kind) {
      case kStop:
      case 1:
        return [this, then] {
          server_.stop();
          then([this] { server_.start(milliseconds{20}); });
        };
      case 2:
        return [this, then] {
          server_.freeze();
          then([this] { server_.thaw(); });
        };
      case 3: return [this] { server_.terminate_sessions(); };
      case 4:
        return [this, then] {
          server_.cut();
          then([this] { server_.mend(); });
        };
      case kVanish: return vanish();
      case 6:
        return [this] {
          if (options_.abilities.can_replace) host_.panic();
        };
      case 7:
        return [this] {
          if (options_.abilities.can_replace) host_.lose_connectivity();
        };
      case 8:
        return [this, then, mood = dice_.one_of({FactoryMood::kThrows, FactoryMood::kHangs})] {
          host_.set_factory_mood(mood);
          then([this] { host_.set_factory_mood(FactoryMood::kWorks); });
        };
      case 9:
        return [this, then, mood = dice_.one_of({ProbeMood::kSaysDown, ProbeMood::kSilent, ProbeMood::kCannotTell})] {
          host_.set_probe_mood(mood);
          if (mood == ProbeMood::kSaysDown) host_.lose_sentinel();
          then([this] { host_.set_probe_mood(ProbeMood::kHonest); });
        };
      case kStall: return [this, length] { host_.stall(length); };
      case 11:
        return [this, limited = dice_.chance(0.5)] {
          if (options_.abilities.can_replace) host_.hard_reset(limited);
        };
      case 12: return [this] { host_.reconnect(); };
      case 13: return [this] { server_.fail_over(); };
      default:
        return [this, rush = 20 + dice_.below(400)] {
          for (std::uint64_t i = 0; i < rush; ++i) host_.run(random_plan());
        };
    }
  }
  // The connections there are will never answer again; long enough for somebody to notice.
  EventQueue::Action vanish() {
    return [this] {
      const auto& probe = options_.config.probe;
      const Duration length = probe.suspect_after * HangWatch::kMostPatience * 2 + probe.timeout * 3 + seconds{1};
      if (!options_.abilities.can_replace || events_.now() + length > kStart + kWeather) return;
      server_.swallow_sessions();
      server_.cut();
      events_.after(length, [this] { server_.mend(); });
    };
  }
  void clear_up() {
    while (!server_.well()) {
      server_.start({});
      server_.thaw();
      server_.mend();
    }
    host_.set_factory_mood(FactoryMood::kWorks);
    host_.set_probe_mood(ProbeMood::kHonest);
  }

  void broken(const std::string& promise) {
    watcher_.broken(promise);
    if (trace_) trace_(Host::kBroken + promise);
  }

  void check() {
    const Supervisor& core = host_.core();
    if (core.stats().parked != 0) broken("somebody waits though all is well");
    if (host_.unsettled() != 0) {
      const Duration since = host_.in_flight_since().value_or(TimePoint{}) - TimePoint{};
      broken(std::to_string(host_.unsettled()) + " operations never ended, in flight since " +
             std::to_string(std::chrono::duration<double>(since).count()));
    }
    if (core.gate_closed()) broken("the gate is closed though all is well: " + std::string(to_string(core.state())));
    if (core.stats().in_flight != 0) broken("in flight though nothing is");
    if (!closes_old_clients()) broken("a client that no longer serves was never closed");
    host_.check_ledger();
  }

  // A factory that is slower than its limit delivers a client that nobody waits for any more; it is closed when it
  // comes, and another may be on its way by then.
  bool closes_old_clients() {
    const TimePoint until = events_.now() + seconds{30};
    while (host_.old_clients() != 0 && events_.now() < until) events_.run_until(events_.now() + milliseconds{1});
    return host_.old_clients() == 0;
  }

  // Shut down while much waits, and much hangs, perhaps in the middle of a replacement: nobody is left waiting, nobody
  // is let in any more, and all that runs ends in time, although the database does not come back.
  void check_shutdown() {
    for (int i = 0; i < 20; ++i) host_.run(random_plan());
    dice_.chance(0.5) ? server_.freeze() : server_.stop();
    for (int i = 0; i < 20; ++i) host_.run(random_plan());
    events_.run_until(events_.now() + dice_.between(milliseconds{1}, seconds{3}));
    if (options_.abilities.can_replace && dice_.chance(0.3)) host_.hard_reset(dice_.chance(0.5));
    host_.shut_down();
    events_.run_until(events_.now() + milliseconds{1});
    if (host_.core().stats().parked != 0) broken("somebody waits after the shutdown");
    const std::uint64_t failed = host_.totals().failed;
    host_.run(random_plan());
    events_.run_until(events_.now() + milliseconds{1});
    if (host_.totals().failed <= failed) broken("work is taken after the shutdown");
    events_.run_until(events_.now() + options_.drain + GenerationLife::kGrace + GenerationLife::kClosing);
    if (host_.unsettled() != 0) broken("operations outlive the shutdown");
    if (!host_.ended()) broken("the shutdown does not end");
    clear_up();
    events_.run_until(events_.now() + seconds{45});
    if (host_.old_clients() != 0 && host_.ended()) broken("a client outlives the shutdown");
  }

  Trace trace_;
  Dice dice_;
  EventQueue events_;
  Watcher watcher_;
  int starts_down_ = 0;
  bool stalls_ = false;
  bool vanishes_ = false;
  HostOptions options_;
  Server server_;
  Host host_;
};

}  // namespace resilience::world
