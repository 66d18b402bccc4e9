// The log channel for JavaScript: what passes the filter comes back as lines for the user's logger.
//
// Owner: the environment's thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "binding/seam/bind.h"
#include "io/logging.h"

namespace resilience {

class LoggerWrap {
 public:
  [[nodiscard]] static std::unique_ptr<LoggerWrap> create(LogLevel level);

  // Whether lines wait to be taken.
  bool log(LogLevel level, std::string_view text);
  [[nodiscard]] bool wants(LogLevel level) const { return channel_.wants(level); }
  [[nodiscard]] std::vector<LogLine> take() { return channel_.take_lines(); }

 private:
  explicit LoggerWrap(LogLevel level) : channel_(level) {}

  LogChannel channel_;
};

namespace seam {

template <>
struct Record<LogLine> {
  static constexpr auto kFields = std::tuple{required<&LogLine::level>, required<&LogLine::text>};
};

template <>
struct ClassOf<LoggerWrap> {
  static constexpr const char* kName = "NativeLogger";
  static constexpr napi_type_tag kTag = {0x27f5e09c84d1b36aULL, 0x5ea81d7304cf962bULL};
  static constexpr auto kConstructor = callable<&LoggerWrap::create, "level">;
  static constexpr auto kMethods = std::tuple{callable<&LoggerWrap::wants, "level">,
                                              callable<&LoggerWrap::log, "level", "text">, callable<&LoggerWrap::take>};
};

}  // namespace seam
}  // namespace resilience
