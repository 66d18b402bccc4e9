// What the core is told of operations and their tries, as it crosses (core/operation.h, core/silent_connections.h,
// core/error_facts.h).
#pragma once

#include "binding/seam/record.h"
#include "core/error_facts.h"
#include "core/operation.h"
#include "core/silent_connections.h"

namespace resilience::seam {

template <>
struct Record<Operation> {
  static constexpr auto kFields = std::tuple{required<&Operation::kind>, required<&Operation::shape>,
                                             required<&Operation::has_user_code>, defaulted<&Operation::beneath>};
};

template <>
struct Record<FailedAttempt> {
  static constexpr auto kFields = std::tuple{required<&FailedAttempt::ticket>,
                                             required<&FailedAttempt::operation>,
                                             required<&FailedAttempt::first_started>,
                                             required<&FailedAttempt::try_started>,
                                             required<&FailedAttempt::tries>,
                                             required<&FailedAttempt::epoch>,
                                             defaulted<&FailedAttempt::nothing_sent>,
                                             defaulted<&FailedAttempt::holds_connection>,
                                             defaulted<&FailedAttempt::new_connection>,
                                             defaulted<&FailedAttempt::callback_started>,
                                             defaulted<&FailedAttempt::earlier_in_doubt>,
                                             defaulted<&FailedAttempt::reported_beneath>,
                                             defaulted<&FailedAttempt::swept_by_guard>,
                                             defaulted<&FailedAttempt::under_way>};
};

template <>
struct Record<UsedConnection> {
  static constexpr auto kFields =
      std::tuple{required<&UsedConnection::number>, required<&UsedConnection::opening>, required<&UsedConnection::pid>,
                 required<&UsedConnection::opened>, required<&UsedConnection::moving>};
};

// What is missing is not known.
template <>
struct Record<ErrorFacts> {
  static constexpr auto kFields = std::tuple{defaulted<&ErrorFacts::kind>,
                                             defaulted<&ErrorFacts::original_code>,
                                             defaulted<&ErrorFacts::original_message>,
                                             defaulted<&ErrorFacts::severity>,
                                             defaulted<&ErrorFacts::code>,
                                             defaulted<&ErrorFacts::error_code>,
                                             defaulted<&ErrorFacts::name>,
                                             defaulted<&ErrorFacts::message>,
                                             defaulted<&ErrorFacts::cause_code>,
                                             defaulted<&ErrorFacts::cause_message>,
                                             defaulted<&ErrorFacts::syscall>,
                                             defaulted<&ErrorFacts::host>,
                                             defaulted<&ErrorFacts::driver>,
                                             defaulted<&ErrorFacts::pool_active>,
                                             defaulted<&ErrorFacts::pool_idle>,
                                             defaulted<&ErrorFacts::prisma_major>,
                                             defaulted<&ErrorFacts::compiles_queries>,
                                             defaulted<&ErrorFacts::phase>,
                                             defaulted<&ErrorFacts::probe>,
                                             optional<&ErrorFacts::proven_outcome>,
                                             defaulted<&ErrorFacts::in_transaction>,
                                             defaulted<&ErrorFacts::may_commit_inside>};
};

}  // namespace resilience::seam
