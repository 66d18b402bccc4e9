#include "core/look_control.h"

#include <algorithm>
#include <utility>

namespace resilience {
namespace {

// How much longer than its timeout a verification is waited for.
constexpr int kHostPatience = 2;

Sign sign_of(VerifyVerdict verdict) noexcept {
  switch (verdict) {
    case VerifyVerdict::kOk:
    case VerifyVerdict::kOtherFailure: return Sign::kUp;
    case VerifyVerdict::kUnreachable: return Sign::kRefused;
    case VerifyVerdict::kTimedOut:
    case VerifyVerdict::kInconclusive: return Sign::kSilent;
  }
  return Sign::kNone;
}

// Of a failure for want of room. Numbers from 45000 on are the MariaDB driver's own.
bool told_by_server(const Classification& failure) noexcept {
  switch (failure.source) {
    case RuleSource::kSqlstate:
    case RuleSource::kKind: return true;
    case RuleSource::kMysqlErrno: return failure.rule < "45000";
    case RuleSource::kCode: return failure.rule == "P2037";
    case RuleSource::kNone:
    case RuleSource::kName:
    case RuleSource::kSqliteCode:
    case RuleSource::kErrorCode:
    case RuleSource::kMessage:
    case RuleSource::kLastResort:
    case RuleSource::kOverride: return false;
  }
  return false;
}

}  // namespace

VerifyVerdict verdict_of(const Classification& failure) noexcept {
  if (failure.error_class == ErrorClass::kSaturated && !told_by_server(failure)) return VerifyVerdict::kTimedOut;
  return failure.traits.connection_class ? VerifyVerdict::kUnreachable : VerifyVerdict::kOtherFailure;
}

LookControl::LookControl(const ProbeConfig& config, bool has_probe, std::uint64_t seed, Effects& effects) noexcept
    : config_(config),
      has_probe_(has_probe),
      effects_(effects),
      schedule_({config.interval, config.down_interval, config.timeout}, seed) {}

void LookControl::begin(TimePoint now) {
  if (!active_) begin_anew(now);
}

void LookControl::begin_anew(TimePoint now) {
  active_ = true;
  if (has_probe_) effects_.emplace_back(StartLooking{});
  if (has_probe_ && !schedule_.active()) return;
  schedule_.begin(now);
  tick(now);
}

void LookControl::begin_in_band(TimePoint now) {
  if (schedule_.active()) return;
  active_ = true;
  schedule_.begin(now);
  tick(now);
}

void LookControl::end() {
  schedule_.end();
  if (active_ && has_probe_) effects_.emplace_back(StopLooking{});
  active_ = false;
}

void LookControl::on_in_band_answer(TimePoint now, VerifyVerdict verdict) noexcept {
  schedule_.on_sign(now, sign_of(verdict));
}

void LookControl::verify(TimePoint now, Duration timeout, bool of_database) {
  under_way_ = Verification{++last_id_, of_database, timeout, now, false};
  due_ = saturating_add(now, timeout * kHostPatience);
  effects_.emplace_back(Verify{last_id_, timeout, of_database});
}

std::optional<LookControl::Verification> LookControl::settle(std::uint64_t id) noexcept {
  if (!under_way_ || under_way_->id != id) return std::nullopt;
  const auto settled = under_way_;
  under_way_.reset();
  return settled;
}

std::optional<LookControl::Verification> LookControl::give_up() noexcept {
  return std::exchange(under_way_, std::nullopt);
}

std::optional<std::uint64_t> LookControl::overdue(TimePoint now) const noexcept {
  if (!under_way_ || now < due_) return std::nullopt;
  return under_way_->id;
}

void LookControl::on_loop_stalled(TimePoint now) noexcept {
  if (!under_way_) return;
  under_way_->disturbed = true;
  due_ = std::max(due_, saturating_add(now, under_way_->timeout));
}

void LookControl::tick(TimePoint now) {
  if (!schedule_.active() || under_way_) return;
  const auto next = schedule_.next_attempt(0);
  if (!next || now < *next) return;
  schedule_.on_attempt(now);
  verify(now, config_.timeout, true);
}

TimePoint LookControl::next_deadline() const noexcept {
  if (under_way_) return due_;
  if (!schedule_.active()) return kEndOfTime;
  return schedule_.next_attempt(0).value_or(kEndOfTime);
}

}  // namespace resilience
