#include "io/greeting_attempt.h"

#include <utility>

#include "core/probe_verdict.h"
#include "io/errno_name.h"

namespace resilience {
namespace {

// Whom a server that wants TLS is told about in the clear. It refuses him, and has thereby answered.
constexpr std::string_view kNobody = "prisma-resilient-probe";
constexpr std::string_view kDefaultUser = "postgres";

bool wants_tls(std::string_view sslmode) {
  return sslmode == "require" || sslmode.starts_with("verify");
}

}  // namespace

GreetingPlan greeting_plan(const ProbeTarget& target) {
  GreetingPlan plan;
  if (const auto* tcp = std::get_if<TcpTarget>(&target)) {
    if (tcp->awaits_greeting) plan.dialect = GreetingPlan::Dialect::kMysql;
    return plan;
  }
  const auto& info = std::get<ConnInfo>(target);
  if (wants_tls(info.parameter("sslmode"))) {
    return {GreetingPlan::Dialect::kPostgresTls, std::string(kNobody), std::string(kDefaultUser)};
  }
  const std::string_view user = info.parameter("user");
  plan.dialect = GreetingPlan::Dialect::kPostgres;
  plan.user = user.empty() ? kDefaultUser : user;
  const std::string_view database = info.parameter("dbname");
  plan.database = database.empty() ? std::string_view(plan.user) : database;
  return plan;
}

GreetingAttempt::GreetingAttempt(const SocketAddress& address, const GreetingPlan& plan)
    : address_(address), plan_(plan) {
  open();
}

void GreetingAttempt::open() {
  length_ = 0;
  connected_ = false;
  switch (plan_.dialect) {
    case GreetingPlan::Dialect::kNone:
    case GreetingPlan::Dialect::kMysql: break;
    case GreetingPlan::Dialect::kPostgres: to_send_ = pg_startup(plan_.user, plan_.database); break;
    case GreetingPlan::Dialect::kPostgresTls:
      to_send_ = speaks_tls_ ? pg_startup(plan_.user, plan_.database) : pg_tls_request();
      break;
  }
  Connecting connecting = begin_connecting(address_);
  fd_ = std::move(connecting.fd);
  if (connecting.error != 0) settle_errno(connecting.error);
}

std::optional<PollInterest> GreetingAttempt::interest() const {
  if (outcome_) return std::nullopt;
  const bool writes = !connected_ || !to_send_.empty();
  return PollInterest{fd_.get(), !writes, writes};
}

void GreetingAttempt::advance() {
  if (outcome_) return;
  if (!connected_) {
    if (const int error = connect_error(fd_.get()); error != 0) return settle_errno(error);
    connected_ = true;
    phase_ = AttemptPhase::kAwaitingReply;
  }
  if (plan_.dialect == GreetingPlan::Dialect::kNone) {
    AttemptOutcome outcome;
    outcome.verdict = ProbeVerdict::kUp;
    return settle(std::move(outcome));
  }
  if (!to_send_.empty()) {
    const Transfer sent = send_some(fd_.get(), to_send_);
    if (sent.error != 0) return settle_errno(sent.error);
    to_send_.erase(0, sent.bytes);
  }
  read();
}

void GreetingAttempt::read() {
  const Transfer got = receive_some(fd_.get(), std::span(received_).subspan(length_));
  if (got.error != 0) return settle_errno(got.error);
  if (got.ended) return settle(failed_attempt(probe_code::kClosed, "the server hung up before its greeting"));
  length_ += got.bytes;
  const bool asked_for_tls = plan_.dialect == GreetingPlan::Dialect::kPostgresTls && !speaks_tls_;
  const std::string_view bytes(received_.data(), length_);
  if (asked_for_tls && read_pg_tls_reply(bytes) == PgTlsReply::kYes) {
    speaks_tls_ = true;
    return open();
  }
  std::optional<AttemptOutcome> outcome = judge(bytes);
  if (!outcome && length_ == received_.size()) {
    outcome = failed_attempt(probe_code::kProtocol, "the greeting has no end");
  }
  if (outcome) settle(*std::move(outcome));
}

std::optional<AttemptOutcome> GreetingAttempt::judge(std::string_view bytes) {
  if (plan_.dialect == GreetingPlan::Dialect::kMysql) return read_mysql_greeting(bytes);
  if (plan_.dialect == GreetingPlan::Dialect::kPostgres || speaks_tls_) return read_pg_reply(bytes);
  const std::optional<PgTlsReply> reply = read_pg_tls_reply(bytes);
  if (!reply || *reply == PgTlsReply::kYes) return std::nullopt;
  if (*reply == PgTlsReply::kNo) return failed_attempt(probe_code::kTls, "the server does not speak TLS");
  if (*reply == PgTlsReply::kError) return read_pg_reply(bytes);
  return failed_attempt(probe_code::kProtocol, "the answer is not one of a database server");
}

void GreetingAttempt::settle_errno(int error) {
  settle(failed_attempt(errno_name(error), errno_text(error)));
}

void GreetingAttempt::settle(AttemptOutcome outcome) {
  // A proxy may take nobody in without TLS. What is behind it is not seen from here.
  const bool no_answer = outcome.verdict == ProbeVerdict::kDown && !is_sqlstate(outcome.code);
  if (speaks_tls_ && no_answer) outcome.verdict = ProbeVerdict::kInconclusive;
  outcome_ = std::move(outcome);
  fd_.reset();
}

}  // namespace resilience
