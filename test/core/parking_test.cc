#include "core/parking.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "core/rng.h"

namespace resilience {
namespace {

using std::chrono::seconds;
using Status = Parking::Status;

constexpr TimePoint kStart{};

TimePoint at(int s) {
  return kStart + seconds{s};
}

std::vector<std::uint64_t> drain(Parking& parking) {
  std::vector<std::uint64_t> order;
  while (const auto next = parking.release_next()) order.push_back(next->ticket.value);
  return order;
}

TEST(Parking, LeavesInTheOrderOfArrival) {
  Parking parking;
  const TicketId a = parking.park_new(at(10));
  const TicketId b = parking.park_new(at(5));
  const TicketId c = parking.park_new(at(7));
  EXPECT_EQ(parking.parked(), 3U);
  EXPECT_EQ(drain(parking), (std::vector{a.value, b.value, c.value}));
  EXPECT_EQ(parking.status_of(a), Status::kRunning);
  EXPECT_EQ(parking.waiting(), 0U);
}

TEST(Parking, WhoHasRunBeforeLeavesFirst) {
  Parking parking;
  const TicketId fresh = parking.park_new(at(10));
  const TicketId one = parking.adopt_running();
  const TicketId two = parking.adopt_running();
  parking.park_again({two, 1}, at(10));
  parking.park_again({one, 2}, at(10));
  EXPECT_EQ(drain(parking), (std::vector{two.value, one.value, fresh.value}));
}

TEST(Parking, TellsHowOftenItHasRunAndWhatItHasPaid) {
  Parking parking;
  const TicketId ticket = parking.adopt_running();
  parking.park_again({ticket, 2, true}, at(10));
  const auto released = parking.release_next();
  ASSERT_TRUE(released);
  EXPECT_EQ(released->tries, 2U);
  EXPECT_TRUE(released->cleared);
}

TEST(Parking, DelayedOnesStartWhenTheirTimeHasCome) {
  Parking parking;
  const TicketId late = parking.adopt_running();
  const TicketId soon = parking.adopt_running();
  parking.delay({late, 1}, at(3), at(10));
  parking.delay({soon, 2, true}, at(1), at(10));
  EXPECT_EQ(parking.waiting(), 2U);
  EXPECT_EQ(parking.parked(), 0U);
  EXPECT_EQ(parking.next_deadline(), at(1));
  EXPECT_TRUE(parking.release_due(at(0)).empty());
  const auto due = parking.release_due(at(2));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].ticket, soon);
  EXPECT_EQ(due[0].tries, 2U);
  EXPECT_TRUE(due[0].cleared);
  EXPECT_EQ(parking.next_deadline(), at(3));
}

TEST(Parking, ADelayedOneMayWaitForTheDatabaseInstead) {
  Parking parking;
  const TicketId ticket = parking.adopt_running();
  parking.delay({ticket, 1}, at(9), at(10));
  parking.park_delayed({ticket, 1});
  EXPECT_EQ(parking.status_of(ticket), Status::kParked);
  EXPECT_TRUE(parking.release_due(at(9)).empty());
  EXPECT_EQ(parking.next_deadline(), at(10));
  parking.park_delayed({ticket, 1});  // parked already: nothing happens
  EXPECT_EQ(parking.waiting(), 1U);
}

TEST(Parking, OnlyADelayedOneCanWaitForTheDatabaseInstead) {
  Parking parking;
  const TicketId running = parking.adopt_running();
  parking.park_delayed({running, 1});
  parking.park_delayed({TicketId{99}, 1});
  EXPECT_EQ(parking.status_of(running), Status::kRunning);
  EXPECT_EQ(parking.waiting(), 0U);
}

TEST(Parking, NothingWaitsPastItsDeadline) {
  Parking parking;
  const TicketId parked = parking.park_new(at(2));
  const TicketId delayed = parking.adopt_running();
  parking.delay({delayed, 1}, at(8), at(1));
  EXPECT_EQ(parking.expire_due(at(1)), std::vector{delayed});
  EXPECT_EQ(parking.expire_due(at(2)), std::vector{parked});
  EXPECT_EQ(parking.known(), 0U);
  EXPECT_EQ(parking.next_deadline(), kEndOfTime);
  EXPECT_TRUE(drain(parking).empty());
}

TEST(Parking, ADeadlineAtTheEndOfTimeNeverComesButEndsWithTheRest) {
  Parking parking;
  const TicketId patient = parking.park_new(kEndOfTime);
  EXPECT_TRUE(parking.expire_due(at(1000000)).empty());
  EXPECT_EQ(parking.expire_all(), std::vector{patient});
}

TEST(Parking, SettlesOnce) {
  Parking parking;
  const TicketId parked = parking.park_new(at(2));
  const TicketId running = parking.adopt_running();
  EXPECT_EQ(parking.settle(parked), Status::kParked);
  EXPECT_EQ(parking.settle(parked), std::nullopt);
  EXPECT_EQ(parking.settle(running), Status::kRunning);
  EXPECT_EQ(parking.settle(TicketId{99}), std::nullopt);
  EXPECT_FALSE(parking.release_next());
  EXPECT_EQ(parking.next_deadline(), kEndOfTime);
}

TEST(Parking, OnlyARunningOneCanWaitAgain) {
  Parking parking;
  const TicketId parked = parking.park_new(at(5));
  parking.park_again({parked, 1}, at(50));
  parking.delay({parked, 1}, at(50), at(50));
  parking.park_again({TicketId{99}, 1}, at(50));
  EXPECT_EQ(parking.deadline_of(parked), at(5));
  EXPECT_EQ(parking.waiting(), 1U);
}

TEST(Parking, TicketsAreNeverGivenOutAgain) {
  Parking parking;
  const TicketId first = parking.park_new(at(1));
  parking.settle(first);
  EXPECT_GT(parking.park_new(at(1)), first);
  EXPECT_GT(parking.adopt_running(), first);
}

// Against a model that is too slow and too simple to be wrong.
TEST(Parking, KeepsItsBooksUnderRandomUse) {
  struct Model {
    Status status;
    TimePoint deadline;
    TimePoint until;
  };
  Rng rng(7);
  Parking parking;
  std::map<std::uint64_t, Model> model;
  TimePoint now = kStart;
  const auto pick = [&]() -> std::uint64_t {
    if (model.empty()) return 0;
    return std::next(model.begin(), static_cast<std::ptrdiff_t>(rng.next() % model.size()))->first;
  };
  for (int step = 0; step < 200'000; ++step) {
    const TimePoint soon = now + seconds{1 + static_cast<int>(rng.next() % 20)};
    const TimePoint later = now + seconds{1 + static_cast<int>(rng.next() % 20)};
    const std::uint64_t ticket = pick();
    const bool running = ticket != 0 && model.at(ticket).status == Status::kRunning;
    switch (rng.next() % 9) {
      case 0: model[parking.park_new(soon).value] = {Status::kParked, soon, kEndOfTime}; break;
      case 1: model[parking.adopt_running().value] = {Status::kRunning, kEndOfTime, kEndOfTime}; break;
      case 2:
        parking.park_again({TicketId{ticket}, 1}, soon);
        if (running) model[ticket] = {Status::kParked, soon, kEndOfTime};
        break;
      case 3:
        parking.delay({TicketId{ticket}, 1}, later, soon);
        if (running) model[ticket] = {Status::kDelayed, soon, later};
        break;
      case 4:
        if (const auto released = parking.release_next()) model.at(released->ticket.value).status = Status::kRunning;
        break;
      case 5:
        for (const auto& due : parking.release_due(now)) {
          Model& entry = model.at(due.ticket.value);
          EXPECT_EQ(entry.status, Status::kDelayed);
          EXPECT_LE(entry.until, now);
          entry.status = Status::kRunning;
        }
        break;
      case 6:
        for (const TicketId due : parking.expire_due(now)) {
          EXPECT_LE(model.at(due.value).deadline, now);
          EXPECT_NE(model.at(due.value).status, Status::kRunning);
          model.erase(due.value);
        }
        for (const auto& [id, entry] : model) {
          EXPECT_TRUE(entry.status == Status::kRunning || entry.deadline > now) << id;
        }
        break;
      case 7:
        if (ticket != 0) {
          EXPECT_EQ(parking.settle(TicketId{ticket}), model.at(ticket).status);
          model.erase(ticket);
        }
        break;
      default: now += seconds{static_cast<int>(rng.next() % 3)}; break;
    }
    std::size_t parked = 0;
    std::size_t waiting = 0;
    TimePoint next = kEndOfTime;
    if (step % 64 != 0) continue;
    for (const auto& [id, entry] : model) {
      parked += entry.status == Status::kParked ? 1 : 0;
      waiting += entry.status != Status::kRunning ? 1 : 0;
      if (entry.status != Status::kRunning) next = std::min(next, entry.deadline);
      if (entry.status == Status::kDelayed) next = std::min(next, entry.until);
    }
    ASSERT_EQ(parking.parked(), parked);
    ASSERT_EQ(parking.waiting(), waiting);
    ASSERT_EQ(parking.known(), model.size());
    ASSERT_EQ(parking.next_deadline(), next);
  }
}

}  // namespace
}  // namespace resilience
