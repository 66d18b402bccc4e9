#include "io/probe_loop.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "core/probe_verdict.h"
#include "io/errno_name.h"

namespace resilience {
namespace {

constexpr std::size_t kMostKnocks = 4;

}  // namespace

ProbeThread::Loop::Loop(ProbeTarget target, const ProbeTiming& timing, std::uint64_t seed, const ProbeMeans& means,
                        Report report, ActivityReport activity_report)
    : target_(std::move(target)),
      resolver_(means.resolver),
      waker_(std::make_shared<Waker>()),
      report_(std::move(report)),
      activity_report_(std::move(activity_report)),
      timing_(timing),
      rng_(seed),
      schedule_(timing, rng_.next()),
      memory_(target_, means.make_dialer) {}

void ProbeThread::Loop::search() {
  const std::scoped_lock lock(mutex_);
  wishes_.searching = true;
  wishes_.begin = true;
  waker_->wake();
}

void ProbeThread::Loop::rest() {
  const std::scoped_lock lock(mutex_);
  wishes_.searching = false;
  wishes_.begin = false;
  waker_->wake();
}

void ProbeThread::Loop::look() {
  const std::scoped_lock lock(mutex_);
  wishes_.look = true;
  waker_->wake();
}

std::uint64_t ProbeThread::Loop::wish_activity_look(const std::vector<std::uint32_t>& pids) {
  const std::scoped_lock lock(mutex_);
  if (!wishes_.activity) wishes_.activity.emplace();
  wishes_.activity->insert(pids.begin(), pids.end());
  waker_->wake();
  return next_activity_look_;
}

std::uint64_t ProbeThread::Loop::next_round() {
  const std::scoped_lock lock(mutex_);
  return next_round_;
}

void ProbeThread::Loop::keep_sentinel(bool wanted) {
  const std::scoped_lock lock(mutex_);
  wishes_.sentinel = wanted && std::holds_alternative<ConnInfo>(target_);
  waker_->wake();
}

void ProbeThread::Loop::set_timing(const ProbeTiming& timing) {
  const std::scoped_lock lock(mutex_);
  wishes_.timing = timing;
  waker_->wake();
}

void ProbeThread::Loop::set_password(std::string password) {
  const std::scoped_lock lock(mutex_);
  wishes_.password = std::move(password);
}

bool ProbeThread::Loop::stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  wishes_.stop = true;
  waker_->wake();
  const bool ended = ended_.wait_for(lock, patience, [this] { return !running_; });
  lock.unlock();
  const std::scoped_lock report_lock(report_mutex_);
  report_ = nullptr;
  activity_report_ = nullptr;
  return ended;
}

void ProbeThread::Loop::report_no_thread() {
  ProbeResult result;
  result.code = errno_name(EAGAIN);
  result.message = "the system grants no further thread";
  ServerActivity activity;
  activity.code = result.code;
  activity.message = result.message;
  deliver(take_round_number(), std::move(result));
  std::unique_lock lock(mutex_);
  if (!std::exchange(wishes_.activity, std::nullopt)) return;
  const std::uint64_t look = next_activity_look_++;
  lock.unlock();
  deliver(look, activity);
}

std::uint64_t ProbeThread::Loop::take_round_number() {
  const std::scoped_lock lock(mutex_);
  return next_round_++;
}

TimePoint ProbeThread::Loop::now() {
  return TimePoint{std::chrono::steady_clock::now().time_since_epoch()};
}

void ProbeThread::Loop::run() {
  {
    const std::scoped_lock lock(mutex_);
    running_ = true;
  }
  std::vector<bool> ready;
  while (take_wishes(now())) {
    update_schedule(now());
    start_due(now());
    wait(now(), ready);
    advance(now(), ready);
  }
  rounds_.clear();
  queued_.clear();
  staying_.clear();
  activity_look_.reset();
  sentinel_.reset();
  knocks_.clear();
  const std::scoped_lock lock(mutex_);
  running_ = false;
  ended_.notify_all();
}

bool ProbeThread::Loop::take_wishes(TimePoint now) {
  const std::scoped_lock lock(mutex_);
  if (wishes_.stop) return false;
  if (wishes_.timing) {
    timing_ = *std::exchange(wishes_.timing, std::nullopt);
    schedule_.set_timing(timing_);
  }
  if (wishes_.password) memory_.dialer->set_password(*std::exchange(wishes_.password, std::nullopt));
  if (std::exchange(wishes_.begin, false)) schedule_.begin(now);
  look_pending_ = std::exchange(wishes_.look, false) || look_pending_;
  searching_ = wishes_.searching;
  sentinel_wanted_ = wishes_.sentinel;
  return true;
}

void ProbeThread::Loop::update_schedule(TimePoint now) {
  if (!sentinel_wanted_) sentinel_.reset();
  const bool wanted = searching_ || (sentinel_wanted_ && !sentinel_);
  if (wanted && !schedule_.active()) schedule_.begin(now);
  if (!wanted && schedule_.active()) {
    schedule_.end();
    knocks_.clear();
    queued_.clear();
    staying_.clear();
    // A look that was asked for is still awaited.
    std::erase_if(rounds_, [](const ProbeRound& round) { return round.trigger() == ProbeTrigger::kSchedule; });
  }
}

void ProbeThread::Loop::start_due(TimePoint now) {
  const bool queues = this->queues(now);
  if (look_pending_ && queues) refuse_look();
  if (look_pending_ && !queues && rounds_.size() <= ProbeSchedule::kMostUnderWay) {
    look_pending_ = false;
    start_round(now, ProbeTrigger::kOnDemand);
  }
  if (!activity_look_) start_activity_look(now);
  const auto under_way = static_cast<unsigned>(rounds_.size());
  if (const std::optional<TimePoint> due = schedule_.next_attempt(under_way); due && *due <= now && !queues) {
    schedule_.on_attempt(now, one_waits());
    start_round(now, searching_ ? ProbeTrigger::kSchedule : ProbeTrigger::kSentinel);
  }
  if (const std::optional<TimePoint> due = schedule_.next_knock(); due && *due <= now) knock(now);
}

void ProbeThread::Loop::start_round(TimePoint now, ProbeTrigger trigger) {
  rounds_.emplace_back(take_round_number(), trigger, memory_, now, timing_.timeout);
  rounds_.back().begin(now, resolver_, waker_);
}

void ProbeThread::Loop::start_activity_look(TimePoint now) {
  std::unique_lock lock(mutex_);
  const std::optional<std::set<std::uint32_t>> wanted = std::exchange(wishes_.activity, std::nullopt);
  if (!wanted) return;
  const std::uint64_t number = next_activity_look_++;
  lock.unlock();
  activity_look_.emplace(number, std::vector(wanted->begin(), wanted->end()), memory_, now, timing_.timeout);
  activity_look_->begin(now, resolver_, waker_);
}

void ProbeThread::Loop::knock(TimePoint now) {
  schedule_.on_knock(now);
  knocks_.clear();
  for (const SocketAddress& address : refused_) {
    if (knocks_.size() == kMostKnocks) break;
    Connecting connecting = begin_connecting(address);
    if (connecting.error == 0) knocks_.push_back(std::move(connecting.fd));
  }
}

TimePoint ProbeThread::Loop::next_deadline() const {
  TimePoint soonest = kEndOfTime;
  const auto under_way = static_cast<unsigned>(rounds_.size());
  if (const std::optional<TimePoint> due = schedule_.next_attempt(under_way)) {
    if (!let_in()) soonest = std::min(soonest, std::max(*due, queued_.next()));
  }
  if (const std::optional<TimePoint> due = schedule_.next_knock()) soonest = std::min(soonest, *due);
  if (sentinel_) soonest = std::min(soonest, sentinel_->deadline());
  if (activity_look_) soonest = std::min(soonest, activity_look_->deadline());
  for (const ProbeRound& round : rounds_) soonest = std::min(soonest, round.result() ? TimePoint{} : round.deadline());
  return soonest;
}

void ProbeThread::Loop::wait(TimePoint now, std::vector<bool>& ready) {
  std::vector<PollInterest> interests;
  interests.push_back({waker_->fd(), true, false});
  interests.push_back(sentinel_ ? sentinel_->interest() : PollInterest{});
  for (const ProbeRound& round : rounds_) round.add_interests(interests);
  for (const UniqueFd& fd : knocks_) interests.push_back({fd.get(), false, true});
  queued_.add_interests(interests);
  staying_.add_interests(interests);
  if (activity_look_) activity_look_->add_interests(interests);

  using std::chrono::ceil;
  using std::chrono::milliseconds;
  const TimePoint due = next_deadline();
  int timeout = -1;
  if (due != kEndOfTime) {
    const auto wait = ceil<milliseconds>(std::max(due - now, Duration::zero())).count();
    timeout = static_cast<int>(std::min<std::int64_t>(wait, std::numeric_limits<int>::max()));
  }
  // Without a file descriptor to be woken by, look up now and then.
  constexpr int kUnwakeable = 100;
  if (!waker_->valid()) timeout = timeout < 0 ? kUnwakeable : std::min(timeout, kUnwakeable);
  wait_for_any(interests, timeout, ready);
  if (ready[0]) waker_->clear();
}

void ProbeThread::Loop::advance(TimePoint now, const std::vector<bool>& ready) {
  std::size_t index = 2;
  std::vector<PollInterest> counted;
  for (ProbeRound& round : rounds_) {
    counted.clear();
    round.add_interests(counted);
    round.advance(now, ready, index);
    index += counted.size();
  }
  const std::size_t after_knocks = index + knocks_.size();
  watch_knocks(now, ready, index);
  const std::size_t after_queued = after_knocks + queued_.size();
  const std::size_t after_staying = after_queued + staying_.size();
  watch_queued(now, ready, after_knocks);
  watch_staying(now, ready, after_queued);
  if (activity_look_) activity_look_->advance(now, ready, after_staying);
  if (activity_look_ && activity_look_->result()) {
    deliver(activity_look_->number(), *activity_look_->result());
    activity_look_.reset();
  }
  if (sentinel_) watch_sentinel(now, ready[1]);
  stop_followers();
  collect_rounds(now);
}

// Once somebody is let in, nobody has to follow him into the queue that he may stand in.
void ProbeThread::Loop::stop_followers() {
  if (!let_in()) return;
  std::erase_if(rounds_, [](const ProbeRound& round) {
    return !round.let_in() && !round.result() && round.trigger() == ProbeTrigger::kSchedule;
  });
}

void ProbeThread::Loop::collect_rounds(TimePoint now) {
  for (auto it = rounds_.begin(); it != rounds_.end();) {
    if (!it->result()) {
      ++it;
      continue;
    }
    // What began earlier knows less.
    std::list<ProbeRound> finished;
    ++it;
    finished.splice(finished.begin(), rounds_, rounds_.begin(), it);
    // But where it was let in, it stands in the queue as well.
    if (finished.back().result()->let_in) {
      for (ProbeRound& earlier : finished) earlier.give_up(now);
      for (ProbeRound& round : finished) keep_in_queue(now, round);
    }
    finish_round(now, finished.back());
  }
}

void ProbeThread::Loop::finish_round(TimePoint now, ProbeRound& round) {
  const ProbeResult& result = *round.result();
  const Sign sign = sign_of(result);
  schedule_.on_sign(now, sign);
  refused_ = sign == Sign::kRefused ? round.refused() : std::vector<SocketAddress>{};
  if (sign != Sign::kRefused) knocks_.clear();
  const HostSpec host{result.host, {}, result.port};
  if (result.verdict == ProbeVerdict::kUp && sentinel_wanted_) keep_session(now, round.take_session(), host);
  // Whoever was heard later stood behind it.
  if (sign > Sign::kSilent || result.let_in) staying_.clear();
  if (std::unique_ptr<Attempt> attempt = round.take_attempt(); attempt && schedule_.active()) {
    staying_.offer(now, std::move(attempt), host, round.began());
  }
  if (result.verdict == ProbeVerdict::kUp) queued_.clear();
  deliver(round.id(), result);
}

void ProbeThread::Loop::keep_in_queue(TimePoint now, ProbeRound& round) {
  const ProbeResult& result = *round.result();
  if (!result.let_in) return;
  if (std::unique_ptr<Session> session = round.take_session()) {
    queued_.add(now, std::move(session), {result.host, {}, result.port});
  }
}

void ProbeThread::Loop::keep_session(TimePoint now, std::unique_ptr<Session> session, HostSpec host) {
  if (!session || sentinel_) return;
  sentinel_host_ = std::move(host);
  sentinel_.emplace(std::move(session), now, timing_.interval, timing_.timeout, rng_.next());
}

bool ProbeThread::Loop::one_waits() const {
  return !staying_.empty() ||
         std::any_of(rounds_.begin(), rounds_.end(), [](const ProbeRound& round) { return round.taken_in(); });
}

void ProbeThread::Loop::watch_staying(TimePoint now, const std::vector<bool>& ready, std::size_t first) {
  if (staying_.empty()) return;
  std::optional<StayingLook::Answer> answer = staying_.advance(ready, first);
  if (!answer) return;
  const HostAnswer host_answer = as_answer(answer->outcome);
  ProbeResult result = as_result(answer->outcome, answer->host, ProbeTrigger::kSchedule);
  result.latency = now - answer->began;
  schedule_.on_sign(now, sign_of(result));
  schedule_.on_waited(result.latency);
  // Of several hosts another may be the one that is asked for: the next round tells.
  if (!choose_endpoint(session_of(target_), {&host_answer, 1}, std::nullopt, Patience::kFull)) return;
  if (result.verdict == ProbeVerdict::kUp && sentinel_wanted_)
    keep_session(now, std::move(answer->session), answer->host);
  deliver(take_round_number(), std::move(result));
}

bool ProbeThread::Loop::let_in() const {
  return std::any_of(rounds_.begin(), rounds_.end(), [](const ProbeRound& round) { return round.let_in(); });
}

bool ProbeThread::Loop::queues(TimePoint now) const {
  return !queued_.room(now) || let_in();
}

void ProbeThread::Loop::refuse_look() {
  if (queued_.empty()) return;  // once the round under way has ended
  look_pending_ = false;
  ProbeResult result;
  result.trigger = ProbeTrigger::kOnDemand;
  result.verdict = ProbeVerdict::kDown;
  result.let_in = true;
  result.code = probe_code::kTimeout;
  result.message = "an earlier look still awaits its answer";
  deliver(take_round_number(), std::move(result));
}

void ProbeThread::Loop::watch_queued(TimePoint now, const std::vector<bool>& ready, std::size_t first) {
  if (queued_.empty()) return;
  bool ended = false;
  const std::optional<QueuedLooks::Answer> answer = queued_.advance(ready, first, ended);
  if (ended && queued_.empty()) schedule_.begin(now);
  if (!answer) return;
  // Without a latency: its way through the queue says nothing of how far away the server is.
  ProbeResult result = as_result(answer->outcome, answer->host, ProbeTrigger::kSchedule);
  schedule_.on_sign(now, sign_of(result));
  if (result.verdict == ProbeVerdict::kUp) queued_.clear();
  deliver(take_round_number(), std::move(result));
}

void ProbeThread::Loop::watch_knocks(TimePoint now, const std::vector<bool>& ready, std::size_t first) {
  bool accepted = false;
  for (std::size_t i = knocks_.size(); i-- > 0;) {
    if (!ready[first + i]) continue;
    accepted = accepted || connect_error(knocks_[i].get()) == 0;
    knocks_.erase(knocks_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (!accepted) return;
  knocks_.clear();
  schedule_.on_knock_accepted(now);
}

void ProbeThread::Loop::watch_sentinel(TimePoint now, bool ready) {
  const bool was_asking = sentinel_->asking();
  sentinel_->advance(now, ready);
  if (!was_asking && sentinel_->asking()) sentinel_round_ = take_round_number();
  if (sentinel_->loss()) return lose_sentinel(now);
  if (const std::optional<AttemptOutcome> answer = sentinel_->take_answer()) report_sentinel(now, *answer);
}

void ProbeThread::Loop::lose_sentinel(TimePoint now) {
  // It may have been ended alone, by an administrator or a pooler: only the next round can tell.
  ProbeResult result;
  result.trigger = ProbeTrigger::kSentinel;
  result.code = sentinel_->loss()->code;
  result.message = sentinel_->loss()->message;
  sentinel_.reset();
  deliver(take_round_number(), std::move(result));
  schedule_.begin(now);
}

void ProbeThread::Loop::report_sentinel(TimePoint now, const AttemptOutcome& answer) {
  const HostAnswer host_answer = as_answer(answer);
  if (!choose_endpoint(session_of(target_), {&host_answer, 1}, std::nullopt, Patience::kFull)) {
    sentinel_.reset();  // its server's role has changed: look at all hosts
    schedule_.begin(now);
    return;
  }
  ProbeResult result = as_result(answer, sentinel_host_, ProbeTrigger::kSentinel);
  result.latency = sentinel_->latency();
  deliver(sentinel_round_, std::move(result));
}

void ProbeThread::Loop::deliver(std::uint64_t round, ProbeResult result) {
  ever_up_ = ever_up_ || result.verdict == ProbeVerdict::kUp;
  result.ever_up = ever_up_;
  // Under a mutex, so that nothing is reported once stop() has returned.
  const std::scoped_lock lock(report_mutex_);
  if (report_) report_(round, result);
}

void ProbeThread::Loop::deliver(std::uint64_t look, const ServerActivity& activity) {
  const std::scoped_lock lock(report_mutex_);
  if (activity_report_) activity_report_(look, activity);
}

}  // namespace resilience
