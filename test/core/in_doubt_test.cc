#include "core/in_doubt.h"

#include <gtest/gtest.h>

#include <string>

namespace resilience {
namespace {

// A transaction with id 900 whose WAL record ends at 0/2000, on a server that has not recovered since its start.
const Learned kLearned{.xid = "900",
                       .lsn = "0/2000",
                       .replay_lsn = std::nullopt,
                       .start_time = "100.5",
                       .stats_reset = "50.25",
                       .system_id = "7710434640547337979"};

// The same run of the same server.
const Observed kSameRun{.replay_lsn = std::nullopt,
                        .start_time = "100.5",
                        .stats_reset = "50.25",
                        .system_id = "7710434640547337979",
                        .status = XactStatus::kCommitted};

struct Row {
  const char* name;
  Learned learned = kLearned;
  Observed observed = kSameRun;
  InDoubtDecision expected;
};

template <typename Base, typename Change>
Base with(Base base, Change change) {
  change(base);
  return base;
}

Learned learned(auto change) {
  return with(kLearned, change);
}
Observed same_run(auto change) {
  return with(kSameRun, change);
}

// Crashed or promoted: what answers has replayed up to `replay_lsn`.
Observed recovered(const char* replay_lsn, XactStatus status) {
  return same_run([&](Observed& o) {
    o.replay_lsn = replay_lsn;
    o.start_time = "200.5";
    o.stats_reset = "200.75";
    o.status = status;
  });
}

Observed restarted_in_order(XactStatus status) {
  return same_run([&](Observed& o) {
    o.start_time = "200.5";
    o.status = status;
  });
}

constexpr InDoubtDecision kNo(InDoubtReason reason) {
  return {TransactionFate::kNotCommitted, reason};
}
constexpr InDoubtDecision kYes(InDoubtReason reason) {
  return {TransactionFate::kCommitted, reason};
}
constexpr InDoubtDecision kMaybe(InDoubtReason reason) {
  return {TransactionFate::kUnknown, reason};
}
constexpr InDoubtDecision kGhost(InDoubtReason reason) {
  return {TransactionFate::kInProgress, reason};
}

using enum InDoubtReason;

const Row kRows[] = {
    // Nothing written.
    {.name = "a transaction without an id has nothing to lose",
     .learned = learned([](Learned& l) { l.xid = std::nullopt; }),
     .expected = kYes(kNothingWritten)},
    {.name = "a serializable one may have been refused for what it read",
     .learned = learned([](Learned& l) {
       l.xid = std::nullopt;
       l.serializable = true;
     }),
     .expected = kNo(kNothingWritten)},

    // No recovery since: the status is exact.
    {.name = "same run, committed", .expected = kYes(kNoRecovery)},
    {.name = "same run, aborted",
     .observed = same_run([](Observed& o) { o.status = XactStatus::kAborted; }),
     .expected = kNo(kNoRecovery)},
    {.name = "same run, in progress: the COMMIT was swallowed",
     .observed = same_run([](Observed& o) { o.status = XactStatus::kInProgress; }),
     .expected = kGhost(kNoRecovery)},
    {.name = "same run, status forgotten",
     .observed = same_run([](Observed& o) { o.status = XactStatus::kForgotten; }),
     .expected = kMaybe(kForgotten)},
    {.name = "same run, yet an id not given out",
     .observed = same_run([](Observed& o) { o.status = XactStatus::kInTheFuture; }),
     .expected = kMaybe(kContradiction)},
    {.name = "same run, status not asked",
     .observed = same_run([](Observed& o) { o.status = XactStatus::kNotAsked; }),
     .expected = kMaybe(kUnreadable)},
    {.name = "same run of a server that had recovered before",
     .learned = learned([](Learned& l) { l.replay_lsn = "0/1000"; }),
     .observed = same_run([](Observed& o) { o.replay_lsn = "0/1000"; }),
     .expected = kYes(kNoRecovery)},

    // Recovered, and the id may belong to another by now.
    {.name = "replayed less than the transaction: 'committed' is another's",
     .observed = recovered("0/1FFF", XactStatus::kCommitted),
     .expected = kNo(kWalLost)},
    {.name = "replayed less, the id not given out again yet",
     .observed = recovered("0/1FFF", XactStatus::kInTheFuture),
     .expected = kNo(kWalLost)},
    {.name = "replayed exactly its record: the id is its own",
     .observed = recovered("0/2000", XactStatus::kAborted),
     .expected = kNo(kWalSurvived)},
    {.name = "replayed beyond it, committed",
     .observed = recovered("1/0", XactStatus::kCommitted),
     .expected = kYes(kWalSurvived)},
    {.name = "replayed beyond it, in progress",
     .observed = recovered("1/0", XactStatus::kInProgress),
     .expected = kGhost(kWalSurvived)},
    {.name = "replayed beyond it, forgotten",
     .observed = recovered("1/0", XactStatus::kForgotten),
     .expected = kMaybe(kForgotten)},
    {.name = "replayed beyond it, yet an id not given out",
     .observed = recovered("1/0", XactStatus::kInTheFuture),
     .expected = kMaybe(kContradiction)},
    {.name = "positions are numbers, not texts",
     .learned = learned([](Learned& l) { l.lsn = "0/A000000"; }),
     .observed = recovered("0/9FFFFFF", XactStatus::kCommitted),
     .expected = kNo(kWalLost)},
    {.name = "the high half counts first",
     .learned = learned([](Learned& l) { l.lsn = "2/0"; }),
     .observed = recovered("1/FFFFFFFF", XactStatus::kCommitted),
     .expected = kNo(kWalLost)},
    {.name = "a crash of one backend recovers without a new start time",
     .observed = with(recovered("0/1FFF", XactStatus::kCommitted), [](Observed& o) { o.start_time = "100.5"; }),
     .expected = kNo(kWalLost)},
    {.name = "such a crash that lost nothing",
     .observed = with(recovered("0/3000", XactStatus::kCommitted), [](Observed& o) { o.start_time = "100.5"; }),
     .expected = kYes(kWalSurvived)},
    {.name = "recovered, but where the transaction stood was not learned",
     .learned = learned([](Learned& l) { l.lsn = std::nullopt; }),
     .observed = recovered("0/3000", XactStatus::kCommitted),
     .expected = kMaybe(kUnreadable)},

    // Restarted without a recovery.
    {.name = "stopped in order, committed",
     .observed = restarted_in_order(XactStatus::kCommitted),
     .expected = kYes(kCleanRestart)},
    {.name = "stopped in order, aborted",
     .observed = restarted_in_order(XactStatus::kAborted),
     .expected = kNo(kCleanRestart)},
    {.name = "stopped in order after an earlier recovery",
     .learned = learned([](Learned& l) { l.replay_lsn = "0/1000"; }),
     .observed = restarted_in_order(XactStatus::kCommitted),
     .expected = kYes(kCleanRestart)},
    {.name = "no transaction lives through a restart",
     .observed = restarted_in_order(XactStatus::kInProgress),
     .expected = kMaybe(kContradiction)},
    {.name = "restarted with new statistics: a crash with nothing to replay, or a reset",
     .observed = with(restarted_in_order(XactStatus::kCommitted), [](Observed& o) { o.stats_reset = "200.75"; }),
     .expected = kMaybe(kRestartUnclear)},
    {.name = "restarted, statistics not readable now",
     .observed = with(restarted_in_order(XactStatus::kCommitted), [](Observed& o) { o.stats_reset = std::nullopt; }),
     .expected = kMaybe(kRestartUnclear)},
    {.name = "restarted, statistics not readable then",
     .learned = learned([](Learned& l) { l.stats_reset = std::nullopt; }),
     .observed = restarted_in_order(XactStatus::kCommitted),
     .expected = kMaybe(kRestartUnclear)},

    // Other servers.
    {.name = "a standby cannot say",
     .observed = with(recovered("0/3000", XactStatus::kCommitted), [](Observed& o) { o.in_recovery = true; }),
     .expected = kMaybe(kStandby)},
    {.name = "another cluster cannot say",
     .observed = same_run([](Observed& o) { o.system_id = "1"; }),
     .expected = kMaybe(kAnotherSystem)},
    {.name = "an unreadable system identifier does not stand in the way",
     .observed = same_run([](Observed& o) { o.system_id = std::nullopt; }),
     .expected = kYes(kNoRecovery)},
    {.name = "a run that has forgotten its recovery is none",
     .learned = learned([](Learned& l) { l.replay_lsn = "0/1000"; }),
     .expected = kMaybe(kContradiction)},

    // Nonsense never decides.
    {.name = "an id that is none",
     .learned = learned([](Learned& l) { l.xid = "twelve"; }),
     .expected = kMaybe(kUnreadable)},
    {.name = "a learned position that is none",
     .learned = learned([](Learned& l) { l.lsn = "0-2000"; }),
     .observed = recovered("0/3000", XactStatus::kCommitted),
     .expected = kMaybe(kUnreadable)},
    {.name = "an observed position that is none is not 'no recovery'",
     .observed = same_run([](Observed& o) { o.replay_lsn = ""; }),
     .expected = kMaybe(kUnreadable)},
    {.name = "the same nonsense twice is not 'no recovery'",
     .learned = learned([](Learned& l) { l.replay_lsn = "x"; }),
     .observed = same_run([](Observed& o) { o.replay_lsn = "x"; }),
     .expected = kMaybe(kUnreadable)},
    {.name = "no start time, no decision, even with a position below",
     .learned = learned([](Learned& l) { l.start_time = std::nullopt; }),
     .observed = recovered("0/1000", XactStatus::kAborted),
     .expected = kMaybe(kUnreadable)},
    {.name = "an empty start time is none",
     .learned = learned([](Learned& l) { l.start_time = ""; }),
     .observed = same_run([](Observed& o) { o.start_time = ""; }),
     .expected = kMaybe(kUnreadable)},
};

std::string describe(const InDoubtDecision& decision) {
  return std::string(to_string(decision.verdict)) + " (" + std::string(to_string(decision.reason)) + ")";
}

TEST(InDoubt, DecidesByTheTable) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(describe(decide_in_doubt(row.learned, row.observed)), describe(row.expected));
  }
}

TEST(InDoubt, EveryReasonIsInTheTable) {
  for (int value = 0; value <= static_cast<int>(kUnreadable); ++value) {
    const auto reason = static_cast<InDoubtReason>(value);
    if (reason == kMarker) continue;  // decide_mark's
    bool seen = false;
    for (const Row& row : kRows) seen = seen || row.expected.reason == reason;
    EXPECT_TRUE(seen) << to_string(reason);
  }
}

TEST(InDoubt, AsksAgainOnlyWhereTheAnswerMayChange) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const bool may_change = row.expected.verdict == TransactionFate::kInProgress || row.expected.reason == kStandby;
    EXPECT_EQ(decide_in_doubt(row.learned, row.observed).ask_again(), may_change);
  }
}

TEST(ParseLsn, ReadsWhatPostgreSqlWrites) {
  EXPECT_EQ(parse_lsn("0/0"), Lsn{0});
  EXPECT_EQ(parse_lsn("0/1"), Lsn{1});
  EXPECT_EQ(parse_lsn("16/B374D848"), Lsn{0x16B374D848});
  EXPECT_EQ(parse_lsn("16/b374d848"), Lsn{0x16B374D848});
  EXPECT_EQ(parse_lsn("1/0"), Lsn{std::uint64_t{1} << 32U});
  EXPECT_EQ(parse_lsn("FFFFFFFF/FFFFFFFF"), Lsn{~std::uint64_t{0}});
}

TEST(ParseLsn, RefusesEverythingElse) {
  using namespace std::string_view_literals;
  for (const auto text : {""sv,
                          "/"sv,
                          "0"sv,
                          "0/"sv,
                          "/0"sv,
                          "0//0"sv,
                          "0/0/0"sv,
                          "100000000/0"sv,
                          "0/100000000"sv,
                          "-1/0"sv,
                          "+1/0"sv,
                          "0/-1"sv,
                          " 0/0"sv,
                          "0/0 "sv,
                          "0x1/0"sv,
                          "G/0"sv,
                          "0\\0"sv,
                          "0/0\0"sv,
                          "\0/0"sv,
                          "null"sv,
                          "0/\xFF"sv,
                          "123456789012345678901234567890/0"sv}) {
    EXPECT_EQ(parse_lsn(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(ParseXid, ReadsEightBytesAndNoReservedId) {
  EXPECT_EQ(parse_xid("3"), 3U);
  EXPECT_EQ(parse_xid("4294967296"), 4294967296U);
  EXPECT_EQ(parse_xid("18446744073709551615"), ~std::uint64_t{0});
  for (const auto* text : {"", "0", "1", "2", "-3", "+3", " 3", "3 ", "0x3", "18446744073709551616", "3.0", "three"}) {
    EXPECT_EQ(parse_xid(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(ParseXactStatus, KnowsPostgreSqlsWords) {
  EXPECT_EQ(parse_xact_status("committed"), XactStatus::kCommitted);
  EXPECT_EQ(parse_xact_status("aborted"), XactStatus::kAborted);
  EXPECT_EQ(parse_xact_status("in progress"), XactStatus::kInProgress);
  EXPECT_EQ(parse_xact_status("in the future"), XactStatus::kInTheFuture);
  EXPECT_EQ(parse_xact_status(std::nullopt), XactStatus::kForgotten);
  for (const auto* text : {"", "Committed", "commit", "in_progress"}) {
    EXPECT_EQ(parse_xact_status(text), XactStatus::kNotAsked) << text;
  }
}

}  // namespace
}  // namespace resilience
