// Connections that have lost a request or an answer while the database is well, told from slow queries.
#include "core/silent_connections.h"

#include "support/desk.h"

namespace resilience {
namespace {

using namespace testing_support;
using enum BackendState;

constexpr std::uint32_t kPid = 4711;
constexpr std::int64_t kServer = 1'700'000'000'000'000;

// One connection, opened long ago; what runs on it; and the server's process behind it.
class SilentConnectionsTest : public ::testing::Test {
 protected:
  SilentConnectionsTest() {
    desk.pass(minutes{1});
    desk.up();
    connection = {.number = 1, .pid = kPid, .opened = desk.now};
    desk.pass(minutes{1});
    work = desk.start(OperationKind::kWrite);
    work.holds_connection = true;
    desk.forget();
  }

  // As the server tells it now, on time.
  [[nodiscard]] ServerActivity seen(BackendState state, std::int64_t since = 42) const {
    ServerActivity activity;
    activity.known = true;
    activity.server_started_us = kServer;
    const Duration age = desk.now - connection.opened + milliseconds{30};
    activity.backends.push_back({kPid, state, age, age, since});
    return activity;
  }
  [[nodiscard]] static ServerActivity nobody(std::int64_t server = kServer) {
    ServerActivity activity;
    activity.known = true;
    activity.server_started_us = server;
    return activity;
  }
  // Until the next look is asked for, or `most` has passed. Nothing moves at all, which the probe is asked about as
  // well.
  bool look_is_asked_for(Duration most = seconds{30}) {
    const std::size_t before = desk.count<LookAtConnections>();
    for (Duration passed{}; passed < most && desk.count<LookAtConnections>() == before; passed += milliseconds{10}) {
      desk.pass(milliseconds{10});
      if (desk.core.state() == ConnectionState::kSuspect) desk.probe(ProbeVerdict::kUp);
    }
    return desk.count<LookAtConnections>() > before;
  }
  // The host's part: a moment after the answer it is asked to show all that is in flight.
  bool hangs_after(const ServerActivity& activity) {
    desk.activity(activity);
    const std::size_t before = desk.count<SweepInFlight>();
    desk.pass(SilentConnections::kReading);
    EXPECT_EQ(desk.count<SweepInFlight>(), before + (activity.known ? 1 : 0));
    return desk.work_hangs(work, connection);
  }
  bool hangs_after_look(BackendState state, std::int64_t since = 42) {
    EXPECT_TRUE(look_is_asked_for());
    return hangs_after(seen(state, since));
  }
  // Whether it is ever ended, if the server goes on to say this.
  template <typename Answer>
  bool is_ever_ended(const Answer& answer) {
    for (int looks = 0; looks < 8; ++looks) {
      if (!look_is_asked_for()) return false;
      if (hangs_after(answer())) return true;
    }
    return false;
  }

  Desk desk;
  UsedConnection connection;
  FailedAttempt work;
};

TEST_F(SilentConnectionsTest, WhatIdlesTwiceWhileWeWaitHasLostItsAnswer) {
  const TimePoint sent = desk.now;
  EXPECT_FALSE(hangs_after_look(kIdle)) << "it may be on its way";
  const Duration first_look = desk.times<LookAtConnections>().back() - (sent - kStart);
  EXPECT_GE(first_look, desk.config.probe.suspect_after);
  EXPECT_LE(first_look, desk.config.probe.suspect_after + milliseconds{20}) << "once the probe has found it well";
  EXPECT_TRUE(hangs_after_look(kIdle));
  const auto looks = desk.times<LookAtConnections>();
  EXPECT_EQ(looks[1] - looks[0], first_look) << "as long again as it had been silent";
}

TEST_F(SilentConnectionsTest, AnAnswerThatWasJustLostIsWaitedForALittle) {
  desk.pass(seconds{1});
  ASSERT_TRUE(look_is_asked_for());
  ServerActivity activity = seen(kIdle);
  activity.backends[0].in_state = milliseconds{100};
  EXPECT_FALSE(hangs_after(activity));
  EXPECT_TRUE(hangs_after_look(kIdle));
  const auto looks = desk.times<LookAtConnections>();
  EXPECT_EQ(looks[1] - looks[0], SilentConnections::kLeastSilence);
}

TEST_F(SilentConnectionsTest, WhatWorksIsLeftAlone) {
  EXPECT_FALSE(is_ever_ended([this] { return seen(kActive); }));
}

TEST_F(SilentConnectionsTest, WhatTheServerHidesIsLeftAlone) {
  EXPECT_FALSE(is_ever_ended([this] { return seen(kUnknown); }));
}

TEST_F(SilentConnectionsTest, WhatFindsNothingIsAskedMoreRarely) {
  for (const Duration end = desk.elapsed() + seconds{60}; desk.elapsed() < end;) {
    if (!look_is_asked_for(end - desk.elapsed())) break;
    EXPECT_FALSE(hangs_after(seen(kActive)));
  }
  const auto looks = desk.times<LookAtConnections>();
  EXPECT_LE(looks.size(), 10U);
  EXPECT_GE(looks.size(), 7U) << "it may still be lost later";
}

TEST_F(SilentConnectionsTest, WhoeverGoesFromOneStatementToTheNextIsLeftAlone) {
  std::int64_t since = 0;
  EXPECT_FALSE(is_ever_ended([&] { return seen(kIdle, ++since); }));
}

TEST_F(SilentConnectionsTest, WhatComesInIsProgress) {
  connection.moving = true;
  EXPECT_FALSE(is_ever_ended([this] { return seen(kIdle); }));
}

TEST_F(SilentConnectionsTest, ProgressBetweenTheLooksCounts) {
  EXPECT_FALSE(hangs_after_look(kIdle));
  UsedConnection moving = connection;
  moving.moving = true;
  EXPECT_FALSE(desk.work_hangs(work, moving)) << "asked by a sweep of another reason";
  EXPECT_FALSE(hangs_after_look(kIdle)) << "it counts anew";
}

TEST_F(SilentConnectionsTest, AProcessThatAPoolerHasMadeUpSaysNothing) {
  EXPECT_FALSE(is_ever_ended([] { return nobody(); }));
}

TEST_F(SilentConnectionsTest, AProcessOfTheSameNumberThatIsNotAsOldIsNotOurs) {
  for (const Duration off : {Duration{seconds{-5}}, Duration{seconds{30}}}) {
    EXPECT_FALSE(is_ever_ended([&] {
      ServerActivity activity = seen(kIdle);
      activity.backends[0].age += off;
      return activity;
    }));
  }
}

TEST_F(SilentConnectionsTest, AConnectionWhoseBeginningNobodySawIsLeftAlone) {
  connection.opened = {};
  ServerActivity activity = seen(kIdle);
  activity.backends[0].age = minutes{1};
  EXPECT_FALSE(is_ever_ended([&] { return activity; }));
}

TEST_F(SilentConnectionsTest, WithoutAProcessThereIsNothingToSee) {
  connection.pid = 0;
  EXPECT_FALSE(is_ever_ended([this] { return seen(kIdle); }));
}

TEST_F(SilentConnectionsTest, AProcessThatWasThereAndIsGoneHasLostTheAnswer) {
  EXPECT_FALSE(hangs_after_look(kActive));
  ASSERT_TRUE(look_is_asked_for());
  EXPECT_FALSE(hangs_after(nobody())) << "the end of it may be on its way";
  ASSERT_TRUE(look_is_asked_for());
  EXPECT_TRUE(hangs_after(nobody()));
}

TEST_F(SilentConnectionsTest, OnAnotherServerNothingIsGone) {
  EXPECT_FALSE(hangs_after_look(kIdle));
  EXPECT_FALSE(is_ever_ended([] { return nobody(kServer + 1); }));
}

TEST_F(SilentConnectionsTest, WhatIsNotKnownConvictsNobody) {
  EXPECT_FALSE(hangs_after_look(kIdle));
  EXPECT_FALSE(is_ever_ended([] { return ServerActivity{}; }));
}

TEST_F(SilentConnectionsTest, AConnectionThatIsBeingOpenedWhileOthersAreLetIn) {
  work.nothing_sent = true;
  connection.opening = true;
  connection.pid = 0;
  ASSERT_TRUE(look_is_asked_for());
  EXPECT_FALSE(hangs_after(nobody()));
  ASSERT_TRUE(look_is_asked_for());
  EXPECT_TRUE(hangs_after(nobody()));
}

TEST_F(SilentConnectionsTest, AnOpeningThatSeveralWaitForIsOne) {
  work.nothing_sent = true;
  connection.opening = true;
  connection.pid = 0;
  FailedAttempt other = work;
  other.try_started -= milliseconds{500};
  ASSERT_TRUE(look_is_asked_for());
  EXPECT_FALSE(hangs_after(nobody()));
  EXPECT_FALSE(desk.work_hangs(other, connection));
  for (int looks = 0; looks < 2; ++looks) {
    ASSERT_TRUE(look_is_asked_for());
    if (hangs_after(nobody()) && desk.work_hangs(other, connection)) return;
  }
  FAIL() << "they have taken each other for somebody else";
}

TEST_F(SilentConnectionsTest, AStatementSentAfterTheQuestionIsNoneOfItsAnswer) {
  EXPECT_FALSE(hangs_after_look(kIdle));
  ASSERT_TRUE(look_is_asked_for());
  const FailedAttempt earlier = work;
  desk.pass(milliseconds{1});
  work = desk.start();
  EXPECT_FALSE(hangs_after(seen(kIdle)));
  EXPECT_TRUE(desk.work_hangs(earlier, connection));
}

TEST_F(SilentConnectionsTest, AnotherStatementOnTheSameConnectionBeginsAnew) {
  EXPECT_FALSE(hangs_after_look(kIdle));
  desk.succeed(work);
  work = desk.start();
  ASSERT_TRUE(look_is_asked_for());
  EXPECT_FALSE(hangs_after(seen(kIdle)));
}

TEST_F(SilentConnectionsTest, AnEventLoopThatStoodStillMayNotHaveReadTheAnswer) {
  EXPECT_FALSE(hangs_after_look(kIdle));
  desk.now += seconds{5};
  desk.tick();
  ASSERT_EQ(desk.count<LoopStalled>(), 1U);
  EXPECT_FALSE(hangs_after_look(kIdle)) << "it counts anew";
  EXPECT_TRUE(is_ever_ended([this] { return seen(kIdle); }));
}

TEST_F(SilentConnectionsTest, ThatOthersAreWellHidesNothing) {
  const TimePoint until = desk.now + desk.config.probe.suspect_after;
  while (desk.now < until) {
    desk.succeed(desk.start());
    desk.pass(milliseconds{10});
  }
  EXPECT_EQ(desk.count<LookAtConnections>(), 1U);
  EXPECT_EQ(desk.count<StateChanged>(), 0U);
}

TEST_F(SilentConnectionsTest, AnAnswerThatNobodyWaitsForAnyMoreChangesNothing) {
  ASSERT_TRUE(look_is_asked_for());
  const std::uint64_t first = desk.last<LookAtConnections>().look;
  ASSERT_TRUE(look_is_asked_for()) << "the host has not answered";
  desk.core.on_activity(desk.now, first, seen(kIdle));
  desk.drain();
  EXPECT_FALSE(desk.work_hangs(work, connection));
}

TEST_F(SilentConnectionsTest, AnOutageIsSomebodyElsesAffair) {
  EXPECT_FALSE(hangs_after_look(kIdle));
  desk.down();
  desk.forget();
  desk.pass(seconds{5});
  EXPECT_EQ(desk.count<LookAtConnections>(), 0U);
}

TEST(SilentConnections, NobodyLooksWhereNothingIsInFlightForLong) {
  Desk desk;
  desk.up();
  for (int i = 0; i < 6000; ++i) {
    const FailedAttempt a_try = desk.start();
    desk.pass(milliseconds{5});
    desk.succeed(a_try);
    desk.pass(milliseconds{5});
  }
  desk.pass(minutes{1});
  EXPECT_EQ(desk.count<LookAtConnections>(), 0U);
}

TEST(SilentConnections, WithoutAProbeNobodyLooks) {
  Desk desk({}, {true, false});
  desk.pass(milliseconds{5});
  desk.verified(VerifyVerdict::kOk);
  desk.start();
  desk.pass(seconds{10});
  EXPECT_EQ(desk.count<LookAtConnections>(), 0U);
}

// One connection, and the process of the server that is behind it: asked about from `asked` on.
struct Look {
  explicit Look(BackendState state) {
    work.try_started = asked - milliseconds{1};
    connection = {.number = 1, .pid = kPid, .opened = asked - minutes{1}};
    activity.known = true;
    activity.server_started_us = kServer;
    activity.backends.push_back({kPid, state, minutes{1}, seconds{5}, 42});
  }
  void answer(TimePoint at) {
    const std::uint64_t look = silent.begin_look(at);
    EXPECT_TRUE(silent.on_answer(at + milliseconds{2}, look, activity));
  }

  const TimePoint asked = kStart + hours{1};
  SilentConnections silent{ProbeConfig{}, kStart};
  FailedAttempt work;
  UsedConnection connection;
  ServerActivity activity;
};

TEST(SilentConnections, TheServerIsSeenAtWorkForWhatItHadBeenAskedBeforeTheLook) {
  Look look(kActive);
  EXPECT_FALSE(look.silent.working(look.work, look.connection)) << "nobody has looked";
  look.answer(look.asked);
  EXPECT_TRUE(look.silent.working(look.work, look.connection));
  FailedAttempt at_once = look.work;
  at_once.try_started = look.asked;
  EXPECT_FALSE(look.silent.working(at_once, look.connection)) << "it may work for somebody else";
  UsedConnection unknown = look.connection;
  unknown.number = 0;
  EXPECT_FALSE(look.silent.working(look.work, unknown));
  UsedConnection elsewhere = look.connection;
  elsewhere.pid = kPid + 1;
  EXPECT_FALSE(look.silent.working(look.work, elsewhere)) << "nobody sees its process";
  UsedConnection older = look.connection;
  older.opened -= minutes{5};
  EXPECT_FALSE(look.silent.working(look.work, older)) << "a process of the same number";
  look.silent.restart(look.asked + milliseconds{5});
  EXPECT_FALSE(look.silent.working(look.work, look.connection)) << "what was seen says nothing any more";
}

TEST(SilentConnections, NobodyIsConvictedByWhatSaysNothing) {
  const auto lost = [](const auto& change) {
    Look look(kIdle);
    look.answer(look.asked);
    EXPECT_FALSE(look.silent.lost(look.work, look.connection));
    look.activity.backends[0].age += seconds{5};
    look.answer(look.asked + seconds{5});
    change(look);
    return look.silent.lost(look.work, look.connection);
  };
  EXPECT_TRUE(lost([](Look&) {}));
  EXPECT_FALSE(lost([](Look& look) { look.connection.number = 0; }));
  EXPECT_FALSE(lost([](Look& look) { look.work.try_started = look.asked + seconds{5}; }));
  EXPECT_FALSE(lost([](Look& look) { look.silent.restart(look.asked + seconds{6}); }));

  // It has no number: it may be any.
  Look unknown(kIdle);
  unknown.connection.number = 0;
  unknown.answer(unknown.asked);
  EXPECT_FALSE(unknown.silent.lost(unknown.work, unknown.connection));
  unknown.activity.backends[0].age += seconds{5};
  unknown.answer(unknown.asked + seconds{5});
  EXPECT_FALSE(unknown.silent.lost(unknown.work, unknown.connection));
}

TEST(SilentConnections, NobodyIsConvictedWhileALookIsUnderWay) {
  Look look(kIdle);
  look.connection.opened += seconds{6};  // its process was born a while before
  look.answer(look.asked);
  EXPECT_FALSE(look.silent.lost(look.work, look.connection));
  static_cast<void>(look.silent.begin_look(look.asked + seconds{5}));
  EXPECT_FALSE(look.silent.lost(look.work, look.connection));
}

TEST(SilentConnections, WhoeverWantsToKnowSoonestDecidesWhenTheNextLookIs) {
  SilentConnections silent{ProbeConfig{}, kStart};
  Counters counters;
  counters.started = 1;
  counters.oldest_in_flight = kStart;
  silent.look_by(kStart + milliseconds{500});
  silent.look_by(kStart + milliseconds{900});
  EXPECT_EQ(silent.due(counters), kStart + milliseconds{500});
}

TEST(SilentConnections, OnlyTheLastLooksAnswerCountsAndOnce) {
  Look look(kActive);
  const std::uint64_t first = look.silent.begin_look(look.asked);
  const std::uint64_t second = look.silent.begin_look(look.asked + seconds{1});
  EXPECT_FALSE(look.silent.on_answer(look.asked + seconds{2}, first, look.activity));
  EXPECT_TRUE(look.silent.on_answer(look.asked + seconds{2}, second, look.activity));
  EXPECT_FALSE(look.silent.on_answer(look.asked + seconds{2}, second, look.activity));
}

TEST(SilentConnections, ALookThatIsNotAnsweredIsWaitedForThreeTimesItsTimeout) {
  const ProbeConfig config;
  SilentConnections silent{config, kStart};
  Counters counters;
  counters.started = 1;
  counters.oldest_in_flight = kStart;
  static_cast<void>(silent.begin_look(kStart + seconds{2}));
  EXPECT_EQ(silent.due(counters), kStart + seconds{2} + config.timeout * 3);
}

TEST(SilentConnections, WhatBeganWithTheLookIsNotJudgedByIt) {
  Look look(kIdle);
  look.work.try_started = look.asked;
  look.answer(look.asked);
  EXPECT_FALSE(look.silent.lost(look.work, look.connection));
  look.activity.backends[0].age += seconds{5};
  look.answer(look.asked + seconds{5});
  EXPECT_FALSE(look.silent.lost(look.work, look.connection)) << "it was seen once";
}

TEST(SilentConnections, AProcessIsOursIfItsLoginTookNoLongerThanLoginsMay) {
  Look look(kActive);
  look.answer(look.asked);
  const TimePoint born = look.asked + milliseconds{2} - look.activity.backends[0].age;
  look.connection.opened = born + SilentConnections::kLongestLogin;
  EXPECT_TRUE(look.silent.working(look.work, look.connection));
  look.connection.opened += Duration{1};
  EXPECT_FALSE(look.silent.working(look.work, look.connection));
}

TEST(SilentConnections, ALookThatIsDueAMomentBeforeOneThatMayConvictIsLeftOut) {
  const auto due_with = [](Duration convicts) {
    SilentConnections silent{ProbeConfig{}, kStart};
    Counters counters;
    counters.started = 1;
    counters.oldest_in_flight = kStart;
    silent.look_by(kStart + convicts);
    return silent.due(counters) - kStart;
  };
  const Duration usual = ProbeConfig{}.suspect_after;
  EXPECT_EQ(due_with(usual + SilentConnections::kLeastSilence), usual + SilentConnections::kLeastSilence);
  EXPECT_EQ(due_with(usual + SilentConnections::kLeastSilence + Duration{1}), usual);
}

TEST(SilentConnections, WhoeverIsUnderSuspicionIsAskedAboutNoMoreRarely) {
  Counters counters;
  counters.started = 1;
  counters.oldest_in_flight = kStart;
  const auto next_after = [&](BackendState state) {
    Look look(state);
    look.answer(look.asked);
    EXPECT_FALSE(look.silent.lost(look.work, look.connection));
    look.answer(look.asked + seconds{5});
    return look.silent.due(counters) - (look.asked + seconds{5});
  };
  EXPECT_EQ(next_after(kIdle), ProbeConfig{}.suspect_after);
  EXPECT_EQ(next_after(kActive), ProbeConfig{}.suspect_after * 2) << "a slow query";
}

}  // namespace
}  // namespace resilience
