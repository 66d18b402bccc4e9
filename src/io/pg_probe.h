// One attempt to reach PostgreSQL at one address with libpq: connect, log in, one round trip. Asks no name server.
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
class TlsFiles;

class PgAttempt final : public Attempt {
 public:
  // `files` and `pooled` outlive the attempt. `pooled`: a pooler is known to stand in between; it is set where the
  // login shows one.
  PgAttempt(const ConnInfo& info, const TlsFiles& files, const HostSpec& host, const std::string& address,
            bool& pooled);

  [[nodiscard]] std::optional<PollInterest> interest() const override;
  void advance() override;
  [[nodiscard]] const std::optional<AttemptOutcome>& outcome() const noexcept override { return outcome_; }
  [[nodiscard]] AttemptPhase phase() const noexcept override { return phase_; }
  [[nodiscard]] std::unique_ptr<Session> take_session() override { return std::move(session_); }

 private:
  void begin(const PqParameters& parameters);
  void connect();
  void settle(AttemptOutcome outcome);
  void settle_failed();
  void settle_untold();

  std::vector<std::string> secrets_;
  std::unique_ptr<PqNotices> notices_;
  PqConnection connection_;  // until logged in; then it is the session's
  std::unique_ptr<PqSession> session_;
  bool awaits_write_ = true;
  PqBudget budget_;
  const bool has_password_;
  bool& pooled_;
  AttemptPhase phase_ = AttemptPhase::kConnecting;
  std::optional<AttemptOutcome> outcome_;
};

}  // namespace resilience
