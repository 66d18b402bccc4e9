#include "core/error_class.h"

#include <algorithm>
#include <array>

#include "core/ascii.h"
#include "core/error_facts.h"
#include "core/error_rules.h"
#include "core/error_text.h"

namespace resilience {
namespace {

constexpr std::array<std::string_view, kErrorClassCount> kClassNames{
    "not-sent",     "saturated",           "unknown", "rolled-back", "read-only", "cancelled",
    "engine-fault", "fatal-configuration", "query",   "local"};

bool tells_of_connecting(std::string_view text) {
  return contains(text, "ECONNREFUSED") || contains(text, "ENOTFOUND") || contains(text, "EAI_AGAIN") ||
         contains(text, "EHOSTUNREACH") || contains(text, "ENETUNREACH");
}

// A firewall that refuses what goes on over a connection makes ECONNREFUSED of it as well, and adapters give both the
// same name; but no address stands in that one.
bool names_host(const ErrorFacts& facts) {
  return facts.kind.empty() ? !own_line_contains(facts.message, "<unknown host>") : !facts.host.empty();
}

bool holds(Condition condition, const ErrorFacts& facts) {
  switch (condition) {
    case Condition::kAlways: return true;
    case Condition::kProbeUp: return facts.probe == ProbeView::kUp;
    case Condition::kProbeDown: return facts.probe == ProbeView::kDown;
    case Condition::kWhileConnecting:
      return facts.syscall == "connect" || facts.syscall == "getaddrinfo" ||
             own_line_starts_with(facts.message, "connect E") || own_line_starts_with(facts.message, "getaddrinfo E");
    case Condition::kInitialization: return facts.name == "PrismaClientInitializationError";
    case Condition::kBeforePrisma7: return facts.prisma_major < 7;
    case Condition::kRustEngine: return facts.prisma_major < 7 && !facts.compiles_queries;
    case Condition::kAdapterNamesHost: return (!facts.driver.empty() || !facts.kind.empty()) && names_host(facts);
    case Condition::kConnected:
      return facts.syscall == "read" || facts.syscall == "write" || own_line_starts_with(facts.message, "read E") ||
             own_line_starts_with(facts.message, "write E");
    case Condition::kSqlite: return contains(facts.driver, "sqlite") || contains(facts.driver, "libsql");
    case Condition::kCauseWhileConnecting:
      return tells_of_connecting(facts.cause_code) || tells_of_connecting(facts.cause_message);
    case Condition::kPoolEmptyProbeUp:
      return facts.probe == ProbeView::kUp && facts.pool_active == 0 && facts.pool_idle == 0;
    case Condition::kPoolBusyProbeUp:
      return facts.probe == ProbeView::kUp && facts.pool_active > 0 && facts.pool_idle == 0;
    case Condition::kAtCommit:
      return facts.phase == GuardPhase::kCommit ||
             (facts.phase == GuardPhase::kNone && facts.name == "DriverAdapterError");
    case Condition::kErrorSeverity:
      // The Rust engines put it before the message, or into their own rendering of the error.
      return facts.severity == "ERROR" ||
             (facts.severity.empty() && (facts.original_message.starts_with("ERROR: ") ||
                                         own_line_contains(facts.message, "severity: \"ERROR\"")));
  }
  return false;
}

bool says(const ErrorFacts& facts, std::string_view text) {
  return contains(facts.original_message, text) || own_line_contains(facts.message, text);
}

const ErrorRule* find_rule(RuleSource source, std::string_view fact, const ErrorFacts& facts) {
  const auto rules = error_rules(source);
  const auto found = std::ranges::find_if(rules, [&](const ErrorRule& rule) {
    const bool same = rule.match == Match::kPrefix ? fact.starts_with(rule.text) : fact == rule.text;
    return same && (rule.message.empty() || says(facts, rule.message)) && holds(rule.condition, facts);
  });
  return found == rules.end() ? nullptr : &*found;
}

const ErrorRule* find_message_rule(const ErrorFacts& facts) {
  const auto rules = error_rules(RuleSource::kMessage);
  const auto found = std::ranges::find_if(rules, [&](const ErrorRule& rule) {
    const bool same = facts.original_message.starts_with(rule.text) || own_line_starts_with(facts.message, rule.text);
    return same && (rule.message.empty() || says(facts, rule.message)) && holds(rule.condition, facts);
  });
  return found == rules.end() ? nullptr : &*found;
}

// The database's own code, wherever it was put, and whose it is.
struct DatabaseCode {
  RuleSource source = RuleSource::kNone;
  std::string_view text;
};

bool has_form_of_sqlstate(std::string_view code) {
  const auto allowed = [](char c) { return is_digit(c) || is_capital(c); };
  return code.size() == 5 && std::ranges::all_of(code, allowed);
}

bool looks_like_sqlstate(std::string_view code) {
  if (!has_form_of_sqlstate(code)) return false;
  // Node's EPIPE and Prisma's P2002 have that form as well.
  return is_digit(code[0]) || code.starts_with("P0") || code.starts_with("XX") || code.starts_with("HV") ||
         code.starts_with("F0");
}

DatabaseCode code_of_dialect(std::string_view code, const ErrorFacts& facts) {
  if (code.starts_with("SQLITE_")) return {RuleSource::kSqliteCode, code};
  const bool number = !code.empty() && std::ranges::all_of(code, is_digit);
  const bool mysql = facts.kind == "mysql" || contains(facts.driver, "mariadb") || contains(facts.driver, "mysql");
  const bool postgres = facts.kind == "postgres" || contains(facts.driver, "pg") || contains(facts.driver, "neon");
  // Told by its length where nobody says: MySQL's numbers have four digits, the mariadb driver's own
  // begin with 45, a class that PostgreSQL does not use.
  if (number && !postgres && (mysql || code.size() == 4 || code.starts_with("45"))) {
    return {RuleSource::kMysqlErrno, code};
  }
  if (looks_like_sqlstate(code)) return {RuleSource::kSqlstate, code};
  return {};
}

DatabaseCode database_code(const ErrorFacts& facts) {
  if (const DatabaseCode code = code_of_dialect(facts.original_code, facts); code.source != RuleSource::kNone) {
    return code;
  }
  if (const DatabaseCode code = code_of_dialect(facts.code, facts); code.source != RuleSource::kNone) return code;
  if (facts.kind == "postgres") {
    // Functions raise codes of their own making. What came from the server has a severity beside it.
    const bool own = !facts.severity.empty() && has_form_of_sqlstate(facts.original_code);
    return {RuleSource::kSqlstate, own ? std::string_view{facts.original_code} : std::string_view{}};
  }
  // An adapter that has no code says so in the text as well ("N/A"), and its kind tells more.
  if (!facts.kind.empty()) return {};
  // The Rust engine of Prisma 5 and 6 leaves it in the text alone.
  for (const std::string_view before :
       {"PostgresError { code: \"", "MysqlError { code: ", "query failed. Code: `", "Database error. Code: `"}) {
    if (const auto code = own_text_between(facts.message, before, "\"`, ")) {
      if (code->empty() || *code == "N/A") return {RuleSource::kSqlstate, *code};
      if (const DatabaseCode known = code_of_dialect(*code, facts); known.source != RuleSource::kNone) return known;
    }
  }
  // Of BEGIN and COMMIT on MySQL, as its own client would show it: "ERROR HY000 (45028): pool timeout".
  if (const auto shown = own_text_between(facts.message, "Server error: `ERROR ", ")")) {
    const std::size_t number = shown->find('(');
    if (number != std::string_view::npos) return code_of_dialect(shown->substr(number + 1), facts);
  }
  return {};
}

Classification judged_by(const ErrorRule& rule, RuleSource source) {
  Classification result = to_classification(rule.verdict);
  result.source = source;
  result.rule = rule.text;
  return result;
}

void change_class(Classification& result, ErrorClass error_class) {
  const bool breaker = result.traits.counts_against_breaker;
  const bool connection = result.traits.connection_class;
  result.error_class = error_class;
  result.traits = traits_of(error_class);
  result.traits.counts_against_breaker = breaker;
  result.traits.connection_class = connection;
}

// Nothing but a connection was asked for, or nothing but BEGIN was sent.
void sharpen_unstarted(Classification& result) {
  const bool lost = result.error_class == ErrorClass::kUnknownOutcome ||
                    (result.error_class == ErrorClass::kRolledBack && result.traits.connection_class);
  if (lost) change_class(result, ErrorClass::kNotSent);
  result.traits.sent = false;
  result.traits.outcome = Outcome::kNotApplied;
}

// The mariadb driver's pool says no more than that it made no connection in time; why stands in the cause:
// "(conn:9, no: 1045, SQLState: 28000) Access denied …".
std::optional<Classification> judge_pool_timeout(const DatabaseCode& original, const ErrorFacts& facts) {
  if (original.source != RuleSource::kMysqlErrno || original.text != "45028") return std::nullopt;
  const auto errno_of_cause = own_text_between(facts.cause_message, "no: ", ",");
  if (!errno_of_cause) return std::nullopt;
  const ErrorRule* rule = find_rule(RuleSource::kMysqlErrno, *errno_of_cause, facts);
  if (rule == nullptr) return std::nullopt;
  Classification result = judged_by(*rule, RuleSource::kMysqlErrno);
  sharpen_unstarted(result);
  return result;
}

Classification judge(const ErrorFacts& facts) {
  const DatabaseCode original = database_code(facts);
  if (const auto pool_timeout = judge_pool_timeout(original, facts)) return *pool_timeout;
  struct Step {
    RuleSource source;
    std::string_view fact;
  };
  const std::array steps{
      Step{RuleSource::kName, facts.name},
      Step{original.source, original.text},
      Step{RuleSource::kKind, facts.kind},
      Step{RuleSource::kCode, facts.code},
      Step{RuleSource::kErrorCode, facts.error_code},
  };
  for (const Step& step : steps) {
    if (const ErrorRule* rule = find_rule(step.source, step.fact, facts)) return judged_by(*rule, step.source);
  }
  if (const ErrorRule* rule = find_message_rule(facts)) return judged_by(*rule, RuleSource::kMessage);
  if (const ErrorRule* rule = find_rule(RuleSource::kLastResort, facts.name, facts)) {
    return judged_by(*rule, RuleSource::kLastResort);
  }
  Classification unknown_error;
  unknown_error.traits.outcome = Outcome::kUnknown;
  return unknown_error;
}

// COMMIT was not sent: whatever went wrong, the transaction is not, and will not be, applied.
void sharpen_uncommitted(Classification& result) {
  switch (result.error_class) {
    case ErrorClass::kNotSent:
    case ErrorClass::kUnknownOutcome: change_class(result, ErrorClass::kRolledBack); break;
    case ErrorClass::kSaturated:
    case ErrorClass::kRolledBack:
    case ErrorClass::kReadOnly:
    case ErrorClass::kCancelled:
    case ErrorClass::kEngineFault:
    case ErrorClass::kFatalConfiguration:
    case ErrorClass::kQuery:
    case ErrorClass::kLocal: break;
  }
  result.traits.sent = true;
  result.traits.outcome = Outcome::kNotApplied;
  result.callback_not_called = false;
}

void sharpen(Classification& result, const ErrorFacts& facts) {
  switch (facts.phase) {
    case GuardPhase::kAcquire:
    case GuardPhase::kBegin:
      if (!facts.in_transaction) {
        sharpen_unstarted(result);
        return;
      }
      break;
    case GuardPhase::kCommit:
      // The driver refused to send it: the transaction ended with its connection.
      if (result.error_class == ErrorClass::kNotSent) change_class(result, ErrorClass::kRolledBack);
      break;
    case GuardPhase::kRollback: sharpen_uncommitted(result); break;
    case GuardPhase::kNone:
    case GuardPhase::kStatement: break;
  }
  if (facts.in_transaction && facts.phase != GuardPhase::kCommit) sharpen_uncommitted(result);
  if (facts.may_commit_inside && result.traits.sent && result.traits.outcome == Outcome::kNotApplied) {
    if (result.error_class == ErrorClass::kRolledBack) change_class(result, ErrorClass::kUnknownOutcome);
    result.traits.outcome = Outcome::kUnknown;
    result.conflict = false;
  }
}

// Proof beats everything that was read out of the error.
void settle(Classification& result, Outcome proven) {
  switch (proven) {
    case Outcome::kNotApplied:
      if (result.error_class == ErrorClass::kUnknownOutcome) change_class(result, ErrorClass::kRolledBack);
      break;
    case Outcome::kUnknown:
      if (result.error_class == ErrorClass::kRolledBack) change_class(result, ErrorClass::kUnknownOutcome);
      result.traits.sent = true;
      break;
    case Outcome::kApplied:
      result.traits.sent = true;
      result.traits.retry_may_help = false;
      break;
  }
  result.traits.outcome = proven;
}

}  // namespace

std::string_view to_string(ErrorClass error_class) {
  return kClassNames[static_cast<std::size_t>(error_class)];
}

std::optional<ErrorClass> parse_error_class(std::string_view name) {
  const auto found = std::ranges::find(kClassNames, name);
  if (found == kClassNames.end()) return std::nullopt;
  return static_cast<ErrorClass>(found - kClassNames.begin());
}

std::string_view to_string(RuleSource source) {
  switch (source) {
    case RuleSource::kNone: return "none";
    case RuleSource::kName: return "name";
    case RuleSource::kSqlstate: return "sqlstate";
    case RuleSource::kMysqlErrno: return "errno";
    case RuleSource::kSqliteCode: return "sqlite";
    case RuleSource::kKind: return "kind";
    case RuleSource::kCode: return "code";
    case RuleSource::kErrorCode: return "errorCode";
    case RuleSource::kMessage: return "message";
    case RuleSource::kLastResort: return "class";
    case RuleSource::kOverride: return "override";
  }
  return "none";
}

Classification classify(const ErrorFacts& facts) {
  Classification result = judge(facts);
  sharpen(result, facts);
  if (facts.proven_outcome) settle(result, *facts.proven_outcome);
  return result;
}

Classification override_with(ErrorClass error_class) {
  Classification result;
  result.error_class = error_class;
  result.traits = traits_of(error_class);
  result.source = RuleSource::kOverride;
  result.wrong_server_suspected = error_class == ErrorClass::kReadOnly;
  return result;
}

}  // namespace resilience
