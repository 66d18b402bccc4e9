#include "binding/logger_wrap.h"

namespace resilience {

std::unique_ptr<LoggerWrap> LoggerWrap::create(LogLevel level) {
  return std::unique_ptr<LoggerWrap>(new LoggerWrap(level));
}

bool LoggerWrap::log(LogLevel level, std::string_view text) {
  channel_.log(level, text);
  return channel_.has_lines();
}

}  // namespace resilience
