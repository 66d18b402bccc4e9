// What became of a transaction whose COMMIT went unanswered, decided from what PostgreSQL said before and says now.
//
// Asking pg_xact_status(x) alone is wrong after a crash or a promotion: a transaction id whose WAL was not flushed is
// given out again, and the status is then that of somebody else's transaction. So x's position in the WAL is learned
// before COMMIT, and compared with how far the recovery since, if there was one, has replayed.
//
// Pure: a function of its arguments. Texts are PostgreSQL's own and may be nonsense; nonsense never decides. One
// recovery between learning and asking is decided exactly; two that follow each other can leave a position that looks
// survived, and only a mark tells those apart (core/in_doubt_mark.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace resilience {

// A position in the write-ahead log.
struct Lsn {
  std::uint64_t value = 0;
  bool operator==(const Lsn&) const = default;
  friend constexpr bool operator<(Lsn a, Lsn b) noexcept { return a.value < b.value; }
};

// PostgreSQL's pg_lsn: two hexadecimal numbers of one to eight digits, '16/B374D848'. Empty for any other text.
[[nodiscard]] std::optional<Lsn> parse_lsn(std::string_view text) noexcept;

// A transaction id as xid8 prints it: decimal, 64 bits, at least 3. Empty for any other text.
[[nodiscard]] std::optional<std::uint64_t> parse_xid(std::string_view text) noexcept;

using MaybeText = std::optional<std::string_view>;  // empty: SQL's null, or not readable by this role

// Read in the transaction itself, before COMMIT was sent.
struct Learned {
  MaybeText xid{};          // pg_current_xact_id(); empty: the transaction has written nothing
  MaybeText lsn{};          // of a WAL record that carries xid
  MaybeText replay_lsn{};   // pg_last_wal_replay_lsn(); empty: the server has not recovered since its start
  MaybeText start_time{};   // pg_postmaster_start_time()
  MaybeText stats_reset{};  // of pg_stat_bgwriter: survives a clean stop, not a crash
  MaybeText system_id{};    // of pg_control_system()
  bool serializable = false;
};

enum class XactStatus : std::uint8_t {
  kNotAsked = 0,
  kCommitted = 1,
  kAborted = 2,
  kInProgress = 3,
  kForgotten = 4,    // null: older than what the server remembers
  kInTheFuture = 5,  // not given out yet (SQLSTATE 22023)
};

// 'committed', 'aborted', 'in progress', 'in the future'; null is kForgotten and any other text kNotAsked.
[[nodiscard]] XactStatus parse_xact_status(MaybeText text) noexcept;

// Read on one new connection, after the connection of the transaction was lost.
struct Observed {
  bool in_recovery = false;
  MaybeText replay_lsn{};
  MaybeText start_time{};
  MaybeText stats_reset{};
  MaybeText system_id{};
  XactStatus status = XactStatus::kNotAsked;
};

enum class TransactionFate : std::uint8_t {
  kCommitted = 0,
  kNotCommitted = 1,
  kInProgress = 2,  // its backend still holds it: end that backend, then ask again
  kUnknown = 3,
};

enum class InDoubtReason : std::uint8_t {
  kNothingWritten = 0,  // it has no transaction id: there is nothing to lose and nothing to do twice
  kMarker = 1,          // the mark is there, or a refusal is and it can no longer come
  kNoRecovery = 2,      // same incarnation of the server: its status is exact
  kWalLost = 3,         // the recovery ended before the transaction's WAL
  kWalSurvived = 4,     // its WAL was replayed, so its id is its own and its status exact
  kCleanRestart = 5,    // stopped and started in order: all was flushed
  kStandby = 6,         // the server asked is in recovery itself
  kAnotherSystem = 7,   // another cluster altogether
  kRestartUnclear = 8,  // restarted, and neither a replay position nor the statistics tell how
  kForgotten = 9,       // the status is older than what the server keeps
  kContradiction = 10,  // the readings cannot all be of one history
  kUnreadable = 11,     // a reading is missing or is no text that PostgreSQL writes
  kAlone = 12,          // it was not run in the transaction that its mark was to share
};

struct InDoubtDecision {
  TransactionFate verdict = TransactionFate::kUnknown;
  InDoubtReason reason = InDoubtReason::kUnreadable;

  // Asking the same question later may be answered otherwise.
  [[nodiscard]] constexpr bool ask_again() const noexcept {
    return verdict == TransactionFate::kInProgress || reason == InDoubtReason::kStandby;
  }
  bool operator==(const InDoubtDecision&) const = default;
};

[[nodiscard]] InDoubtDecision decide_in_doubt(const Learned& learned, const Observed& observed) noexcept;

// 'committed', 'not-committed', 'in-progress', 'unknown'.
[[nodiscard]] std::string_view to_string(TransactionFate verdict) noexcept;
// 'nothing-written', 'marker', 'no-recovery', 'wal-lost', 'wal-survived', 'clean-restart', 'standby',
// 'another-system', 'restart-unclear', 'forgotten', 'contradiction', 'unreadable', 'alone'.
[[nodiscard]] std::string_view to_string(InDoubtReason reason) noexcept;

}  // namespace resilience
