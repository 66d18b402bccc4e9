// The log where spdlog is not: in WebAssembly, which has no threads, and in a build that needs no more than a compiler.
#include <deque>
#include <utility>

#include "io/logging.h"
#include "io/redact.h"

namespace resilience {

struct LogChannel::Parts {
  LogLevel level = LogLevel::kInfo;
  std::deque<LogLine> lines;
  std::uint64_t dropped = 0;
};

LogChannel::LogChannel(LogLevel level) : parts_(std::make_unique<Parts>()) {
  set_level(level);
}

LogChannel::~LogChannel() = default;

void LogChannel::set_level(LogLevel level) {
  parts_->level = level;
}

bool LogChannel::wants(LogLevel level) const {
  return level >= parts_->level;
}

void LogChannel::log(LogLevel level, std::string_view text) {
  if (level == LogLevel::kSilent || !wants(level)) return;
  if (parts_->lines.size() >= kCapacity) {
    parts_->lines.pop_front();
    ++parts_->dropped;
  }
  parts_->lines.push_back({level, redact(text)});
}

bool LogChannel::has_lines() const {
  return !parts_->lines.empty();
}

std::vector<LogLine> LogChannel::take_lines() {
  std::vector<LogLine> lines;
  lines.reserve(parts_->lines.size() + 1);
  if (parts_->dropped > 0) {
    lines.push_back({LogLevel::kWarn, std::to_string(parts_->dropped) + " log lines were dropped"});
  }
  for (LogLine& line : parts_->lines) lines.push_back(std::move(line));
  parts_->lines.clear();
  parts_->dropped = 0;
  return lines;
}

}  // namespace resilience
