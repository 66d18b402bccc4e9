// The operations that the core knows of: parked, waiting for a retry's time, or running with a ticket.
//
// Invariants: a ticket is issued once and settles once; nothing waits past its deadline (expire_due() hands it back);
// parked operations leave in the order in which they came, those that have already run first. Owner: the supervisor.
#pragma once

#include <cstdint>
#include <deque>
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
    kDelayed = 1,  // waits for its backoff to pass
    kRunning = 2,  // runs, and the core wants to hear how it ends
  };

  struct Released {
    TicketId ticket;
    std::uint32_t tries;  // how often it has run so far
  };

  // A new ticket, parked until released or past `deadline`.
  TicketId park_new(TimePoint deadline);
  // A new ticket for an operation that runs already.
  TicketId adopt_running();

  // These do nothing where the ticket is not running. `tries`: how often it has run so far.
  void park_again(TicketId ticket, std::uint32_t tries, TimePoint deadline);
  void delay(TicketId ticket, TimePoint until, TimePoint deadline);
  // The same for one that has just been released: it keeps its deadline.
  void delay_until(TicketId ticket, TimePoint until);
  // A delayed operation waits for the database instead. Does nothing for any other.
  void park_delayed(TicketId ticket, std::uint32_t tries);

  // The next parked operation starts running. Nothing where none is parked.
  std::optional<Released> release_next();
  // Those whose backoff has passed start running.
  std::vector<TicketId> release_due(TimePoint now);
  // Those that waited to their deadline: they are forgotten.
  std::vector<TicketId> expire_due(TimePoint now);
  // Everything that waits: forgotten.
  std::vector<TicketId> expire_all();

  // Settled or cancelled. Returns the status it had, nothing for a ticket that is not known (any more).
  std::optional<Status> settle(TicketId ticket);

  [[nodiscard]] std::optional<Status> status_of(TicketId ticket) const;
  [[nodiscard]] std::size_t parked() const noexcept { return parked_count_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return parked_count_ + delayed_count_; }
  [[nodiscard]] std::size_t known() const noexcept { return entries_.size(); }
  [[nodiscard]] TimePoint next_deadline() const noexcept;

 private:
  struct Entry {
    Status status;
    TimePoint deadline;
    TimePoint until;
    std::uint64_t position;  // in its queue; a queue's element with another position is out of date
    std::uint32_t tries;
  };
  struct Queued {
    TicketId ticket;
    std::uint64_t position;
  };
  using Timer = std::pair<TimePoint, std::uint64_t>;

  void stop_waiting(TicketId ticket, Entry& entry);
  void start_waiting(TicketId ticket, Entry& entry);
  std::optional<Released> pop(std::deque<Queued>& queue);

  std::unordered_map<std::uint64_t, Entry> entries_;
  std::deque<Queued> tried_;  // have run before: they go first
  std::deque<Queued> fresh_;
  std::set<Timer> deadlines_;
  std::set<Timer> delays_;
  std::size_t parked_count_ = 0;
  std::size_t delayed_count_ = 0;
  std::uint64_t last_ticket_ = 0;
  std::uint64_t last_position_ = 0;
};

}  // namespace resilience
