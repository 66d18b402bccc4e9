#include "core/statement_reply.h"

#include <algorithm>
#include <array>

namespace resilience {
namespace {

// 08: the connection; 57: the server is going away; 40003: "statement completion unknown".
constexpr std::array<std::string_view, 3> kLostSqlstates{"08", "57", "40003"};

// MySQL and MariaDB number what the server says below this; above it, their driver speaks of its own troubles.
constexpr std::uint32_t kFirstOfTheDriver = 40'000;
// The server is going away, or has ended the connection.
constexpr std::array<std::uint32_t, 11> kLostMysqlNumbers{1053, 1152, 1153, 1158, 1159, 1160,
                                                          1161, 1184, 1927, 2006, 2013};

// SQLite answers from within the process; these say that the file itself could not be written, or no longer be read.
constexpr std::array<std::string_view, 5> kLostSqlite{"SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB",
                                                      "SQLITE_PROTOCOL", "SQLITE_INTERNAL"};

// Of InnoDB: a record has changed since the transaction's snapshot, no room for locks is left, a deadlock.
constexpr std::array<std::uint32_t, 3> kUndoingMysqlNumbers{1020, 1206, 1213};
constexpr std::uint32_t kLockWaitTimeout = 1205;

// "Might cause an automatic rollback", as SQLite says of these; whether it did, the error does not tell.
constexpr std::array<std::string_view, 3> kUndoingSqlite{"SQLITE_FULL", "SQLITE_IOERR", "SQLITE_NOMEM"};

template <typename List>
bool contains(const List& list, std::uint32_t number) noexcept {
  return std::find(list.begin(), list.end(), number) != list.end();
}

template <typename List>
bool begins_with_any(std::string_view text, const List& beginnings) noexcept {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [text](std::string_view beginning) { return text.starts_with(beginning); });
}

}  // namespace

bool is_refusal(const StatementReply& reply) noexcept {
  if (reply.mysql_number) {
    return *reply.mysql_number < kFirstOfTheDriver && !contains(kLostMysqlNumbers, *reply.mysql_number);
  }
  if (reply.sqlite) return !begins_with_any(*reply.sqlite, kLostSqlite);
  if (!reply.sqlstate || reply.sqlstate->empty() || begins_with_any(*reply.sqlstate, kLostSqlstates)) return false;
  return reply.severity != "FATAL" && reply.severity != "PANIC";
}

std::string_view to_string(EndsTransaction ends) noexcept {
  switch (ends) {
    case EndsTransaction::kNo: return "no";
    case EndsTransaction::kYes: return "yes";
    case EndsTransaction::kIfConfigured: return "if-configured";
  }
  return "yes";
}

EndsTransaction ends_transaction(const StatementReply& reply) noexcept {
  if (reply.mysql_number) {
    if (*reply.mysql_number == kLockWaitTimeout) return EndsTransaction::kIfConfigured;
    return contains(kUndoingMysqlNumbers, *reply.mysql_number) ? EndsTransaction::kYes : EndsTransaction::kNo;
  }
  if (reply.sqlite && begins_with_any(*reply.sqlite, kUndoingSqlite)) return EndsTransaction::kYes;
  return EndsTransaction::kNo;
}

bool sends_in_turn(std::string_view provider) noexcept {
  return provider != "postgres";
}

}  // namespace resilience
