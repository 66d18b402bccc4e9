#include "core/client_patience.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Verdict = ClientPatience::Advice;

constexpr TimePoint kBegan = TimePoint{} + std::chrono::hours{1};
constexpr Duration kGrace = milliseconds{150};
constexpr Duration kMost = seconds{3};

TimePoint at(Duration since) {
  return kBegan + since;
}

class ClientPatienceTest : public testing::Test {
 protected:
  ClientPatienceTest() { patience_.begin(kBegan, kGrace, kMost); }

  // The grace passes, and the probe is asked.
  void ask() {
    ASSERT_EQ(patience_.judge(at(kGrace)), Verdict::kAskProbe);
    ASSERT_TRUE(patience_.asking());
  }

  ClientPatience patience_;
};

TEST_F(ClientPatienceTest, NobodyIsWaitedForWhoWasNotAsked) {
  ClientPatience idle;
  EXPECT_FALSE(idle.active());
  EXPECT_EQ(idle.judge(at(seconds{60})), Verdict::kWait);
  EXPECT_EQ(idle.next_deadline(), kEndOfTime);
}

TEST_F(ClientPatienceTest, AfterTheGraceTheProbeIsAskedOnce) {
  EXPECT_EQ(patience_.next_deadline(), at(kGrace));
  EXPECT_EQ(patience_.judge(at(kGrace) - Duration{1}), Verdict::kWait);
  ask();
  EXPECT_EQ(patience_.judge(at(kGrace)), Verdict::kWait);
}

TEST_F(ClientPatienceTest, WhereTheDatabaseIsQuickTheClientIsSilent) {
  ask();
  patience_.on_look(at(kGrace + milliseconds{2}), milliseconds{2});
  EXPECT_FALSE(patience_.asking());
  EXPECT_EQ(patience_.judge(at(kGrace + milliseconds{2})), Verdict::kSilent);
}

TEST_F(ClientPatienceTest, WhereTheDatabaseIsSlowTheClientHasEightTimesAsLong) {
  ask();
  patience_.on_look(at(kGrace + milliseconds{200}), milliseconds{200});
  EXPECT_EQ(patience_.next_deadline(), at(milliseconds{1600}));
  EXPECT_EQ(patience_.judge(at(milliseconds{1599})), Verdict::kWait);
  EXPECT_EQ(patience_.judge(at(milliseconds{1600})), Verdict::kSilent);
}

// The look was quick, and our event loop was not.
TEST_F(ClientPatienceTest, WhereTheNewsIsLateTheClientHasEightTimesAsLongToo) {
  ask();
  patience_.on_look(at(kGrace + milliseconds{200}), milliseconds{5});
  EXPECT_EQ(patience_.next_deadline(), at(milliseconds{1600}));
}

// A server that answers on a connection that stands may take long to open another.
TEST_F(ClientPatienceTest, WhereTheLookOpenedNoConnectionTheClientHasAsLongAsOneThatDoes) {
  ask();
  patience_.on_look(at(kGrace + milliseconds{2}), milliseconds{2}, seconds{1});
  EXPECT_EQ(patience_.judge(at(milliseconds{999})), Verdict::kWait);
  EXPECT_EQ(patience_.judge(at(seconds{1})), Verdict::kSilent);
}

TEST_F(ClientPatienceTest, ThatEndsAsAllPatienceDoes) {
  ask();
  patience_.on_look(at(kGrace + milliseconds{2}), milliseconds{2}, kMost * 2);
  EXPECT_EQ(patience_.next_deadline(), at(kMost));
}

TEST_F(ClientPatienceTest, PatienceEnds) {
  ask();
  patience_.on_look(at(seconds{1}), milliseconds{850});
  EXPECT_EQ(patience_.next_deadline(), at(kMost));
}

TEST_F(ClientPatienceTest, ALookThatBeganBeforeTheQuestionSaysNothing) {
  ask();
  patience_.on_look(at(kGrace + milliseconds{1}), milliseconds{2});
  EXPECT_TRUE(patience_.asking());
}

TEST_F(ClientPatienceTest, WithoutAnAnswerOfTheProbeTheClientHasUntilTheEnd) {
  ask();
  EXPECT_EQ(patience_.judge(at(kMost) - Duration{1}), Verdict::kWait);
  EXPECT_EQ(patience_.judge(at(kMost)), Verdict::kSilent);
  EXPECT_TRUE(patience_.asking()) << "so that one can tell";
}

TEST_F(ClientPatienceTest, AnEventLoopThatStoodStillWasNobodysSilence) {
  patience_.on_loop_stalled(at(seconds{5}));
  EXPECT_EQ(patience_.judge(at(seconds{5})), Verdict::kWait);
  EXPECT_EQ(patience_.judge(at(seconds{5} + kGrace)), Verdict::kAskProbe);
}

TEST_F(ClientPatienceTest, AStallTakesNothingOfThePatienceThatFollows) {
  patience_.on_loop_stalled(at(milliseconds{100}));
  ASSERT_EQ(patience_.judge(at(milliseconds{100} + kGrace)), Verdict::kAskProbe);
  EXPECT_EQ(patience_.judge(at(kMost) - Duration{1}), Verdict::kWait);
  EXPECT_EQ(patience_.judge(at(kMost)), Verdict::kSilent);
}

}  // namespace
}  // namespace resilience
