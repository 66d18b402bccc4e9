// A probe as src/io runs one, but of events in virtual time: the core's schedule, knocks, attempts that overlap, late
// attempts of earlier looks dropped. It may be wrong, silent, or unable to tell.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/accept_queue.h"
#include "core/config.h"
#include "core/probe_result.h"
#include "core/probe_schedule.h"
#include "event_queue.h"
#include "server.h"

namespace resilience::world {

enum class ProbeMood : std::uint8_t { kHonest, kSaysDown, kSilent, kCannotTell };

class Probe : public std::enable_shared_from_this<Probe> {
 public:
  using Report = std::function<void(const ProbeResult&)>;

  Probe(EventQueue& events, Server& server, const ProbeConfig& config, std::uint64_t seed, Report report)
      : events_(events),
        server_(server),
        timeout_(config.timeout),
        schedule_({config.interval, config.down_interval, config.timeout}, seed),
        report_(std::move(report)) {}

  void start();
  void stop();
  void set_mood(ProbeMood mood) { mood_ = mood; }
  // Its standing connection is lost: it says so, asked or not.
  void lose_sentinel();

 private:
  void arm();
  void attempt();
  void knock();
  // What an attempt has come to.
  struct Progress {
    std::uint64_t look = 0;
    std::uint64_t round = 0;
    TimePoint began;
    bool taken_in = false;  // by the server's kernel
    bool timed_out = false;
    bool stays = false;  // although it has timed out
    bool over = false;
  };
  using Attempt = std::shared_ptr<Progress>;
  [[nodiscard]] bool waits() const;
  void dial(const Attempt& attempt);
  void time_out(const Attempt& attempt);
  void settle(const Attempt& attempt, ProbeVerdict verdict, const char* code);
  void report(const Progress& attempt, ProbeVerdict verdict, const char* code);

  EventQueue& events_;
  Server& server_;
  Duration timeout_;
  ProbeSchedule schedule_;
  Report report_;
  ProbeMood mood_ = ProbeMood::kHonest;
  std::uint64_t look_ = 0;
  std::uint64_t last_round_ = 0;
  std::uint64_t reported_round_ = 0;
  std::vector<Attempt> under_way_;
  AcceptQueue queue_;
  Attempt staying_;
  bool ever_up_ = false;
  std::uint64_t armed_ = 0;
};

}  // namespace resilience::world
