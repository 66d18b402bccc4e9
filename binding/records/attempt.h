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
  static constexpr auto fields = std::tuple{required<&Operation::kind>, required<&Operation::shape>,
                                            required<&Operation::has_user_code>, defaulted<&Operation::beneath>};
};

template <>
struct Record<FailedTry> {
  static constexpr auto fields = std::tuple{required<&FailedTry::ticket>,
                                            required<&FailedTry::operation>,
                                            required<&FailedTry::first_started>,
                                            required<&FailedTry::try_started>,
                                            required<&FailedTry::tries>,
                                            required<&FailedTry::epoch>,
                                            defaulted<&FailedTry::nothing_sent>,
                                            defaulted<&FailedTry::holds_connection>,
                                            defaulted<&FailedTry::new_connection>,
                                            defaulted<&FailedTry::callback_started>,
                                            defaulted<&FailedTry::earlier_in_doubt>,
                                            defaulted<&FailedTry::reported_beneath>,
                                            defaulted<&FailedTry::rescued_beneath>,
                                            defaulted<&FailedTry::under_way>};
};

template <>
struct Record<UsedConnection> {
  static constexpr auto fields =
      std::tuple{required<&UsedConnection::number>, required<&UsedConnection::opening>, required<&UsedConnection::pid>,
                 required<&UsedConnection::opened>, required<&UsedConnection::moving>};
};

// What is missing is not known.
template <>
struct Record<ErrorFacts> {
  static constexpr auto fields = std::tuple{defaulted<&ErrorFacts::kind>,
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
                                            defaulted<&ErrorFacts::driver>,
                                            defaulted<&ErrorFacts::pool_active>,
                                            defaulted<&ErrorFacts::pool_idle>,
                                            defaulted<&ErrorFacts::prisma_major>,
                                            defaulted<&ErrorFacts::phase>,
                                            defaulted<&ErrorFacts::probe>,
                                            optional<&ErrorFacts::proven_outcome>,
                                            defaulted<&ErrorFacts::in_transaction>,
                                            defaulted<&ErrorFacts::may_commit_inside>};
};

}  // namespace resilience::seam
