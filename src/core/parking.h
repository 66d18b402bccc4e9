// The operations that the core knows of: parked, waiting for a retry's time, or running with a ticket.
//
// Invariants: a ticket is issued once and settles once; nothing waits past its deadline (expire_due() hands it back);
// parked operations leave in the order in which they came, those that have already run first. Owner: the supervisor.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/types.h"

namespace resilience {

class Parking {
 public:
  enum class Status : std::uint8_t {
    kParked = 0,   // waits for the database
    kDelayed = 1,  // waits for its time
    kRunning = 2,  // runs, and the core wants to hear how it ends
  };

  struct Released {
    TicketId ticket;
    std::uint32_t tries = 0;  // how often it has run so far
    bool cleared = false;     // what a retry costs (budget, backoff) is behind it
  };

  // A new ticket, parked until released or past `deadline`.
  TicketId park_new(TimePoint deadline);
  // A new ticket for an operation that runs already.
  TicketId adopt_running();

  // A running operation waits (again). These do nothing where the ticket is not running.
  void park_again(const Released& operation, TimePoint deadline);
  void delay(const Released& operation, TimePoint until, TimePoint deadline);
  // A delayed operation waits for the database instead of its time. Nothing where it is not delayed.
  void park_delayed(const Released& operation);

  // The next parked operation starts running. Nothing where none is parked.
  std::optional<Released> release_next();
  // Those whose time has come start running.
  std::vector<Released> release_due(TimePoint now);
  // Those that waited to their deadline: they are forgotten.
  std::vector<TicketId> expire_due(TimePoint now);
  // Everything that waits: forgotten.
  std::vector<TicketId> expire_all();

  // Settled or cancelled. Returns the status it had, nothing for a ticket that is not known (any more).
  std::optional<Status> settle(TicketId ticket);

  [[nodiscard]] std::optional<Status> status_of(TicketId ticket) const;
  // REQUIRES: the ticket is known.
  [[nodiscard]] TimePoint deadline_of(TicketId ticket) const { return entries_.at(ticket.value).deadline; }
  [[nodiscard]] std::size_t parked() const noexcept { return queue_.size(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return deadlines_.size(); }
  [[nodiscard]] std::size_t known() const noexcept { return entries_.size(); }
  [[nodiscard]] TimePoint next_deadline() const noexcept;

 private:
  struct Entry {
    Status status = Status::kRunning;
    TimePoint deadline = kEndOfTime;
    TimePoint until = kEndOfTime;  // where delayed
    std::uint64_t place = 0;       // where parked
    std::uint32_t tries = 0;
    bool cleared = false;
  };
  using Timer = std::pair<TimePoint, std::uint64_t>;
  using Place = std::pair<std::uint64_t, std::uint64_t>;

  [[nodiscard]] Entry* running(TicketId ticket);
  void start_parking(TicketId ticket, Entry& entry, TimePoint deadline);
  void stop_waiting(std::uint64_t ticket, Entry& entry);

  std::unordered_map<std::uint64_t, Entry> entries_;
  std::set<Place> queue_;  // by place, then ticket
  std::set<Timer> deadlines_;
  std::set<Timer> delays_;
  std::uint64_t last_ticket_ = 0;
  std::uint64_t last_place_ = 0;
};

}  // namespace resilience
