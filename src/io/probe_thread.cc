#include "io/probe_thread.h"

#include <optional>
#include <utility>

#include "io/own_thread.h"
#include "io/probe_loop.h"

namespace resilience {

ProbeThread::ProbeThread(ProbeTarget target, const ProbeTiming& timing, std::uint64_t seed, const ProbeMeans& means,
                         Report report, ActivityReport activity_report)
    : loop_(std::make_shared<Loop>(std::move(target), timing, seed, means, std::move(report),
                                   std::move(activity_report))) {}

ProbeThread::~ProbeThread() {
  if (!thread_.joinable()) return;
  if (loop_->stop(kPatience)) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void ProbeThread::ensure_running() {
  const std::scoped_lock lock(thread_mutex_);
  if (thread_.joinable()) return;
  std::optional<std::thread> thread = start_thread([loop = loop_] { loop->run(); });
  if (thread) {
    thread_ = *std::move(thread);
  } else {
    loop_->report_no_thread();
  }
}

void ProbeThread::search() {
  loop_->search();
  ensure_running();
}

void ProbeThread::rest() {
  loop_->rest();
}

void ProbeThread::look() {
  loop_->look();
  ensure_running();
}

std::uint64_t ProbeThread::wish_activity_look(const std::vector<std::uint32_t>& pids) {
  return loop_->wish_activity_look(pids);
}

std::uint64_t ProbeThread::next_round() {
  return loop_->next_round();
}

void ProbeThread::keep_sentinel(bool wanted) {
  loop_->keep_sentinel(wanted);
  if (wanted) ensure_running();
}

void ProbeThread::set_timing(const ProbeTiming& timing) {
  loop_->set_timing(timing);
}

void ProbeThread::set_password(std::string password) {
  loop_->set_password(std::move(password));
}

}  // namespace resilience
