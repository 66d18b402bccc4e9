// A database client with a pool, such as a factory makes one: connections made when needed, a queue before them, no
// time limit but the queue's. Faults of its own: a panicked engine, a pool that cannot connect any more.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>

#include "core/error_class.h"
#include "event_queue.h"
#include "server.h"

namespace resilience::world {

struct TryResult {
  bool ok = false;
  Classification failure;
  bool new_connection = false;
  bool pool_timeout = false;
};

class Client : public std::enable_shared_from_this<Client> {
 public:
  using OnResult = std::function<void(const TryResult&)>;

  // `pool_timeout` zero: the queue has no time limit.
  Client(EventQueue& events, Server& server, std::size_t pool, Duration pool_timeout, std::uint32_t endpoint)
      : events_(events), server_(server), pool_(pool), pool_timeout_(pool_timeout), endpoint_(endpoint) {}

  void run(const Statement& statement, OnResult done);
  // Its connections are destroyed; what was under way fails.
  void destroy();
  void panic() { panicked_ = true; }
  void lose_connectivity() { connects_ = false; }

 private:
  struct Job {
    Statement statement;
    OnResult done;
    std::optional<EventQueue::Id> timer;
  };
  struct Connection {
    Server::SessionId session = 0;  // 0: being made
    bool fresh = true;
    std::optional<Job> job;
  };
  using ConnectionId = std::uint64_t;

  void serve();
  void connect();
  void connected(ConnectionId id, Reply what, Server::SessionId session);
  void start(ConnectionId id, Connection& connection);
  void answered(ConnectionId id, Reply what, bool fresh);
  void fail_first(const Classification& failure, bool new_connection);
  static void finish(Job job, const TryResult& result) { job.done(result); }

  EventQueue& events_;
  Server& server_;
  std::size_t pool_;
  Duration pool_timeout_;
  std::uint32_t endpoint_;
  bool panicked_ = false;
  bool connects_ = true;
  bool destroyed_ = false;
  std::map<ConnectionId, Connection> connections_;
  ConnectionId last_connection_ = 0;
  std::list<Job> queue_;
};

}  // namespace resilience::world
