#include "server.h"

#include <algorithm>
#include <utility>

namespace resilience::world {
namespace {

constexpr Duration kRetransmission = std::chrono::milliseconds{200};

}  // namespace

void Server::send(Duration delay, EventQueue::Action action) {
  if (cut_ > 0) {
    delayed_.push_back(std::move(action));
  } else {
    events_.after(delay, std::move(action));
  }
}

void Server::arrive(EventQueue::Action action) {
  if (frozen_ > 0) {
    held_.push_back(std::move(action));
  } else {
    action();
  }
}

void Server::work(Rank rank, std::function<Duration()> amount, EventQueue::Action done) {
  ++executing_;
  waiting_work_[static_cast<std::size_t>(rank)].push_back({std::move(amount), std::move(done)});
  take_up_work();
}

void Server::take_up_work() {
  auto& [sessions, newcomers] = waiting_work_;
  while (cores_busy_ < options_.cores && !(sessions.empty() && newcomers.empty())) {
    const bool in_turn = options_.newcomers_in_turn && newcomers_turn_ && !newcomers.empty();
    const bool newcomer = sessions.empty() || in_turn;
    newcomers_turn_ = !newcomer;
    auto& queue = newcomer ? newcomers : sessions;
    const Work next = std::move(queue.front());
    queue.pop_front();
    ++cores_busy_;
    events_.after(next.amount(), [this, incarnation = incarnation_, done = next.done] {
      if (incarnation != incarnation_) return;
      --executing_;
      --cores_busy_;
      arrive(done);
      take_up_work();
    });
  }
}

void Server::connect(std::uint32_t endpoint, bool counts, OnReply reply, Wanted wanted) {
  send(options_.round_trip / 2,
       [this, endpoint, counts, reply = std::move(reply), wanted = std::move(wanted)]() mutable {
         if (stopped_) {
           send(options_.round_trip / 2, [reply = std::move(reply)] { reply(Reply::kRefused, 0); });
           return;
         }
         arrive([this, endpoint, counts, reply = std::move(reply), wanted = std::move(wanted)]() mutable {
           if (stopped_) return;
           const auto answer = [this, reply](Reply what, SessionId id) {
             send(options_.round_trip / 2, [reply, what, id] { reply(what, id); });
           };
           if (events_.now() < ready_at_) return answer(Reply::kStarting, 0);
           if (counts && counted_ >= options_.max_sessions) return answer(Reply::kTooMany, 0);
           const SessionId id = ++last_session_;
           Session& session = sessions_[id];
           session.counts = counts;
           session.endpoint = endpoint;
           session.reply = reply;
           if (counts) most_sessions_ = std::max(most_sessions_, ++counted_);
           const auto amount = [this, wanted = std::move(wanted)] {
             return wanted() ? options_.connect_work : options_.accept_work;
           };
           work(Rank::kNewcomer, amount, [this, id, answer] {
             const auto session_now = sessions_.find(id);
             if (session_now == sessions_.end() || session_now->second.silent) return;
             session_now->second.reply = nullptr;
             answer(Reply::kOk, id);
           });
         });
       });
}

void Server::query(SessionId id, const Statement& statement, OnReply reply) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) {
    events_.after(Duration::zero(), [reply = std::move(reply)] { reply(Reply::kLost, 0); });
    return;
  }
  found->second.reply = std::move(reply);
  send(options_.round_trip / 2, [this, id, statement] {
    arrive([this, id, statement] {
      const auto session = sessions_.find(id);
      if (session == sessions_.end() || session->second.silent) return;
      session->second.running = statement;
      work(
          Rank::kSession, [amount = statement.work] { return amount; },
          [this, id] {
            const auto at_end = sessions_.find(id);
            if (at_end == sessions_.end() || !at_end->second.running) return;
            const bool refused = at_end->second.running->write && at_end->second.endpoint != primary_;
            if (!refused) apply(*at_end->second.running);
            at_end->second.running.reset();
            if (at_end->second.silent) return;
            send(options_.round_trip / 2, [this, id, what = refused ? Reply::kReadOnly : Reply::kOk] {
              const auto told = sessions_.find(id);
              if (told == sessions_.end() || told->second.silent || !told->second.reply) return;
              const OnReply answer = std::exchange(told->second.reply, nullptr);
              answer(what, id);
            });
          });
    });
  });
}

void Server::close(SessionId id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  // What runs goes on to its end, as PostgreSQL does: nobody hears of it.
  if (found->second.running) apply(*found->second.running);
  forget(id);
}

void Server::on_closed(SessionId id, std::function<void()> told) {
  const auto found = sessions_.find(id);
  if (found != sessions_.end()) found->second.closed = std::move(told);
}

void Server::forget(SessionId id) {
  const auto found = sessions_.find(id);
  if (found->second.counts) --counted_;
  sessions_.erase(found);
}

void Server::kill(SessionId id) {
  Session& session = sessions_.at(id);
  const bool ran = session.running.has_value();
  const bool committed = ran && rng_.next_unit() < 0.5;
  if (committed) apply(*session.running);
  // Half of what was not committed hears so; all else hears nothing but the end.
  const Reply what = ran && !committed && rng_.next_unit() < 0.5 ? Reply::kTerminated : Reply::kLost;
  const bool silent = session.silent;
  const OnReply reply = session.reply;
  const auto closed = session.closed;
  forget(id);
  if (silent) return;
  send(options_.round_trip / 2, [what, reply, closed] {
    if (reply) reply(what, 0);
    if (closed) closed();
  });
}

void Server::terminate_sessions() {
  std::vector<SessionId> all;
  for (const auto& [id, session] : sessions_) all.push_back(id);
  for (const SessionId id : all) kill(id);
}

void Server::swallow_sessions() {
  for (auto& [id, session] : sessions_) session.silent = true;
}

void Server::stop() {
  terminate_sessions();
  ++incarnation_;
  executing_ = 0;
  cores_busy_ = 0;
  waiting_work_ = {};
  stopped_ = true;
  frozen_ = 0;
  held_.clear();
}

void Server::start(Duration starting) {
  stopped_ = false;
  ready_at_ = events_.now() + starting;
}

void Server::thaw() {
  if (frozen_ == 0 || --frozen_ > 0) return;
  for (auto& action : std::exchange(held_, {})) events_.after(Duration::zero(), std::move(action));
}

void Server::mend() {
  if (cut_ == 0 || --cut_ > 0) return;
  for (auto& action : std::exchange(delayed_, {})) {
    const auto late = static_cast<Duration::rep>(static_cast<double>(kRetransmission.count()) * rng_.next_unit());
    events_.after(Duration{late}, std::move(action));
  }
}

void Server::apply(const Statement& statement) {
  if (statement.write && statement.operation != 0) ++applied_[statement.operation];
}

std::uint32_t Server::times_applied(std::uint64_t operation) const {
  const auto found = applied_.find(operation);
  return found == applied_.end() ? 0 : found->second;
}

}  // namespace resilience::world
