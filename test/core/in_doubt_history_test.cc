// The rule against random histories of a model server that does what PostgreSQL does to transaction ids and WAL:
// ids are handed out in order, what was not flushed is lost in a crash, and ids that no surviving record mentions are
// handed out again.
#include <gtest/gtest.h>

#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "core/in_doubt.h"
#include "core/rng.h"

namespace resilience {
namespace {

using Token = std::uint64_t;  // which transaction it really is; ids are not unique, tokens are

std::string lsn_text(std::uint64_t lsn) {
  char buffer[32] = {};
  char* at = std::to_chars(buffer, buffer + 16, lsn >> 32U, 16).ptr;
  *at++ = '/';
  at = std::to_chars(at, buffer + sizeof(buffer), lsn & 0xFFFFFFFFU, 16).ptr;
  return {buffer, at};
}

struct Transaction {
  std::uint64_t xid;
  Token token;
};

class ModelServer {
 public:
  explicit ModelServer(Rng& rng) : rng_(rng) {}

  Transaction begin() {
    const Transaction transaction{next_xid_++, ++next_token_};
    in_progress_[transaction.xid] = transaction.token;
    return transaction;
  }

  // Position after a record that carries the transaction's id.
  std::uint64_t log(const Transaction& transaction) { return append(transaction, false); }

  void commit(const Transaction& transaction) {
    append(transaction, true);
    settle(transaction, true);
  }
  void abort(const Transaction& transaction) { settle(transaction, false); }

  void others_work(std::uint64_t up_to) {
    for (std::uint64_t n = pick(up_to + 1); n > 0; --n) {
      const Transaction other = begin();
      log(other);
      if (pick(3) > 0) {
        commit(other);
      } else {
        abort(other);
      }
    }
  }

  // Loses the WAL's tail from a random record on. A promotion of a lagging standby looks the same.
  void crash() {
    wal_.resize(pick(wal_.size() + 1));
    in_progress_.clear();
    status_.clear();
    committed_.clear();
    next_xid_ = kFirstXid;
    position_ = kStart;
    for (const Record& record : wal_) {
      position_ = record.end;
      next_xid_ = std::max(next_xid_, record.transaction.xid + 1);
      if (record.is_commit) {
        status_[record.transaction.xid] = true;
        committed_[record.transaction.token] = true;
      }
    }
    replayed_ = lsn_text(position_);
    start_time_ = std::to_string(++starts_);
    stats_reset_ = start_time_;
  }

  void restart_in_order() {
    in_progress_.clear();
    replayed_.reset();
    start_time_ = std::to_string(++starts_);
  }

  // What a crash leaves when the log ends with a checkpoint: nothing to replay, and the statistics are gone.
  void crash_with_nothing_to_replay() {
    restart_in_order();
    stats_reset_ = start_time_;
  }

  void end_backend(const Transaction& transaction) {
    const auto held = in_progress_.find(transaction.xid);
    if (held != in_progress_.end() && held->second == transaction.token) in_progress_.erase(held);
  }

  [[nodiscard]] bool is_committed(const Transaction& transaction) const {
    return committed_.contains(transaction.token);
  }
  [[nodiscard]] XactStatus status(std::uint64_t xid) const {
    if (xid >= next_xid_) return XactStatus::kInTheFuture;
    if (in_progress_.contains(xid)) return XactStatus::kInProgress;
    const auto known = status_.find(xid);
    return known != status_.end() && known->second ? XactStatus::kCommitted : XactStatus::kAborted;
  }
  [[nodiscard]] MaybeText replayed() const { return replayed_ ? MaybeText(*replayed_) : std::nullopt; }
  [[nodiscard]] const std::string& start_time() const { return start_time_; }
  [[nodiscard]] const std::string& stats_reset() const { return stats_reset_; }

  std::uint64_t pick(std::uint64_t below) { return rng_.next() % below; }

 private:
  static constexpr std::uint64_t kFirstXid = 700;
  static constexpr std::uint64_t kStart = 0xFFFFFF00;  // the low half overflows early on

  struct Record {
    Transaction transaction;
    bool is_commit;
    std::uint64_t end;
  };

  std::uint64_t append(const Transaction& transaction, bool is_commit) {
    position_ += 8 + pick(64);
    wal_.push_back({transaction, is_commit, position_});
    return position_;
  }
  void settle(const Transaction& transaction, bool committed) {
    in_progress_.erase(transaction.xid);
    status_[transaction.xid] = committed;
    if (committed) committed_[transaction.token] = true;
  }

  Rng& rng_;
  std::uint64_t next_xid_ = kFirstXid;
  Token next_token_ = 0;
  std::uint64_t position_ = kStart;
  std::vector<Record> wal_;
  std::map<std::uint64_t, Token> in_progress_;
  std::map<std::uint64_t, bool> status_;
  std::map<Token, bool> committed_;
  std::optional<std::string> replayed_;
  int starts_ = 1;
  std::string start_time_ = "1";
  std::string stats_reset_ = "1";
};

enum class Event : std::uint8_t { kNone, kCrash, kRestart, kCrashWithNothingToReplay };
constexpr std::uint64_t kEventCount = 4;

struct Tally {
  int decided = 0;
  int unknown = 0;
  int naive_wrong = 0;
};

// Strings that Learned and Observed point into.
struct Reading {
  std::string xid, lsn, replayed, start_time, stats_reset;
};

void run_history(Rng& rng, Tally& tally) {
  ModelServer server(rng);
  server.others_work(5);
  if (server.pick(3) == 0) {
    server.crash();
    server.others_work(3);
  }

  const Transaction ours = server.begin();
  server.others_work(4);
  Reading then{std::to_string(ours.xid), lsn_text(server.log(ours)), std::string(server.replayed().value_or("")),
               server.start_time(), server.stats_reset()};
  const Learned learned{.xid = then.xid,
                        .lsn = then.lsn,
                        .replay_lsn = server.replayed() ? MaybeText(then.replayed) : std::nullopt,
                        .start_time = then.start_time,
                        .stats_reset = then.stats_reset};
  server.others_work(3);

  // COMMIT arrived, or it was swallowed: then the server notices the lost connection, or does not.
  const bool arrived = server.pick(2) == 0;
  if (arrived) {
    server.commit(ours);
  } else if (server.pick(2) == 0) {
    server.abort(ours);
  }

  const auto event = static_cast<Event>(server.pick(kEventCount));
  switch (event) {
    case Event::kNone: break;
    case Event::kCrash: server.crash(); break;
    case Event::kRestart: server.restart_in_order(); break;
    case Event::kCrashWithNothingToReplay: server.crash_with_nothing_to_replay(); break;
  }
  server.others_work(12);

  for (int asked = 0; asked < 2; ++asked) {
    const std::string replayed(server.replayed().value_or(""));
    const Observed observed{.replay_lsn = server.replayed() ? MaybeText(replayed) : std::nullopt,
                            .start_time = server.start_time(),
                            .stats_reset = server.stats_reset(),
                            .status = server.status(ours.xid)};
    const bool truth = server.is_committed(ours);
    if (asked == 0 && (observed.status == XactStatus::kCommitted) != truth) ++tally.naive_wrong;
    const InDoubtDecision decision = decide_in_doubt(learned, observed);
    SCOPED_TRACE(std::string(to_string(decision.verdict)) + ", " + std::string(to_string(decision.reason)));
    switch (decision.verdict) {
      case TransactionFate::kCommitted:
        ASSERT_TRUE(truth);
        ++tally.decided;
        return;
      case TransactionFate::kNotCommitted:
        ASSERT_FALSE(truth);
        ++tally.decided;
        return;
      case TransactionFate::kUnknown:
        ASSERT_EQ(event, Event::kCrashWithNothingToReplay);
        ++tally.unknown;
        return;
      case TransactionFate::kInProgress:
        ASSERT_EQ(asked, 0) << "its backend was ended, and still it is in progress";
        server.end_backend(ours);
        break;
    }
  }
}

TEST(InDoubtHistory, IsNeverWrongWhereTheStatusAloneIs) {
  constexpr std::uint64_t kHistories = 50'000;
  Tally tally;
  for (std::uint64_t seed = 0; seed < kHistories; ++seed) {
    Rng rng(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    run_history(rng, tally);
    if (HasFatalFailure()) return;
  }
  // The histories are the ones that fool the status, and few stay open.
  EXPECT_GT(tally.naive_wrong, 1000);
  EXPECT_GT(tally.decided, 30'000);
  EXPECT_GT(tally.unknown, 0);
}

TEST(InDoubtHistory, NonsenseOfAnyKindIsNeverAVerdictOutOfThinAir) {
  Rng rng(7);
  const auto text = [&rng](std::string& into) -> MaybeText {
    constexpr std::string_view kLetters = "0123456789abcdefABCDEF/-x. \n\xFF";
    into.clear();
    for (std::uint64_t n = rng.next() % 12; n > 0; --n) into += kLetters[rng.next() % kLetters.size()];
    return rng.next() % 4 == 0 ? std::nullopt : MaybeText(into);
  };
  for (int round = 0; round < 200'000; ++round) {
    std::string texts[9];
    const Learned learned{.xid = "900",
                          .lsn = text(texts[0]),
                          .replay_lsn = text(texts[1]),
                          .start_time = text(texts[2]),
                          .stats_reset = text(texts[3]),
                          .system_id = text(texts[4])};
    const Observed observed{.replay_lsn = text(texts[5]),
                            .start_time = text(texts[6]),
                            .stats_reset = text(texts[7]),
                            .system_id = text(texts[8]),
                            .status = static_cast<XactStatus>(rng.next() % 6)};
    const InDoubtDecision decision = decide_in_doubt(learned, observed);
    if (decision.verdict == TransactionFate::kUnknown) continue;
    // A verdict needs start times, and every position it was given to be one.
    ASSERT_TRUE(learned.start_time && observed.start_time);
    for (const MaybeText position : {learned.lsn, learned.replay_lsn, observed.replay_lsn}) {
      ASSERT_TRUE(!position || parse_lsn(*position));
    }
  }
}

}  // namespace
}  // namespace resilience
