// Rows of the marker table for JavaScript: which statement can carry one, what one decides, when they are swept
// (core/in_doubt_mark.h, core/sql_mark.h, core/mark_sweep.h), and what is sent together with one
// (core/pipelined_write.h). Stateless.
#pragma once

#include <optional>
#include <string_view>

#include "binding/seam/bind.h"
#include "core/in_doubt_mark.h"
#include "core/mark_sweep.h"
#include "core/pipelined_write.h"
#include "core/sql_mark.h"
#include "core/statement_names.h"

namespace resilience {

struct MarkVerdict {
  TransactionFate verdict = TransactionFate::kUnknown;
  InDoubtReason reason = InDoubtReason::kUnreadable;
  bool ask_again = false;
  bool end_ghost = false;  // whoever holds the key is to be ended
};

struct MarkLimits {
  Duration lock_wait = kMarkLockWait;
  Duration kept = kMarkKept;
  std::size_t sweep_batch = kSweepBatch;
  std::size_t most_settled = kMostSettledMarks;
  Duration sweep_pause = kSweepPause;
  std::size_t uses_before_name = kUsesBeforeName;
  std::size_t most_stale = kMostStale;
  std::size_t most_names = kMostNames;
};

// As JavaScript calls them.
namespace binding {

[[nodiscard]] MarkVerdict decide_mark(Duration written_ago, Duration held_for, MarkAnswer answer);
// `provider` as Prisma names it.
[[nodiscard]] std::optional<MarkedSql> mark_sql(std::string_view sql, std::string_view provider,
                                                const MarkRequest& request);
[[nodiscard]] bool may_be_pipelined(std::string_view sql, std::string_view provider);
[[nodiscard]] MarkLimits mark_limits();

}  // namespace binding

namespace seam {

template <>
struct Record<MarkVerdict> {
  static constexpr auto kFields = std::tuple{required<&MarkVerdict::verdict>, required<&MarkVerdict::reason>,
                                             required<&MarkVerdict::ask_again>, required<&MarkVerdict::end_ghost>};
};
template <>
struct Record<MarkRequest> {
  static constexpr auto kFields =
      std::tuple{required<&MarkRequest::table>, required<&MarkRequest::parameters>, required<&MarkRequest::wants_rows>};
};
template <>
struct Record<MarkedSql> {
  static constexpr auto kFields = std::tuple{required<&MarkedSql::text>, required<&MarkedSql::answer>,
                                             required<&MarkedSql::recall>, required<&MarkedSql::may_be_prepared>};
};
template <>
struct Record<PipelinedReplies> {
  static constexpr auto kFields = std::tuple{required<&PipelinedReplies::off>, required<&PipelinedReplies::off_again>,
                                             required<&PipelinedReplies::mark>, required<&PipelinedReplies::statement>};
};
template <>
struct Record<SweepState> {
  static constexpr auto kFields = std::tuple{required<&SweepState::settled>, required<&SweepState::last_sweep>,
                                             required<&SweepState::last_by_age>, required<&SweepState::age_batch_full>};
};
template <>
struct Record<SweepPlan> {
  static constexpr auto kFields =
      std::tuple{required<&SweepPlan::settled>, required<&SweepPlan::by_age>, required<&SweepPlan::pause>};
};
template <>
struct Record<MarkLimits> {
  static constexpr auto kFields = std::tuple{
      required<&MarkLimits::lock_wait>,    required<&MarkLimits::kept>,        required<&MarkLimits::sweep_batch>,
      required<&MarkLimits::most_settled>, required<&MarkLimits::sweep_pause>, required<&MarkLimits::uses_before_name>,
      required<&MarkLimits::most_stale>,   required<&MarkLimits::most_names>};
};

}  // namespace seam
}  // namespace resilience
