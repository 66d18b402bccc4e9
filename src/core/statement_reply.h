// Whether a database has refused a statement, or its answer was lost.
//
// The difference decides what a COMMIT has done: refused, nothing of its transaction is applied; with its answer lost,
// it may be. Where in doubt the answer counts as lost, since asking for the outcome is always right.
//
// A refusal of a statement may also have ended the transaction that it was in. PostgreSQL then takes nothing but its
// end; MySQL, MariaDB and SQLite take the next statement for one that stands alone, and commit it.
//
// Pure: functions of their arguments.
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

enum class EndsTransaction : std::uint8_t {
  kNo = 0,
  kYes = 1,           // the database has rolled all of it back, or may have
  kIfConfigured = 2,  // where innodb_rollback_on_timeout is set; else the statement alone is undone
};

[[nodiscard]] std::string_view to_string(EndsTransaction ends) noexcept;

// What a refused statement has done to its transaction, where statements that follow would be committed by themselves.
[[nodiscard]] EndsTransaction ends_transaction(const StatementReply& reply) noexcept;

// Whether a transaction's statements are sent one after the other, each once the last is answered: where a refusal may
// end the transaction, what was sent behind it is committed by itself. `provider` as adapters name it; one that is not
// known may be such a database.
[[nodiscard]] bool sends_in_turn(std::string_view provider) noexcept;

}  // namespace resilience
