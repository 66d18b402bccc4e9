#include "core/primary_watch.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

using std::chrono::seconds;
using Answer = PrimaryWatch::Answer;

constexpr TimePoint kStart{};

ProbeResult found(ServerRole role, std::string host, std::uint16_t port = 5432) {
  ProbeResult result;
  result.verdict = ProbeVerdict::kUp;
  result.role = role;
  result.host = std::move(host);
  result.port = port;
  return result;
}

TEST(PrimaryWatch, TheFirstPrimarySeenIsTheOneServing) {
  PrimaryWatch watch;
  EXPECT_FALSE(watch.moved());
  watch.on_up(found(ServerRole::kPrimary, "a"));
  EXPECT_FALSE(watch.moved());
}

TEST(PrimaryWatch, AClientKnownToBeElsewhereIsOnTheWrongServerFromTheBeginning) {
  PrimaryWatch watch("a:5432");
  EXPECT_FALSE(watch.moved()) << "nobody has looked";
  watch.on_up(found(ServerRole::kStandby, "a"));
  EXPECT_FALSE(watch.moved()) << "no primary was seen";
  watch.on_up(found(ServerRole::kPrimary, "b"));
  EXPECT_TRUE(watch.moved());
}

TEST(PrimaryWatch, APrimaryElsewhereHasMovedUntilAClientWasMadeForIt) {
  PrimaryWatch watch;
  watch.on_up(found(ServerRole::kPrimary, "a"));
  watch.on_up(found(ServerRole::kPrimary, "a", 5433));
  EXPECT_TRUE(watch.moved());
  watch.on_replacing();
  EXPECT_TRUE(watch.moved());
  watch.on_replaced();
  EXPECT_FALSE(watch.moved());
}

TEST(PrimaryWatch, AMoveDuringAReplacementIsNotLost) {
  PrimaryWatch watch;
  watch.on_up(found(ServerRole::kPrimary, "a"));
  watch.on_replacing();
  watch.on_up(found(ServerRole::kPrimary, "b"));
  watch.on_replaced();
  EXPECT_TRUE(watch.moved());
}

TEST(PrimaryWatch, AnswersAQuestion) {
  struct Row {
    ProbeResult result;
    Answer answer;
  };
  const Row rows[] = {
      {found(ServerRole::kPrimary, "a"), Answer::kSamePrimary},
      {found(ServerRole::kPrimary, "b"), Answer::kWrongServer},
      {found(ServerRole::kStandby, "a"), Answer::kWrongServer},
      {found(ServerRole::kUnknown, "a"), Answer::kSamePrimary},
      {found(ServerRole::kUnknown, ""), Answer::kSamePrimary},
  };
  for (const Row& row : rows) {
    PrimaryWatch watch;
    watch.on_up(found(ServerRole::kPrimary, "a"));
    EXPECT_EQ(watch.answer(), Answer::kNone);
    watch.ask(kStart + seconds{3});
    EXPECT_EQ(watch.answer(), Answer::kPending);
    watch.on_up(row.result);
    EXPECT_EQ(watch.answer(), row.answer);
    watch.forget_answer();
    EXPECT_EQ(watch.answer(), Answer::kNone);
  }
}

TEST(PrimaryWatch, AStandbyIsNoNewsToWhoeverDidNotAsk) {
  PrimaryWatch watch;
  watch.on_up(found(ServerRole::kPrimary, "a"));
  watch.on_up(found(ServerRole::kStandby, "b"));
  EXPECT_FALSE(watch.moved());
  EXPECT_EQ(watch.answer(), Answer::kNone);
}

TEST(PrimaryWatch, AQuestionThatNobodyAnswersBlamesNobody) {
  PrimaryWatch watch;
  watch.ask(kStart + seconds{3});
  watch.ask(kStart + seconds{9});  // already asked
  EXPECT_EQ(watch.next_deadline(), kStart + seconds{3});
  watch.tick(kStart + seconds{2});
  EXPECT_EQ(watch.answer(), Answer::kPending);
  watch.tick(kStart + seconds{3});
  EXPECT_EQ(watch.answer(), Answer::kSamePrimary);
  EXPECT_EQ(watch.next_deadline(), kEndOfTime);
}

}  // namespace
}  // namespace resilience
