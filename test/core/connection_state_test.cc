#include "core/connection_state.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace resilience {
namespace {

using enum ConnectionState;
using enum ConnectionEvent;

template <typename Visit>
void for_each_state(Visit visit) {
  for (std::uint8_t i = 0; i < kConnectionStateCount; ++i) visit(static_cast<ConnectionState>(i));
}

template <typename Visit>
void for_each_event(Visit visit) {
  for (std::uint8_t i = 0; i < kConnectionEventCount; ++i) visit(static_cast<ConnectionEvent>(i));
}

// What it says, once more and in other words: the table itself is written for people who look for one cell.
TEST(ConnectionState, EveryStateAnswersEveryEvent) {
  struct Row {
    ConnectionState from;
    ConnectionEvent event;
    ConnectionState to;
  };
  const Row changes[] = {
      {kConnecting, kVerified, kRecovering},
      {kConnecting, kFailure, kSuspect},
      {kConnecting, kHang, kSuspect},
      {kConnecting, kProbeDown, kDown},
      {kConnecting, kClientFault, kReplacing},
      {kConnecting, kReplaced, kRecovering},
      {kUp, kFailure, kSuspect},
      {kUp, kHang, kSuspect},
      {kUp, kProbeDoubt, kSuspect},
      {kUp, kProbeDown, kSuspect},
      {kUp, kClientFault, kReplacing},
      {kSuspect, kProbeUp, kRecovering},
      {kSuspect, kProbeDown, kDown},
      {kSuspect, kInconclusive, kRecovering},
      {kSuspect, kClientFault, kReplacing},
      {kSuspect, kReplaced, kRecovering},
      {kDown, kVerified, kVerifying},
      {kDown, kProbeUp, kVerifying},
      {kDown, kReplaced, kRecovering},
      {kVerifying, kVerified, kRecovering},
      {kVerifying, kFailure, kSuspect},
      {kVerifying, kProbeDown, kDown},
      {kVerifying, kClientFault, kReplacing},
      {kVerifying, kReplaced, kRecovering},
      {kRecovering, kFailure, kSuspect},
      {kRecovering, kHang, kSuspect},
      {kRecovering, kProbeDown, kDown},
      {kRecovering, kDrained, kUp},
      {kRecovering, kClientFault, kReplacing},
      {kReplacing, kProbeDown, kDown},
      {kReplacing, kReplaced, kRecovering},
      {kReplacing, kReplaceFailed, kRecovering},
  };
  for_each_state([&](ConnectionState from) {
    for_each_event([&](ConnectionEvent event) {
      ConnectionState expected = event == kStop ? kStopped : from;
      for (const Row& row : changes) {
        if (row.from == from && row.event == event) expected = row.to;
      }
      EXPECT_EQ(next_state(from, event), expected) << to_string(from) << " x " << to_string(event);
    });
  });
}

std::set<ConnectionState> reachable_from(ConnectionState start) {
  std::set<ConnectionState> seen{start};
  for (bool grown = true; grown;) {
    grown = false;
    for (const ConnectionState from : std::set<ConnectionState>(seen)) {
      for_each_event([&](ConnectionEvent event) { grown = seen.insert(next_state(from, event)).second || grown; });
    }
  }
  return seen;
}

TEST(ConnectionState, NobodyLeavesStopped) {
  EXPECT_EQ(reachable_from(kStopped), std::set{kStopped});
}

TEST(ConnectionState, EveryStateIsReachedFromTheStart) {
  EXPECT_EQ(reachable_from(kConnecting).size(), kConnectionStateCount);
}

TEST(ConnectionState, EveryOtherStateCanGetUpAgain) {
  for_each_state(
      [](ConnectionState from) { EXPECT_EQ(reachable_from(from).contains(kUp), from != kStopped) << to_string(from); });
}

TEST(ConnectionState, UpIsOnlyReachedThroughRecovering) {
  for_each_state([](ConnectionState from) {
    for_each_event([&](ConnectionEvent event) {
      const bool gets_up = from != kUp && next_state(from, event) == kUp;
      EXPECT_EQ(gets_up, from == kRecovering && event == kDrained) << to_string(from) << " x " << to_string(event);
    });
  });
}

TEST(ConnectionState, TheProbeAloneTakesNothingDown) {
  for_each_state([](ConnectionState from) {
    if (from == kDown) return;
    EXPECT_NE(next_state(from, kProbeDoubt), kDown) << to_string(from);
    EXPECT_NE(next_state(from, kInconclusive), kDown) << to_string(from);
  });
}

TEST(ConnectionState, NamesAreDistinct) {
  std::set<std::string_view> names;
  for_each_state([&](ConnectionState state) { names.insert(to_string(state)); });
  EXPECT_EQ(names.size(), kConnectionStateCount);
  names.clear();
  for_each_event([&](ConnectionEvent event) { names.insert(to_string(event)); });
  EXPECT_EQ(names.size(), kConnectionEventCount);
}

TEST(ConnectionState, CountsAsConnected) {
  std::set<ConnectionState> connected;
  for_each_state([&](ConnectionState state) {
    if (counts_as_connected(state)) connected.insert(state);
  });
  EXPECT_EQ(connected, (std::set{kUp, kSuspect, kRecovering}));
}

}  // namespace
}  // namespace resilience
