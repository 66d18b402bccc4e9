// One attempt to reach PostgreSQL at one address: connect, log in, one round trip.
//
// Never blocks and asks no name server. Owner: one thread. Polled by whoever owns it: interest(), then advance(), until
// there is an outcome. Time is the owner's business.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/attempt.h"
#include "io/conninfo.h"
#include "io/pq_library.h"
#include "io/pq_session.h"

namespace resilience {

class PqParameters;

class PgAttempt {
 public:
  PgAttempt(const ConnInfo& info, const HostSpec& host, const std::string& address);

  // Empty once there is an outcome.
  [[nodiscard]] std::optional<PollInterest> interest() const;
  void advance();
  [[nodiscard]] const std::optional<AttemptOutcome>& outcome() const noexcept { return outcome_; }
  [[nodiscard]] AttemptPhase phase() const noexcept { return phase_; }

  // The session that gave the answer, still open. Empty where nobody was let in.
  [[nodiscard]] std::optional<PqSession> take_session();

 private:
  void begin(const PqParameters& parameters);
  void connect();
  void settle(AttemptOutcome outcome);
  void settle_failed();

  std::vector<std::string> secrets_;
  std::unique_ptr<PqNotices> notices_;
  PqConnection connection_;  // until logged in; then it is the session's
  std::optional<PqSession> session_;
  short awaited_ = 0;
  PqBudget budget_;
  AttemptPhase phase_ = AttemptPhase::kConnecting;
  std::optional<AttemptOutcome> outcome_;
};

}  // namespace resilience
