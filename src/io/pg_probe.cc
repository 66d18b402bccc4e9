#include "io/pg_probe.h"

#include <string_view>
#include <utility>

#include "core/probe_verdict.h"
#include "io/pq_error.h"
#include "io/pq_library.h"
#include "io/pq_parameters.h"

namespace resilience {
namespace {

// No system gives a process a higher number. Poolers name processes of their own making, by four random bytes.
constexpr int kHighestPid = 1 << 22;

}  // namespace

PgAttempt::PgAttempt(const ConnInfo& info, const TlsFiles& files, const HostSpec& host, const std::string& address,
                     bool& pooled)
    : secrets_(info.secrets),
      notices_(std::make_unique<PqNotices>()),
      has_password_(!info.parameter("password").empty()),
      pooled_(pooled) {
  // Through a Unix socket nobody listens in.
  budget_.tells_password = info.tls.verifies() || host.is_socket();
  begin(PqParameters(info, files, host, address, pooled ? PqName::kNone : PqName::kProbe));
}

void PgAttempt::begin(const PqParameters& parameters) {
  prepare_pq_library();
  if (std::string file = parameters.unusable_file(); !file.empty()) {
    return settle(failed_attempt(probe_code::kTls, std::move(file)));
  }
  connection_.reset(PQconnectStartParams(parameters.keywords().data(), parameters.values().data(), 0));
  if (!connection_) return settle(failed_attempt("ENOMEM", "out of memory"));
  PqSession::listen(connection_.get(), *notices_);
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return settle_failed();
}

std::optional<PollInterest> PgAttempt::interest() const {
  if (outcome_) return std::nullopt;
  if (session_) return session_->interest();
  return PollInterest{PQsocket(connection_.get()), !awaits_write_, awaits_write_};
}

void PgAttempt::advance() {
  if (outcome_) return;
  const PqBudgetScope scope(budget_);
  if (!session_) connect();
  if (session_ && !outcome_) {
    session_->advance();
    if (std::optional<AttemptOutcome> answer = session_->take_answer()) {
      settle(*std::move(answer));
    } else if (session_->loss()) {
      settle(*session_->loss());
    }
  }
  if (!outcome_ || outcome_->verdict == ProbeVerdict::kUp) return;
  if (budget_.bytes == 0)
    *outcome_ = failed_attempt(probe_code::kProtocol, "the server sends more than a database would");
  if (budget_.hashes == 0)
    *outcome_ = failed_attempt(probe_code::kCannotLogIn, "the server asks for too much arithmetic");
}

void PgAttempt::connect() {
  switch (PQconnectPoll(connection_.get())) {
    case PGRES_POLLING_READING: awaits_write_ = false; break;
    case PGRES_POLLING_WRITING: awaits_write_ = true; break;
    case PGRES_POLLING_ACTIVE: break;
    case PGRES_POLLING_FAILED: return settle_failed();
    case PGRES_POLLING_OK:
      phase_ = AttemptPhase::kAwaitingAnswer;
      if (const int pid = PQbackendPID(connection_.get()); pid < 0 || pid > kHighestPid) pooled_ = true;
      session_ = std::make_unique<PqSession>(std::move(connection_), std::move(notices_), secrets_);
      session_->ask();
      return;
  }
  if (PQstatus(connection_.get()) != CONNECTION_STARTED) phase_ = AttemptPhase::kAwaitingReply;
}

// It has said who it is by asking.
void PgAttempt::settle_untold() {
  settle(failed_attempt(probe_code::kCannotLogIn,
                        has_password_
                            ? "the server wants the password in the clear or as an MD5 hash, and the connection "
                              "is not verified: it was not told"
                            : "the server asks for a password, and there is none"));
}

void PgAttempt::settle_failed() {
  if (budget_.was_asked_for_password) return settle_untold();
  PGconn* const connection = connection_.get();
  const bool never_began = PQsocket(connection) < 0 && phase_ == AttemptPhase::kConnecting;
  PqError error = read_pq_error(PQerrorMessage(connection), PQconnectionNeedsPassword(connection) == 1, secrets_);
  // An error message without an SQLSTATE is not one of PostgreSQL's, whatever sent it.
  if (error.code.empty()) error.code = never_began ? probe_code::kOptions : probe_code::kProtocol;
  settle(failed_attempt(error.code, std::move(error.message)));
}

void PgAttempt::settle(AttemptOutcome outcome) {
  outcome_ = std::move(outcome);
  connection_.reset();
  if (session_ && session_->loss()) session_.reset();
}

}  // namespace resilience
