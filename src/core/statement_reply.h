// Whether a database has refused a statement, or its answer was lost.
//
// The difference decides what a COMMIT has done: refused, nothing of its transaction is applied; with its answer lost,
// it may be. Where in doubt the answer counts as lost, since asking for the outcome is always right.
//
// Pure: a function of its arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace resilience {

// What an error says that the database, or its driver, has answered with; nothing where it says nothing of it.
struct StatementReply {
  std::optional<std::string_view> sqlstate{};   // PostgreSQL's
  std::optional<std::string_view> severity{};   // PostgreSQL's, beside it
  std::optional<std::uint32_t> mysql_number{};  // MySQL's or MariaDB's, the server's or its driver's
  std::optional<std::string_view> sqlite{};     // SQLite's name for it: 'SQLITE_BUSY'
};

// The database itself has refused, and lives on: nothing of the statement is applied, and of a COMMIT nothing of its
// transaction.
[[nodiscard]] bool is_refusal(const StatementReply& reply) noexcept;

}  // namespace resilience
