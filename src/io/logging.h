// The package's log: spdlog in front, the user's logger behind it.
//
// Lines are filtered by level, redacted and kept here until the host takes them, so that what nobody wants never
// crosses into JavaScript. The queue is bounded: where nobody takes lines, the oldest are dropped and counted. Any
// thread may log; lines are taken by the owner.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"

namespace spdlog {
class logger;
}

namespace resilience {

class LogQueueSink;

struct LogLine {
  LogLevel level;
  std::string text;
};

class LogChannel {
 public:
  static constexpr std::size_t kCapacity = 1024;

  explicit LogChannel(LogLevel level);
  ~LogChannel();
  LogChannel(const LogChannel&) = delete;
  LogChannel& operator=(const LogChannel&) = delete;

  void set_level(LogLevel level);
  [[nodiscard]] bool wants(LogLevel level) const;
  void log(LogLevel level, std::string_view text);

  [[nodiscard]] bool has_lines() const;
  // Those since the last call, oldest first; a line about dropped ones in front where there were any.
  [[nodiscard]] std::vector<LogLine> take_lines();

 private:
  std::shared_ptr<LogQueueSink> sink_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace resilience
