// What failures say: about the database (an outage needs an operation that agrees with the probe) and about the client
// (a fault is what remains when the database is known to be well).
//
// What belongs to an older generation, or to a try begun before the database last answered, is no evidence. Neither is
// one mishap that hits many at once: until the database has answered after the first failure of a row, the row counts
// one; from then on each failure counts. Owner: the recovery.
#pragma once

#include <cstdint>
#include <optional>

#include "core/config.h"
#include "core/decision.h"
#include "core/error_class.h"
#include "core/operation.h"
#include "core/types.h"

namespace resilience {

class Evidence {
 public:
  // Connection-class failures in a row, on newly opened connections and with the database up, that blame the client.
  static constexpr std::uint32_t kFailedConnects = 3;

  // A connection-class failure. False where it says nothing about now.
  bool on_failure(const ReconnectConfig& config, const FailedAttempt& failed, const Classification& failure,
                  Epoch current, bool may_run_again) noexcept;
  void on_success() noexcept;
  // A hang, or a verification through our own client that failed: as good as an operation's failure.
  void agree() noexcept { agrees_ = true; }
  // Nobody could confirm it.
  void drop_agreement() noexcept { agrees_ = false; }
  // The database answered: what began before says nothing from now on, and who fails from now on is to blame.
  void on_database_up(TimePoint now) noexcept;
  void on_outage() noexcept { forget_row(); }
  // An engine beyond repair stays so with other connections beneath it.
  void on_replaced(ReplacePart replaced) noexcept;

  // Whether the probe does not speak alone.
  [[nodiscard]] bool agrees() const noexcept { return agrees_; }
  // What the client is to be replaced for, if the database is well.
  [[nodiscard]] std::optional<ReplaceReason> client_fault(const ReconnectConfig& config) const noexcept;
  // It is beyond repair by its own word, whatever else is the matter.
  [[nodiscard]] bool poisoned() const noexcept { return poisoned_; }
  // For the statistics: failures without a success between them, outages included.
  [[nodiscard]] std::uint32_t consecutive_errors() const noexcept { return consecutive_errors_; }

 private:
  void forget_row() noexcept;

  bool agrees_ = false;
  bool poisoned_ = false;
  bool final_attempt_ = false;
  bool confirmed_ = false;  // the database has answered since the row's first failure
  std::uint32_t errors_ = 0;
  std::uint32_t failed_connects_ = 0;
  std::uint32_t consecutive_errors_ = 0;
  TimePoint floor_;
};

}  // namespace resilience
