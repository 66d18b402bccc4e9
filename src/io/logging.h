// The package's log, with the user's logger behind it: spdlog does the work (logging.cc), or a plain queue where it is
// not there (logging_plain.cc).
//
// Lines are filtered by level, redacted and kept here until the host takes them, so that what nobody wants never
// crosses into JavaScript. The queue is bounded: where nobody takes lines, the oldest are dropped and counted. Owner:
// the environment's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"

namespace resilience {

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
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace resilience
