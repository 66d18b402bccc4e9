#include "core/endpoint_choice.h"

#include <gtest/gtest.h>

#include <ostream>
#include <vector>

namespace resilience {

bool operator==(const EndpointChoice& a, const EndpointChoice& b) {
  return a.index == b.index && a.matches == b.matches;
}
void PrintTo(const EndpointChoice& choice, std::ostream* out) {
  *out << choice.index << (choice.matches ? " matches" : " tells only");
}

namespace {

constexpr HostAnswer kPending{};
constexpr HostAnswer kPrimary{true, ProbeVerdict::kUp, ServerRole::kPrimary, false};
constexpr HostAnswer kReadOnlyPrimary{true, ProbeVerdict::kUp, ServerRole::kPrimary, true};
constexpr HostAnswer kStandby{true, ProbeVerdict::kUp, ServerRole::kStandby, true};
constexpr HostAnswer kRefusesUs{true, ProbeVerdict::kUp, ServerRole::kUnknown, false};
constexpr HostAnswer kDown{true, ProbeVerdict::kDown, ServerRole::kUnknown, false};
constexpr HostAnswer kNothing{true, ProbeVerdict::kInconclusive, ServerRole::kUnknown, false};

using Answers = std::vector<HostAnswer>;
using Choice = std::optional<EndpointChoice>;
constexpr std::nullopt_t kWait = std::nullopt;

struct Row {
  TargetSession target;
  Answers answers;
  std::optional<std::size_t> last_chosen;
  Patience patience;
  Choice expected;
};

TEST(EndpointChoice, TheBestRankedHostThatMatchesIsChosen) {
  using T = TargetSession;
  using P = Patience;
  const Row rows[] = {
      {T::kAny, {kPrimary}, {}, P::kFull, EndpointChoice{0, true}},
      {T::kAny, {kStandby, kPrimary}, {}, P::kFull, EndpointChoice{0, true}},
      {T::kAny, {kStandby, kPrimary}, 1, P::kFull, EndpointChoice{1, true}},
      {T::kAny, {kRefusesUs}, {}, P::kFull, EndpointChoice{0, true}},
      {T::kReadWrite, {kStandby, kPrimary}, {}, P::kFull, EndpointChoice{1, true}},
      {T::kReadWrite, {kReadOnlyPrimary, kPrimary}, 0, P::kFull, EndpointChoice{1, true}},
      {T::kPrimary, {kReadOnlyPrimary, kPrimary}, {}, P::kFull, EndpointChoice{0, true}},
      {T::kReadOnly, {kPrimary, kReadOnlyPrimary}, {}, P::kFull, EndpointChoice{1, true}},
      {T::kStandby, {kPrimary, kStandby}, {}, P::kFull, EndpointChoice{1, true}},
      {T::kPreferStandby, {kPrimary, kStandby}, {}, P::kFull, EndpointChoice{1, true}},
      {T::kReadWrite, {kDown, kDown, kPrimary}, 1, P::kFull, EndpointChoice{2, true}},
      {T::kReadWrite, {kRefusesUs, kPrimary}, {}, P::kFull, EndpointChoice{1, true}},
      {T::kReadWrite, {kPrimary, kDown, kPrimary}, 1, P::kFull, EndpointChoice{0, true}},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(choose_endpoint(row.target, row.answers, row.last_chosen, row.patience), row.expected) << (&row - rows);
  }
}

TEST(EndpointChoice, HostsOfBetterRankAreWaitedForUntilPatienceEnds) {
  const Answers answers = {kPending, kPrimary};
  EXPECT_EQ(choose_endpoint(TargetSession::kReadWrite, answers, {}, Patience::kFull), Choice{kWait});
  EXPECT_EQ(choose_endpoint(TargetSession::kReadWrite, answers, 1, Patience::kFull), (EndpointChoice{1, true}));
  EXPECT_EQ(choose_endpoint(TargetSession::kReadWrite, answers, {}, Patience::kEnded), (EndpointChoice{1, true}));
  const Answers only_standby = {kPending, kStandby};
  EXPECT_EQ(choose_endpoint(TargetSession::kReadWrite, only_standby, {}, Patience::kEnded), Choice{kWait});
}

TEST(EndpointChoice, WithNoMatchTheMostTellingAnswerIsReported) {
  const Row rows[] = {
      {TargetSession::kReadWrite, {kDown, kStandby}, {}, Patience::kNoMore, EndpointChoice{1, false}},
      {TargetSession::kReadWrite, {kStandby, kNothing}, {}, Patience::kNoMore, EndpointChoice{1, false}},
      {TargetSession::kReadWrite, {kStandby, kNothing, kRefusesUs}, {}, Patience::kNoMore, EndpointChoice{2, true}},
      {TargetSession::kPreferStandby, {kPrimary, kDown}, {}, Patience::kNoMore, EndpointChoice{0, true}},
      {TargetSession::kAny, {kDown, kDown}, 1, Patience::kNoMore, EndpointChoice{1, false}},
      {TargetSession::kAny, {kPending, kDown}, {}, Patience::kNoMore, EndpointChoice{1, false}},
      {TargetSession::kAny, {kPending}, {}, Patience::kNoMore, kWait},
      {TargetSession::kAny, {}, {}, Patience::kNoMore, kWait},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(choose_endpoint(row.target, row.answers, row.last_chosen, row.patience), row.expected) << (&row - rows);
  }
}

TEST(EndpointChoice, TargetsAreSpelledAsLibpqDoes) {
  EXPECT_EQ(parse_target_session("read-write"), TargetSession::kReadWrite);
  EXPECT_EQ(parse_target_session("prefer-standby"), TargetSession::kPreferStandby);
  EXPECT_EQ(parse_target_session("READ-WRITE"), std::nullopt);
  EXPECT_EQ(parse_target_session(""), std::nullopt);
}

}  // namespace
}  // namespace resilience
