#include "io/pq_session.h"

#include <string_view>
#include <utility>

#include "core/probe_verdict.h"
#include "io/one_line.h"
#include "io/pq_activity.h"
#include "io/pq_error.h"

namespace resilience {
namespace {

constexpr const char* kWhatServer =
    "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only')";

std::string field(const PGresult* result, int code) {
  const char* const text = PQresultErrorField(result, code);
  return text ? text : "";
}

// An error that the server sends on its own account comes before it closes the session.
void on_notice(void* notices, const PGresult* result) {
  auto* const log = static_cast<PqNotices*>(notices);
  const std::string severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity != "FATAL" && severity != "PANIC") return;
  log->code = field(result, PG_DIAG_SQLSTATE);
  log->message = severity + ": " + field(result, PG_DIAG_MESSAGE_PRIMARY);
}

}  // namespace

PqSession::PqSession(PqConnection connection, std::unique_ptr<PqNotices> notices, std::vector<std::string> secrets)
    : notices_(std::move(notices)), connection_(std::move(connection)), secrets_(std::move(secrets)) {
  // From here on nothing waits for a full send buffer, not even the farewell.
  PQsetnonblocking(connection_.get(), 1);
}

void PqSession::listen(PGconn* connection, PqNotices& notices) {
  PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
  PQsetNoticeReceiver(connection, &on_notice, &notices);
}

void PqSession::ask() {
  send(Question::kWhatServer, kWhatServer, {});
}

void PqSession::ask_activity(std::span<const std::uint32_t> pids) {
  send(Question::kActivity, activity_question(pids).c_str(), activity_bounds());
}

void PqSession::send(Question question, const char* sql, PqResults::Bounds bounds) {
  question_ = question;
  budget_ = {};
  reader_ = PqResults(bounds);
  {
    const PqBudgetScope scope(budget_);
    if (PQsendQuery(connection_.get(), sql) != 1) return note_loss();
  }
  flushing_ = true;
  advance();
}

PollInterest PqSession::interest() const noexcept {
  return {PQsocket(connection_.get()), true, flushing_};
}

void PqSession::advance() {
  if (loss_) return;
  const PqBudgetScope scope(budget_);
  take_in();
  if (loss_ && budget_.bytes == 0)
    *loss_ = failed_attempt(probe_code::kProtocol, "the server sends more than a database would");
}

void PqSession::take_in() {
  if (PQconsumeInput(connection_.get()) != 1) return note_loss();
  if (flushing_) {
    const int rest = PQflush(connection_.get());
    if (rest < 0) return note_loss();
    flushing_ = rest > 0;
  }
  read_results();
  if (!notices_->code.empty() || PQstatus(connection_.get()) == CONNECTION_BAD) note_loss();
}

void PqSession::read_results() {
  // Also where nothing was asked: that is how libpq passes on notices.
  switch (reader_.read(connection_.get())) {
    case PqResults::Progress::kPending: return;
    case PqResults::Progress::kComplete: settle_question(); return;
    case PqResults::Progress::kRefused:
      lose(failed_attempt(probe_code::kProtocol, std::string(reader_.refusal())));
      return;
  }
}

void PqSession::settle_question() {
  std::vector<PqResult> results = reader_.take();
  reader_ = PqResults({});  // what comes unasked is bounded as well, and dropped
  switch (question_) {
    case Question::kNone: return;
    case Question::kWhatServer:
      if (!results.empty()) read_answer(results.front().get());
      if (!answer_) return;
      break;
    case Question::kActivity: activity_ = read_activity(results, secrets_); break;
  }
  question_ = Question::kNone;
}

void PqSession::read_answer(const PGresult* result) {
  AttemptOutcome outcome;
  outcome.verdict = ProbeVerdict::kUp;
  const int version = PQserverVersion(connection_.get());
  outcome.server_version = version > 0 ? static_cast<std::uint32_t>(version) : 0;
  if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 && PQnfields(result) == 2) {
    const std::string_view in_recovery = PQgetvalue(result, 0, 0);
    if (in_recovery == "t") outcome.role = ServerRole::kStandby;
    if (in_recovery == "f") outcome.role = ServerRole::kPrimary;
    outcome.read_only = std::string_view(PQgetvalue(result, 0, 1)) == "on";
  } else if (PQresultStatus(result) != PGRES_FATAL_ERROR) {
    return lose(failed_attempt(probe_code::kProtocol, "the server answers something else than what it was asked"));
  } else {
    outcome.code = field(result, PG_DIAG_SQLSTATE);
    outcome.message = one_line(PQresultErrorMessage(result), secrets_);
    // A failure without a code is the connection's; note_loss() will say it better.
    if (outcome.code.empty()) return;
    outcome.verdict = verdict_of(outcome.code, outcome.message);
  }
  answer_ = std::move(outcome);
}

std::optional<AttemptOutcome> PqSession::take_answer() {
  if (asking() || !answer_) return std::nullopt;
  return std::exchange(answer_, std::nullopt);
}

std::optional<ServerActivity> PqSession::take_activity() {
  if (asking() || !activity_) return std::nullopt;
  return std::exchange(activity_, std::nullopt);
}

void PqSession::say_no_more() noexcept {
  const int fd = PQsocket(connection_.get());
  watch_peer(fd);
  shut_down_sending(fd);
}

void PqSession::note_loss() {
  if (loss_) return;
  std::string code = notices_->code;
  std::string message = one_line(notices_->message, secrets_);
  if (code.empty()) {
    PqError error = read_pq_error(PQerrorMessage(connection_.get()), false, secrets_);
    code = error.code.empty() ? std::string(probe_code::kClosed) : std::move(error.code);
    message = std::move(error.message);
  }
  lose(failed_attempt(code, std::move(message)));
}

void PqSession::lose(AttemptOutcome loss) {
  loss_ = std::move(loss);
  question_ = Question::kNone;
}

}  // namespace resilience
