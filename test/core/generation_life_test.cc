#include "core/generation_life.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using enum ReplaceReason;

constexpr TimePoint kStart{};

TimePoint at(Duration time) {
  return kStart + time;
}

struct Story {
  explicit Story(bool has_client = true) : life(has_client, {}, effects) {}

  Epoch make(Duration now, ReplacePart part = ReplacePart::kClient) {
    return life.make(at(now), kManual, part, seconds{10});
  }
  // The next generation serves.
  Epoch replace(Duration now, Ending ending = Ending::kPatient, Duration drain = GenerationLife::kDrain,
                ReplacePart part = ReplacePart::kClient) {
    const Epoch epoch = make(now, part);
    EXPECT_TRUE(life.on_made(at(now), epoch, true));
    life.serve(at(now), part == ReplacePart::kClient ? "" : "postgres", ending, drain);
    return epoch;
  }
  // In words, and forgets them.
  std::vector<std::string> told() {
    std::vector<std::string> words;
    for (const Effect& effect : effects) {
      if (const auto* e = std::get_if<Replace>(&effect)) words.push_back("make " + std::to_string(e->epoch.value));
      if (const auto* e = std::get_if<StopMaking>(&effect)) words.push_back("stop " + std::to_string(e->epoch.value));
      if (const auto* e = std::get_if<ServeGeneration>(&effect))
        words.push_back("serve " + std::to_string(e->epoch.value));
      if (const auto* e = std::get_if<DrainGeneration>(&effect))
        words.push_back("drain " + std::to_string(e->epoch.value));
      if (const auto* e = std::get_if<CutGeneration>(&effect)) words.push_back("cut " + std::to_string(e->epoch.value));
      if (const auto* e = std::get_if<CloseGeneration>(&effect))
        words.push_back("close " + std::to_string(e->epoch.value));
      if (const auto* e = std::get_if<AbandonGeneration>(&effect))
        words.push_back("abandon " + std::to_string(e->epoch.value));
      if (std::holds_alternative<Ended>(effect)) words.emplace_back("ended");
    }
    effects.clear();
    return words;
  }

  Effects effects;
  GenerationLife life;
};

using Words = std::vector<std::string>;

TEST(GenerationLife, MadeServesDrainsAndIsClosed) {
  Story story;
  story.replace(seconds{1});
  EXPECT_EQ(story.told(), (Words{"make 1", "serve 1", "drain 0"}));
  EXPECT_EQ(story.life.serving(), Epoch{1});
  EXPECT_EQ(story.life.next_deadline(), kEndOfTime) << "it may take as long as it takes";
  story.life.on_drained(at(seconds{99}), Epoch{0});
  EXPECT_EQ(story.told(), Words{"close 0"});
  story.life.on_closed(Epoch{0});
  EXPECT_EQ(story.life.next_deadline(), kEndOfTime);
  EXPECT_EQ(story.told(), Words{});
}

TEST(GenerationLife, TheFirstOneIsNumberZeroAndNoNumberIsGivenTwice) {
  Story story(false);
  EXPECT_EQ(story.make(seconds{1}), Epoch{0});
  EXPECT_TRUE(story.life.on_made(at(seconds{1}), Epoch{0}, false));
  EXPECT_EQ(story.make(seconds{2}), Epoch{1});
  EXPECT_TRUE(story.life.on_made(at(seconds{2}), Epoch{1}, true));
  story.life.serve(at(seconds{2}), {}, Ending::kPatient, {});
  EXPECT_EQ(story.told(), (Words{"make 0", "make 1", "serve 1"})) << "nothing served before";
  EXPECT_EQ(story.life.take_number(), Epoch{2});
  EXPECT_EQ(story.make(seconds{3}), Epoch{3});
}

TEST(GenerationLife, WhatIsDeliveredAfterItsDeadlineIsClosed) {
  Story story;
  const Epoch late = story.make(seconds{1});
  EXPECT_FALSE(story.life.making_overdue(at(milliseconds{10999})));
  EXPECT_EQ(story.life.next_deadline(), at(seconds{11}));
  EXPECT_TRUE(story.life.making_overdue(at(seconds{11})));
  EXPECT_FALSE(story.life.making());
  EXPECT_EQ(story.told(), (Words{"make 1", "stop 1"}));
  story.replace(seconds{12});
  story.told();
  EXPECT_FALSE(story.life.on_made(at(seconds{30}), late, true));
  EXPECT_EQ(story.told(), Words{"close 1"});
  EXPECT_FALSE(story.life.on_made(at(seconds{30}), late, true)) << "told twice";
  EXPECT_EQ(story.told(), Words{});
  EXPECT_EQ(story.life.serving(), Epoch{2});
}

TEST(GenerationLife, WhatIsDeliveredInTimeHasAsLongAgainForItsQuery) {
  Story story;
  const Epoch epoch = story.make(seconds{1});
  story.life.on_delivered(at(seconds{9}), epoch);
  EXPECT_FALSE(story.life.making_overdue(at(milliseconds{18999})));
  EXPECT_TRUE(story.life.making_overdue(at(seconds{19})));
  story.life.on_delivered(at(seconds{20}), epoch);
  EXPECT_EQ(story.life.next_deadline(), kEndOfTime);
}

TEST(GenerationLife, AFailureThatIsLateIsNoNews) {
  Story story;
  const Epoch late = story.make(seconds{1});
  EXPECT_TRUE(story.life.making_overdue(at(seconds{11})));
  story.told();
  EXPECT_FALSE(story.life.on_made(at(seconds{30}), late, false));
  EXPECT_EQ(story.told(), Words{});
}

TEST(GenerationLife, WhoIsStillThereAfterTheDrainIsGivenUp) {
  struct Row {
    Ending ending;
    Words told;
    std::optional<bool> everybody;
  };
  for (const Row& row :
       {Row{Ending::kPatient, {}, {}}, Row{Ending::kUnlessProgress, {}, false}, Row{Ending::kCut, {"cut 0"}, true}}) {
    Story story;
    story.replace(seconds{1}, row.ending, seconds{2});
    story.told();
    EXPECT_EQ(story.life.tick(at(milliseconds{2999})), 0U);
    EXPECT_FALSE(story.life.given_up(Epoch{0}));
    const std::size_t given_up = story.life.tick(at(seconds{3}));
    EXPECT_EQ(given_up, row.everybody ? 1U : 0U);
    EXPECT_EQ(story.told(), row.told);
    const auto fate = story.life.given_up(Epoch{0});
    EXPECT_EQ(fate.has_value(), row.everybody.has_value());
    if (fate) {
      EXPECT_EQ(fate->everybody, *row.everybody);
      EXPECT_EQ(fate->since, at(seconds{3}));
    }
    EXPECT_FALSE(story.life.given_up(Epoch{1})) << "it serves";
    story.life.on_drained(at(seconds{4}), Epoch{0});
    EXPECT_EQ(story.told(), Words{"close 0"});
    EXPECT_FALSE(story.life.given_up(Epoch{0}));
  }
}

TEST(GenerationLife, AClientThatMayStillBeBusyIsAbandoned) {
  Story story;
  story.replace(seconds{1}, Ending::kCut, seconds{2});
  EXPECT_EQ(story.life.tick(at(seconds{3})), 1U);
  story.life.on_taken_back(Epoch{0});
  story.told();
  story.life.on_drained(at(seconds{3}), Epoch{0});
  EXPECT_EQ(story.told(), Words{"abandon 0"});
  EXPECT_FALSE(story.life.given_up(Epoch{0}));
}

TEST(GenerationLife, ClosingHasADeadline) {
  Story story;
  story.replace(seconds{1});
  story.life.on_drained(at(seconds{2}), Epoch{0});
  story.told();
  EXPECT_EQ(story.life.next_deadline(), at(seconds{2}) + GenerationLife::kClosing);
  EXPECT_EQ(story.life.tick(at(seconds{2}) + GenerationLife::kClosing), 0U);
  EXPECT_EQ(story.told(), Words{"abandon 0"});
  EXPECT_EQ(story.life.next_deadline(), kEndOfTime) << "and forgotten";
  story.life.on_closed(Epoch{0});
  EXPECT_EQ(story.told(), Words{});
}

TEST(GenerationLife, WhoeverBeganEarlierIsHurriedToo) {
  Story story;
  story.replace(seconds{1});                                   // 0 drains patiently
  story.replace(seconds{2}, Ending::kUnlessProgress);          // 1 until 7 s
  story.replace(seconds{3}, Ending::kCut, milliseconds{500});  // 2 until 3.5 s
  story.told();
  EXPECT_EQ(story.life.tick(at(milliseconds{3500})), 3U);
  EXPECT_EQ(story.told(), (Words{"cut 0", "cut 1", "cut 2"}));
}

TEST(GenerationLife, OneThatWasGivenUpMildlyIsCutWhenThatIsAskedFor) {
  Story story;
  story.replace(seconds{1}, Ending::kUnlessProgress, seconds{1});
  EXPECT_EQ(story.life.tick(at(seconds{2})), 1U);
  story.told();
  story.life.stop(at(seconds{10}), seconds{3});
  EXPECT_EQ(story.life.tick(at(seconds{13})), 2U);
  EXPECT_TRUE(story.life.given_up(Epoch{0})->everybody);
}

TEST(GenerationLife, ATryThatIsOlderThanTheAdaptersOfItsClientEndsWithTheClient) {
  Story story;
  story.replace(seconds{1}, Ending::kPatient, {}, ReplacePart::kConnections);  // 1 beneath client 0
  story.life.on_drained(at(seconds{1}), Epoch{0});
  story.life.on_closed(Epoch{0});
  story.replace(seconds{2}, Ending::kCut, seconds{1});  // client 2
  EXPECT_EQ(story.life.tick(at(seconds{3})), 1U);
  EXPECT_TRUE(story.life.given_up(Epoch{0}));
  EXPECT_TRUE(story.life.given_up(Epoch{1}));
  EXPECT_FALSE(story.life.given_up(Epoch{2}));
}

TEST(GenerationLife, StoppedItEndsWhateverItWasDoing) {
  Story story;
  story.replace(seconds{1});  // 0 drains
  const Epoch late = story.make(seconds{2});
  story.told();
  story.life.stop(at(seconds{3}), seconds{1});
  EXPECT_EQ(story.told(), (Words{"stop 2", "drain 1"}));
  story.life.on_drained(at(seconds{3}), Epoch{0});
  story.life.on_closed(Epoch{0});
  EXPECT_EQ(story.told(), Words{"close 0"});
  EXPECT_EQ(story.life.tick(at(seconds{4})), 1U);
  EXPECT_EQ(story.told(), Words{"cut 1"});
  story.life.on_drained(at(milliseconds{4100}), Epoch{1});
  EXPECT_EQ(story.told(), Words{"close 1"});
  EXPECT_EQ(story.life.tick(at(seconds{20})), 0U);
  EXPECT_EQ(story.told(), (Words{"abandon 1", "ended"})) << "and nobody waits for what the factory still owes";
  EXPECT_FALSE(story.life.on_made(at(seconds{30}), late, true));
  EXPECT_EQ(story.told(), Words{"close 2"});
  story.life.on_closed(late);
  EXPECT_EQ(story.told(), Words{}) << "told once";
}

TEST(GenerationLife, StoppedBeforeThereWasAClientItHasEnded) {
  Story story(false);
  story.make(seconds{1});
  story.life.stop(at(seconds{2}), seconds{1});
  EXPECT_EQ(story.told(), (Words{"make 0", "stop 0", "ended"}));
}

TEST(GenerationLife, AfterAShutdownTheEndIsToldOnceAllAreClosed) {
  Story story;
  story.life.stop(at(seconds{1}), seconds{10});
  story.life.on_drained(at(seconds{2}), Epoch{0});
  EXPECT_EQ(story.told(), (Words{"drain 0", "close 0"}));
  EXPECT_EQ(story.life.tick(at(seconds{3})), 0U);
  EXPECT_EQ(story.told(), Words{}) << "it is being closed";
  story.life.on_closed(Epoch{0});
  EXPECT_EQ(story.told(), Words{"ended"});
}

TEST(GenerationLife, NewsOfWhatIsNotDrainingChangesNothing) {
  Story story;
  story.replace(seconds{1});
  story.told();
  story.life.on_drained(at(seconds{2}), Epoch{99});
  story.life.on_drained(at(seconds{2}), story.life.serving());
  EXPECT_EQ(story.told(), Words{});
  story.life.on_drained(at(seconds{3}), Epoch{0});
  story.life.on_drained(at(seconds{3}), Epoch{0});
  EXPECT_EQ(story.told(), Words{"close 0"}) << "once";
}

}  // namespace
}  // namespace resilience
