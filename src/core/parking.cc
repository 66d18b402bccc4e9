#include "core/parking.h"

#include <algorithm>

namespace resilience {
namespace {

// Places of operations that have never run come after all places of those that have.
constexpr std::uint64_t kFresh = std::uint64_t{1} << 63U;

}  // namespace

TicketId Parking::park_new(TimePoint deadline) {
  const TicketId ticket{++last_ticket_};
  start_parking(ticket, entries_[ticket.value], deadline);
  return ticket;
}

TicketId Parking::adopt_running() {
  const TicketId ticket{++last_ticket_};
  entries_.emplace(ticket.value, Entry{});
  return ticket;
}

Parking::Entry* Parking::running(TicketId ticket) {
  const auto found = entries_.find(ticket.value);
  return found != entries_.end() && found->second.status == Status::kRunning ? &found->second : nullptr;
}

void Parking::park_again(const Released& operation, TimePoint deadline) {
  Entry* const entry = running(operation.ticket);
  if (entry == nullptr) return;
  entry->tries = operation.tries;
  entry->cleared = operation.cleared;
  start_parking(operation.ticket, *entry, deadline);
}

void Parking::delay(const Released& operation, TimePoint until, TimePoint deadline) {
  Entry* const entry = running(operation.ticket);
  if (entry == nullptr) return;
  *entry = Entry{Status::kDelayed, deadline, until, 0, operation.tries, operation.cleared};
  deadlines_.emplace(deadline, operation.ticket.value);
  delays_.emplace(until, operation.ticket.value);
}

void Parking::park_delayed(const Released& operation) {
  const auto found = entries_.find(operation.ticket.value);
  if (found == entries_.end() || found->second.status != Status::kDelayed) return;
  stop_waiting(operation.ticket.value, found->second);
  park_again(operation, found->second.deadline);
}

void Parking::start_parking(TicketId ticket, Entry& entry, TimePoint deadline) {
  entry.status = Status::kParked;
  entry.deadline = deadline;
  entry.place = ++last_place_ + (entry.tries == 0 ? kFresh : 0);
  queue_.emplace(entry.place, ticket.value);
  deadlines_.emplace(deadline, ticket.value);
}

void Parking::stop_waiting(std::uint64_t ticket, Entry& entry) {
  if (entry.status == Status::kRunning) return;
  deadlines_.erase({entry.deadline, ticket});
  if (entry.status == Status::kParked) {
    queue_.erase({entry.place, ticket});
  } else {
    delays_.erase({entry.until, ticket});
  }
  entry.status = Status::kRunning;
}

std::optional<Parking::Released> Parking::release_next() {
  if (queue_.empty()) return std::nullopt;
  const std::uint64_t ticket = queue_.begin()->second;
  Entry& entry = entries_.at(ticket);
  stop_waiting(ticket, entry);
  return Released{TicketId{ticket}, entry.tries, entry.cleared};
}

std::vector<Parking::Released> Parking::release_due(TimePoint now) {
  std::vector<Released> due;
  while (!delays_.empty() && delays_.begin()->first <= now) {
    const std::uint64_t ticket = delays_.begin()->second;
    Entry& entry = entries_.at(ticket);
    stop_waiting(ticket, entry);
    due.push_back({TicketId{ticket}, entry.tries, entry.cleared});
  }
  return due;
}

std::vector<TicketId> Parking::expire_due(TimePoint now) {
  std::vector<TicketId> due;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    due.push_back(TicketId{deadlines_.begin()->second});
    settle(due.back());
  }
  return due;
}

std::vector<TicketId> Parking::expire_all() {
  return expire_due(kEndOfTime);
}

std::optional<Parking::Status> Parking::settle(TicketId ticket) {
  const auto found = entries_.find(ticket.value);
  if (found == entries_.end()) return std::nullopt;
  const Status status = found->second.status;
  stop_waiting(ticket.value, found->second);
  entries_.erase(found);
  return status;
}

std::optional<Parking::Status> Parking::status_of(TicketId ticket) const {
  const auto found = entries_.find(ticket.value);
  if (found == entries_.end()) return std::nullopt;
  return found->second.status;
}

TimePoint Parking::next_deadline() const noexcept {
  TimePoint next = kEndOfTime;
  if (!deadlines_.empty()) next = deadlines_.begin()->first;
  if (!delays_.empty()) next = std::min(next, delays_.begin()->first);
  return next;
}

}  // namespace resilience
