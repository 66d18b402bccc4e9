#include "core/parking.h"

namespace resilience {

TicketId Parking::park_new(TimePoint deadline) {
  const TicketId ticket{++last_ticket_};
  Entry& entry = entries_.emplace(ticket.value, Entry{Status::kParked, deadline, kEndOfTime, ++last_position_, 0}).first->second;
  fresh_.push_back({ticket, entry.position});
  start_waiting(ticket, entry);
  return ticket;
}

TicketId Parking::adopt_running() {
  const TicketId ticket{++last_ticket_};
  entries_.emplace(ticket.value, Entry{Status::kRunning, kEndOfTime, kEndOfTime, 0, 0});
  return ticket;
}

void Parking::park_again(TicketId ticket, std::uint32_t tries, TimePoint deadline) {
  const auto found = entries_.find(ticket.value);
  if (found == entries_.end() || found->second.status != Status::kRunning) return;
  found->second = Entry{Status::kParked, deadline, kEndOfTime, ++last_position_, tries};
  tried_.push_back({ticket, found->second.position});
  start_waiting(ticket, found->second);
}

void Parking::delay(TicketId ticket, TimePoint until, TimePoint deadline) {
  const auto found = entries_.find(ticket.value);
  if (found == entries_.end() || found->second.status != Status::kRunning) return;
  found->second = Entry{Status::kDelayed, deadline, until, 0, 0};
  start_waiting(ticket, found->second);
}

void Parking::delay_until(TicketId ticket, TimePoint until) {
  const auto found = entries_.find(ticket.value);
  if (found != entries_.end()) delay(ticket, until, found->second.deadline);
}

void Parking::park_delayed(TicketId ticket, std::uint32_t tries) {
  const auto found = entries_.find(ticket.value);
  if (found == entries_.end() || found->second.status != Status::kDelayed) return;
  stop_waiting(ticket, found->second);
  found->second.status = Status::kRunning;
  park_again(ticket, tries, found->second.deadline);
}

void Parking::start_waiting(TicketId ticket, Entry& entry) {
  deadlines_.emplace(entry.deadline, ticket.value);
  if (entry.status == Status::kParked) {
    ++parked_count_;
  } else {
    ++delayed_count_;
    delays_.emplace(entry.until, ticket.value);
  }
}

void Parking::stop_waiting(TicketId ticket, Entry& entry) {
  if (entry.status == Status::kRunning) return;
  deadlines_.erase({entry.deadline, ticket.value});
  if (entry.status == Status::kParked) {
    --parked_count_;
  } else {
    --delayed_count_;
    delays_.erase({entry.until, ticket.value});
  }
}

std::optional<Parking::Released> Parking::pop(std::deque<Queued>& queue) {
  while (!queue.empty()) {
    const Queued front = queue.front();
    queue.pop_front();
    const auto found = entries_.find(front.ticket.value);
    if (found == entries_.end() || found->second.status != Status::kParked || found->second.position != front.position) {
      continue;
    }
    stop_waiting(front.ticket, found->second);
    found->second.status = Status::kRunning;
    return Released{front.ticket, found->second.tries};
  }
  return std::nullopt;
}

std::optional<Parking::Released> Parking::release_next() {
  if (parked_count_ == 0) return std::nullopt;
  if (const auto released = pop(tried_)) return released;
  return pop(fresh_);
}

std::vector<TicketId> Parking::release_due(TimePoint now) {
  std::vector<TicketId> due;
  while (!delays_.empty() && delays_.begin()->first <= now) {
    const TicketId ticket{delays_.begin()->second};
    Entry& entry = entries_.at(ticket.value);
    stop_waiting(ticket, entry);
    entry.status = Status::kRunning;
    due.push_back(ticket);
  }
  return due;
}

std::vector<TicketId> Parking::expire_due(TimePoint now) {
  std::vector<TicketId> due;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const TicketId ticket{deadlines_.begin()->second};
    stop_waiting(ticket, entries_.at(ticket.value));
    entries_.erase(ticket.value);
    due.push_back(ticket);
  }
  return due;
}

std::vector<TicketId> Parking::expire_all() { return expire_due(kEndOfTime); }

std::optional<Parking::Status> Parking::settle(TicketId ticket) {
  const auto found = entries_.find(ticket.value);
  if (found == entries_.end()) return std::nullopt;
  const Status status = found->second.status;
  stop_waiting(ticket, found->second);
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
  if (!delays_.empty() && delays_.begin()->first < next) next = delays_.begin()->first;
  return next;
}

}  // namespace resilience
