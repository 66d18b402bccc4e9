#include "core/evidence.h"

namespace resilience {

bool Evidence::on_failure(const ReconnectConfig& config, const FailedAttempt& failed, const Classification& failure,
                          Epoch current, bool may_run_again) noexcept {
  ++consecutive_errors_;
  if (failed.epoch != current || failed.try_started < floor_) return false;

  agrees_ = true;
  if (failure.traits.poisons_client) poisoned_ = true;
  if (errors_ == 0 || confirmed_) {
    ++errors_;
    if (failed.new_connection || !failure.traits.sent) ++failed_connects_;
  }
  if (config.hard_reset_on_final_attempt && may_run_again && failed.tries + 1 == config.max_attempts) {
    final_attempt_ = true;
  }
  return true;
}

void Evidence::on_success() noexcept {
  consecutive_errors_ = 0;
  forget_row();
}

void Evidence::on_database_up(TimePoint now) noexcept {
  floor_ = now;
  agrees_ = false;
  final_attempt_ = false;
  confirmed_ = errors_ > 0;
}

void Evidence::on_replaced(ReplacePart replaced) noexcept {
  if (replaced == ReplacePart::kClient) poisoned_ = false;
  agrees_ = false;
  forget_row();
}

void Evidence::forget_row() noexcept {
  final_attempt_ = false;
  confirmed_ = false;
  errors_ = 0;
  failed_connects_ = 0;
}

std::optional<ReplaceReason> Evidence::client_fault(const ReconnectConfig& config) const noexcept {
  if (poisoned_ || failed_connects_ >= kFailedConnects) return ReplaceReason::kEngineFault;
  if (errors_ >= config.max_consecutive_errors) return ReplaceReason::kConsecutiveErrors;
  if (final_attempt_) return ReplaceReason::kFinalAttempt;
  return std::nullopt;
}

}  // namespace resilience
