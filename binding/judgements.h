// The core's judgements that need no state: of errors, operations and statements, of a transaction in doubt, of health.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "binding/records/attempt.h"
#include "binding/seam/bind.h"
#include "core/error_class.h"
#include "core/health_status.h"
#include "core/in_doubt.h"
#include "core/operation_kind.h"
#include "core/sql_kind.h"
#include "core/statement_names.h"
#include "core/statement_reply.h"

namespace resilience {

struct InDoubtVerdict {
  TransactionFate verdict = TransactionFate::kUnknown;
  InDoubtReason reason = InDoubtReason::kUnreadable;
  bool ask_again = false;  // asking later may give another answer
};

// As JavaScript calls them.
namespace binding {

// How an error is judged by itself, without a client's circumstances.
[[nodiscard]] Classification classify_error(const ErrorFacts& facts);
// Of an array transaction; without members nothing is known of them.
[[nodiscard]] OperationKind transaction_kind(const std::optional<std::vector<OperationKind>>& members);
// `provider` as Prisma names it: 'postgresql', 'mysql', 'sqlite'. It says how the SQL is read.
[[nodiscard]] OperationKind sql_kind(std::string_view sql, std::optional<std::string_view> provider);
[[nodiscard]] bool sql_may_commit_inside(std::string_view sql, std::optional<std::string_view> provider);
[[nodiscard]] bool sql_may_end_transaction(std::string_view sql, std::optional<std::string_view> provider);
[[nodiscard]] bool sql_holds_session(std::string_view sql, std::optional<std::string_view> provider);
[[nodiscard]] InDoubtVerdict decide_in_doubt(const Learned& learned, const Observed& observed);

}  // namespace binding

namespace seam {

template <>
struct Record<ErrorTraits> {
  static constexpr auto kFields = std::tuple{required<&ErrorTraits::sent>,
                                             required<&ErrorTraits::outcome>,
                                             required<&ErrorTraits::poisons_client>,
                                             required<&ErrorTraits::retry_may_help>,
                                             required<&ErrorTraits::counts_against_breaker>,
                                             required<&ErrorTraits::connection_class>};
};

template <>
struct Record<Classification> {
  static constexpr auto kFields = std::tuple{required<&Classification::error_class>,
                                             required<&Classification::traits>,
                                             required<&Classification::conflict>,
                                             required<&Classification::callback_not_called>,
                                             required<&Classification::wrong_server_suspected>,
                                             required<&Classification::credentials_suspected>,
                                             required<&Classification::source>,
                                             required<&Classification::rule>};
};

// PostgreSQL's own words for it, read by the core.
template <>
struct Codec<XactStatus> {
  static js::Maybe<js::Value> write(js::Env env, XactStatus status) noexcept;
  static js::Maybe<XactStatus> read(Reader& reader, js::Value value) {
    if (value.type() == napi_null) return parse_xact_status(std::nullopt);
    const auto text = Codec<std::string>::read(reader, value);
    if (!text) return {};
    return parse_xact_status(*text);
  }
  static TypeSchema describe(Described&) { return type_of(TypeKind::kTypeScript, "string | null"); }
};

template <>
struct Record<StatementReply> {
  static constexpr auto kFields =
      std::tuple{optional<&StatementReply::sqlstate>, optional<&StatementReply::severity>,
                 optional<&StatementReply::mysql_number>, optional<&StatementReply::sqlite>};
};

// null is SQL's null. A text that is missing is refused: it must not pass for "nothing written".
template <>
struct Record<Learned> {
  static constexpr auto kFields =
      std::tuple{nullable<&Learned::xid>,         nullable<&Learned::lsn>,         nullable<&Learned::replay_lsn>,
                 nullable<&Learned::start_time>,  nullable<&Learned::stats_reset>, nullable<&Learned::system_id>,
                 required<&Learned::serializable>};
};

template <>
struct Record<Observed> {
  static constexpr auto kFields =
      std::tuple{required<&Observed::in_recovery>, nullable<&Observed::replay_lsn>, nullable<&Observed::start_time>,
                 nullable<&Observed::stats_reset>, nullable<&Observed::system_id>,  required<&Observed::status>};
};

template <>
struct Record<InDoubtVerdict> {
  static constexpr auto kFields = std::tuple{required<&InDoubtVerdict::verdict>, required<&InDoubtVerdict::reason>,
                                             required<&InDoubtVerdict::ask_again>};
};

template <>
struct Record<HealthSample> {
  static constexpr auto kFields = std::tuple{required<&HealthSample::answered>, required<&HealthSample::latency>,
                                             required<&HealthSample::heap_share>};
};
template <>
struct Record<HealthLimits> {
  static constexpr auto kFields = std::tuple{required<&HealthLimits::latency_warn>, required<&HealthLimits::heap_warn>};
};

}  // namespace seam
}  // namespace resilience
