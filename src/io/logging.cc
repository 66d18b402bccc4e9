#include "io/logging.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "io/redact.h"

namespace resilience {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace: return spdlog::level::trace;
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kSilent: return spdlog::level::off;
  }
  return spdlog::level::off;
}

LogLevel from_spdlog(spdlog::level::level_enum level) {
  if (level <= spdlog::level::trace) return LogLevel::kTrace;
  if (level == spdlog::level::debug) return LogLevel::kDebug;
  if (level == spdlog::level::info) return LogLevel::kInfo;
  if (level == spdlog::level::warn) return LogLevel::kWarn;
  return LogLevel::kError;
}

class LogQueueSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  [[nodiscard]] bool has_lines() const { return pending_.load(std::memory_order_acquire); }

  std::vector<LogLine> take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<LogLine> lines;
    lines.reserve(lines_.size() + 1);
    if (dropped_ > 0) lines.push_back({LogLevel::kWarn, std::to_string(dropped_) + " log lines were dropped"});
    for (LogLine& line : lines_) lines.push_back(std::move(line));
    lines_.clear();
    dropped_ = 0;
    pending_.store(false, std::memory_order_release);
    return lines;
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (lines_.size() >= LogChannel::kCapacity) {
      lines_.pop_front();
      ++dropped_;
    }
    lines_.push_back({from_spdlog(message.level), redact({message.payload.data(), message.payload.size()})});
    pending_.store(true, std::memory_order_release);
  }
  void flush_() override {}

  std::deque<LogLine> lines_;
  std::uint64_t dropped_ = 0;
  std::atomic<bool> pending_{false};
};

}  // namespace

struct LogChannel::Parts {
  std::shared_ptr<LogQueueSink> sink = std::make_shared<LogQueueSink>();
  // Not in spdlog's registry: a worker's channel must not be found by another's.
  spdlog::logger logger{"prisma-resilient-client", sink};
};

LogChannel::LogChannel(LogLevel level) : parts_(std::make_unique<Parts>()) {
  set_level(level);
}

LogChannel::~LogChannel() = default;

void LogChannel::set_level(LogLevel level) {
  parts_->logger.set_level(to_spdlog(level));
}

bool LogChannel::wants(LogLevel level) const {
  return parts_->logger.should_log(to_spdlog(level));
}

void LogChannel::log(LogLevel level, std::string_view text) {
  if (level == LogLevel::kSilent) return;
  parts_->logger.log(to_spdlog(level), spdlog::string_view_t{text.data(), text.size()});
}

bool LogChannel::has_lines() const {
  return parts_->sink->has_lines();
}

std::vector<LogLine> LogChannel::take_lines() {
  return parts_->sink->take();
}

}  // namespace resilience
