#include "client.h"

#include <utility>

#include "core/error_verdict.h"

namespace resilience::world {
namespace {

constexpr Duration kInstant = std::chrono::microseconds{50};

Classification failure_of(Reply reply) {
  switch (reply) {
    case Reply::kOk: return {};
    case Reply::kRefused:
    case Reply::kStarting: return to_classification(RuleVerdict::kNotSent);
    case Reply::kTooMany: {
      Classification failure = to_classification(RuleVerdict::kSaturated);
      failure.source = RuleSource::kSqlstate;
      failure.rule = "53300";
      return failure;
    }
    case Reply::kTerminated: return to_classification(RuleVerdict::kRolledBackConnection);
    case Reply::kLost: return to_classification(RuleVerdict::kUnknownOutcome);
    case Reply::kReadOnly: return to_classification(RuleVerdict::kReadOnly);
  }
  return {};
}

}  // namespace

void Client::run(const Statement& statement, OnResult done) {
  if (panicked_ || destroyed_) {
    const Classification failure = to_classification(panicked_ ? RuleVerdict::kEngineFault : RuleVerdict::kNotSent);
    events_.after(kInstant, [failure, done = std::move(done)] { done({false, failure, false, false}); });
    return;
  }
  queue_.push_back({statement, std::move(done), std::nullopt});
  const auto job = std::prev(queue_.end());
  if (pool_timeout_ > Duration::zero()) {
    job->timer = events_.after(pool_timeout_, [self = shared_from_this(), job] {
      Job late = std::move(*job);
      self->queue_.erase(job);
      finish(std::move(late), {false, to_classification(RuleVerdict::kSaturated), false, true});
    });
  }
  serve();
}

void Client::serve() {
  std::size_t making = 0;
  for (auto& [id, connection] : connections_) {
    if (connection.session == 0) ++making;
    if (connection.session != 0 && !connection.job && !queue_.empty()) start(id, connection);
  }
  for (; making < queue_.size() && connections_.size() < pool_; ++making) connect();
}

void Client::connect() {
  const ConnectionId id = ++last_connection_;
  connections_[id];
  const auto reply = [self = shared_from_this(), id](Reply what, Server::SessionId session) {
    self->connected(id, what, session);
  };
  if (connects_) {
    server_.connect(endpoint_, true, reply, [self = shared_from_this()] { return !self->destroyed_; });
  } else {
    events_.after(kInstant, [reply] { reply(Reply::kRefused, 0); });
  }
}

void Client::connected(ConnectionId id, Reply what, Server::SessionId session) {
  if (destroyed_) {
    if (what == Reply::kOk) server_.close(session);
    return;
  }
  if (what != Reply::kOk) {
    connections_.erase(id);
    fail_first(failure_of(what), true);
  } else {
    connections_.at(id).session = session;
    server_.on_closed(session, [self = shared_from_this(), id] {
      self->answered(id, Reply::kLost, false);  // whatever has been sent on it since
      self->connections_.erase(id);
      if (!self->destroyed_) self->serve();
    });
  }
  if (!destroyed_) serve();
}

void Client::start(ConnectionId id, Connection& connection) {
  connection.job = std::move(queue_.front());
  queue_.pop_front();
  if (connection.job->timer) events_.cancel(*connection.job->timer);
  const bool fresh = std::exchange(connection.fresh, false);
  server_.query(
      connection.session, connection.job->statement,
      [self = shared_from_this(), id, fresh](Reply what, Server::SessionId) { self->answered(id, what, fresh); });
}

void Client::answered(ConnectionId id, Reply what, bool fresh) {
  const auto found = connections_.find(id);
  if (destroyed_ || found == connections_.end() || !found->second.job) return;
  Job job = std::move(*found->second.job);
  found->second.job.reset();
  if (what == Reply::kLost || what == Reply::kTerminated) connections_.erase(found);
  finish(std::move(job), {what == Reply::kOk, failure_of(what), fresh, false});
  if (!destroyed_) serve();
}

void Client::fail_first(const Classification& failure, bool new_connection) {
  if (queue_.empty()) return;
  Job job = std::move(queue_.front());
  queue_.pop_front();
  if (job.timer) events_.cancel(*job.timer);
  finish(std::move(job), {false, failure, new_connection, false});
}

void Client::destroy() {
  if (std::exchange(destroyed_, true)) return;
  const auto self = shared_from_this();
  for (Job& job : std::exchange(queue_, {})) {
    if (job.timer) events_.cancel(*job.timer);
    finish(std::move(job), {false, to_classification(RuleVerdict::kNotSent), false, false});
  }
  for (auto& [id, connection] : std::exchange(connections_, {})) {
    if (connection.session != 0) server_.close(connection.session);
    if (connection.job)
      finish(std::move(*connection.job), {false, to_classification(RuleVerdict::kUnknownOutcome), false, false});
  }
}

}  // namespace resilience::world
