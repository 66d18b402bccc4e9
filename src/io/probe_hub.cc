#include "io/probe_hub.h"

#include <optional>
#include <utility>
#include <vector>

namespace resilience {

void ProbeHub::start(ProbeTarget target, const ProbeTiming& timing, std::uint64_t seed, const ProbeMeans& means) {
  // The thread may outlive the hub where it is busy at the end; it then reports to nobody.
  thread_ = std::make_unique<ProbeThread>(
      std::move(target), timing, seed, means,
      [hub = weak_from_this()](std::uint64_t round, const ProbeResult& result) {
        if (const auto self = hub.lock()) self->report(round, result);
      },
      [hub = weak_from_this()](std::uint64_t look, const ServerActivity& activity) {
        if (const auto self = hub.lock()) self->report_activity(look, activity);
      });
}

void ProbeHub::stop() {
  const std::scoped_lock update(update_mutex_);
  thread_.reset();
}

bool ProbeHub::empty() {
  const std::scoped_lock lock(mutex_);
  return subscribers_.empty();
}

std::uint64_t ProbeHub::add(SubscriptionOptions options, ProbeSink sink) {
  std::uint64_t id = 0;
  {
    const std::scoped_lock lock(mutex_);
    id = next_id_++;
    Subscriber subscriber;
    subscriber.options = std::move(options);
    subscriber.sink = std::move(sink);
    subscriber.first_round = thread_->next_round();
    subscribers_.emplace(id, std::move(subscriber));
  }
  update_thread();
  return id;
}

void ProbeHub::remove(std::uint64_t id) {
  {
    const std::scoped_lock lock(mutex_);
    subscribers_.erase(id);
    std::erase_if(questions_, [id](const Question& question) { return question.subscriber == id; });
  }
  update_thread();
}

void ProbeHub::update_thread() {
  std::optional<ProbeTiming> timing;
  bool searching = false;
  bool sentinel = false;
  const std::scoped_lock update(update_mutex_);
  if (!thread_) return;  // somebody else's leaving has ended it
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, subscriber] : subscribers_) {
      timing = timing ? merge(*timing, subscriber.options.timing) : subscriber.options.timing;
      searching = searching || subscriber.searching;
      sentinel = sentinel || subscriber.options.sentinel;
    }
  }
  if (timing) thread_->set_timing(*timing);
  if (!searching) thread_->rest();
  thread_->keep_sentinel(sentinel);
}

void ProbeHub::search(std::uint64_t id, Epoch epoch) {
  const std::scoped_lock update(update_mutex_);
  {
    const std::scoped_lock lock(mutex_);
    const auto found = subscribers_.find(id);
    if (found == subscribers_.end()) return;
    found->second.searching = true;
    found->second.epoch = epoch;
    found->second.first_round = thread_->next_round();
  }
  // Not under the mutex: without a thread, the report comes from within.
  thread_->search();
}

void ProbeHub::rest(std::uint64_t id) {
  {
    const std::scoped_lock lock(mutex_);
    const auto found = subscribers_.find(id);
    if (found == subscribers_.end()) return;
    found->second.searching = false;
    found->second.looking = false;
  }
  update_thread();
}

void ProbeHub::look(std::uint64_t id, Epoch epoch) {
  {
    const std::scoped_lock lock(mutex_);
    const auto found = subscribers_.find(id);
    if (found == subscribers_.end()) return;
    found->second.looking = true;
    found->second.epoch = epoch;
    found->second.first_round = thread_->next_round();
  }
  thread_->look();
}

void ProbeHub::set_password(std::string password) {
  const std::scoped_lock update(update_mutex_);
  if (thread_) thread_->set_password(std::move(password));
}

void ProbeHub::ask_activity(std::uint64_t id, std::uint64_t question, std::vector<std::uint32_t> pids,
                            Duration max_age) {
  const std::scoped_lock update(update_mutex_);
  if (!thread_) return;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = subscribers_.find(id);
    if (found == subscribers_.end() || !found->second.options.on_activity) return;
    found->second.pids = std::move(pids);
    if (told_ && LoopMonitor::steady_now() - told_->at < max_age) {
      found->second.options.on_activity(question, told_->activity);
      return;
    }
    std::vector<std::uint32_t> wanted;
    for (const auto& [other, subscriber] : subscribers_) {
      wanted.insert(wanted.end(), subscriber.pids.begin(), subscriber.pids.end());
    }
    questions_.push_back({id, question, thread_->wish_activity_look(wanted)});
  }
  // Not under the mutex: without a thread, the report comes from within.
  thread_->begin_activity_look();
}

void ProbeHub::report_activity(std::uint64_t look, const ServerActivity& activity) {
  const std::scoped_lock lock(mutex_);
  if (activity.known) told_ = Told{activity, LoopMonitor::steady_now()};
  for (const Question& question : questions_) {
    const auto asker = subscribers_.find(question.subscriber);
    if (question.look <= look && asker != subscribers_.end()) {
      asker->second.options.on_activity(question.number, activity);
    }
  }
  std::erase_if(questions_, [look](const Question& question) { return question.look <= look; });
}

void ProbeHub::report(std::uint64_t round, const ProbeResult& result) {
  const std::scoped_lock lock(mutex_);
  for (auto& [id, subscriber] : subscribers_) {
    if (round < subscriber.first_round) continue;
    if (!subscriber.searching && !subscriber.looking && !subscriber.options.sentinel) continue;
    if (result.trigger != ProbeTrigger::kSentinel) subscriber.looking = false;
    ProbeResult own = result;
    own.epoch = subscriber.epoch;
    if (subscriber.options.monitor) own.loop_stall = subscriber.options.monitor->stalled_for(LoopMonitor::steady_now());
    subscriber.sink(own);
  }
}

}  // namespace resilience
