#include "core/in_doubt.h"

#include <charconv>
#include <system_error>

namespace resilience {
namespace {

// Ids below it are reserved; a real transaction never has one.
constexpr std::uint64_t kFirstNormalXid = 3;

std::optional<std::uint64_t> parse_number(std::string_view text, int base) noexcept {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc{} || stopped_at != end) return std::nullopt;
  return value;
}

constexpr InDoubtDecision unknown(InDoubtReason reason) noexcept {
  return {TransactionFate::kUnknown, reason};
}

// The status is the transaction's own, by `reason`.
InDoubtDecision by_status(XactStatus status, InDoubtReason reason) noexcept {
  switch (status) {
    case XactStatus::kCommitted: return {TransactionFate::kCommitted, reason};
    case XactStatus::kAborted: return {TransactionFate::kNotCommitted, reason};
    case XactStatus::kInProgress: return {TransactionFate::kInProgress, reason};
    case XactStatus::kForgotten: return unknown(InDoubtReason::kForgotten);
    case XactStatus::kInTheFuture: return unknown(InDoubtReason::kContradiction);
    case XactStatus::kNotAsked: return unknown(InDoubtReason::kUnreadable);
  }
  return unknown(InDoubtReason::kUnreadable);
}

// nullopt where one of the two could not be read.
std::optional<bool> same(MaybeText a, MaybeText b) noexcept {
  if (!a || !b || a->empty() || b->empty()) return std::nullopt;
  return *a == *b;
}

enum class Incarnation : std::uint8_t {
  kSame = 0,           // the very run of the server that held the transaction: no recovery since
  kAnother = 1,        // restarted, recovered, or another server: no backend of then is left
  kContradictory = 2,  // a server does not forget within one run how far it has replayed
  kUnreadable = 3,
};

Incarnation incarnation(const Learned& learned, const Observed& observed) noexcept {
  const auto same_start = same(learned.start_time, observed.start_time);
  if (!same_start) return Incarnation::kUnreadable;
  if (!*same_start) return Incarnation::kAnother;
  if (learned.replay_lsn == observed.replay_lsn) return Incarnation::kSame;
  return observed.replay_lsn ? Incarnation::kAnother : Incarnation::kContradictory;
}

// Another incarnation that has replayed nothing: stopped in order, or killed with nothing to replay?
InDoubtDecision by_restart(const Learned& learned, const Observed& observed) noexcept {
  if (!same(learned.stats_reset, observed.stats_reset).value_or(false)) return unknown(InDoubtReason::kRestartUnclear);
  // No transaction lives through a restart: one that is in progress is another's.
  if (observed.status == XactStatus::kInProgress) return unknown(InDoubtReason::kContradiction);
  return by_status(observed.status, InDoubtReason::kCleanRestart);
}

InDoubtDecision by_replay(const Learned& learned, const Observed& observed) noexcept {
  if (!learned.lsn) return unknown(InDoubtReason::kUnreadable);
  if (*parse_lsn(*observed.replay_lsn) < *parse_lsn(*learned.lsn)) {
    return {TransactionFate::kNotCommitted, InDoubtReason::kWalLost};
  }
  return by_status(observed.status, InDoubtReason::kWalSurvived);
}

bool is_position(MaybeText text) noexcept {
  return !text || parse_lsn(*text).has_value();
}

}  // namespace

std::optional<Lsn> parse_lsn(std::string_view text) noexcept {
  constexpr std::size_t kMaxDigits = 8;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view high_text = text.substr(0, slash);
  const std::string_view low_text = text.substr(slash + 1);
  if (high_text.size() > kMaxDigits || low_text.size() > kMaxDigits) return std::nullopt;
  const auto high = parse_number(high_text, 16);
  const auto low = parse_number(low_text, 16);
  if (!high || !low) return std::nullopt;
  return Lsn{(*high << 32U) | *low};
}

std::optional<std::uint64_t> parse_xid(std::string_view text) noexcept {
  const auto xid = parse_number(text, 10);
  if (!xid || *xid < kFirstNormalXid) return std::nullopt;
  return xid;
}

XactStatus parse_xact_status(MaybeText text) noexcept {
  if (!text) return XactStatus::kForgotten;
  if (*text == "committed") return XactStatus::kCommitted;
  if (*text == "aborted") return XactStatus::kAborted;
  if (*text == "in progress") return XactStatus::kInProgress;
  if (*text == "in the future") return XactStatus::kInTheFuture;
  return XactStatus::kNotAsked;
}

InDoubtDecision decide_in_doubt(const Learned& learned, const Observed& observed) noexcept {
  if (!learned.xid) {
    // A serializable transaction may be refused at COMMIT for what it has read.
    return {learned.serializable ? TransactionFate::kNotCommitted : TransactionFate::kCommitted,
            InDoubtReason::kNothingWritten};
  }
  if (!parse_xid(*learned.xid) || !is_position(learned.lsn) || !is_position(learned.replay_lsn) ||
      !is_position(observed.replay_lsn)) {
    return unknown(InDoubtReason::kUnreadable);
  }
  if (!same(learned.system_id, observed.system_id).value_or(true)) return unknown(InDoubtReason::kAnotherSystem);
  if (observed.in_recovery) return unknown(InDoubtReason::kStandby);
  switch (incarnation(learned, observed)) {
    case Incarnation::kSame: return by_status(observed.status, InDoubtReason::kNoRecovery);
    case Incarnation::kAnother:
      return observed.replay_lsn ? by_replay(learned, observed) : by_restart(learned, observed);
    case Incarnation::kContradictory: return unknown(InDoubtReason::kContradiction);
    case Incarnation::kUnreadable: return unknown(InDoubtReason::kUnreadable);
  }
  return unknown(InDoubtReason::kUnreadable);
}

std::string_view to_string(TransactionFate verdict) noexcept {
  switch (verdict) {
    case TransactionFate::kCommitted: return "committed";
    case TransactionFate::kNotCommitted: return "not-committed";
    case TransactionFate::kInProgress: return "in-progress";
    case TransactionFate::kUnknown: return "unknown";
  }
  return "unknown";
}

std::string_view to_string(InDoubtReason reason) noexcept {
  switch (reason) {
    case InDoubtReason::kNothingWritten: return "nothing-written";
    case InDoubtReason::kMarker: return "marker";
    case InDoubtReason::kNoRecovery: return "no-recovery";
    case InDoubtReason::kWalLost: return "wal-lost";
    case InDoubtReason::kWalSurvived: return "wal-survived";
    case InDoubtReason::kCleanRestart: return "clean-restart";
    case InDoubtReason::kStandby: return "standby";
    case InDoubtReason::kAnotherSystem: return "another-system";
    case InDoubtReason::kRestartUnclear: return "restart-unclear";
    case InDoubtReason::kForgotten: return "forgotten";
    case InDoubtReason::kContradiction: return "contradiction";
    case InDoubtReason::kUnreadable: return "unreadable";
    case InDoubtReason::kAlone: return "alone";
  }
  return "unreadable";
}

}  // namespace resilience
