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

template <typename List>
bool begins_with_any(std::string_view text, const List& beginnings) noexcept {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [text](std::string_view beginning) { return text.starts_with(beginning); });
}

}  // namespace

bool is_refusal(const StatementReply& reply) noexcept {
  if (reply.mysql_number) {
    const bool lost =
        std::find(kLostMysqlNumbers.begin(), kLostMysqlNumbers.end(), *reply.mysql_number) != kLostMysqlNumbers.end();
    return *reply.mysql_number < kFirstOfTheDriver && !lost;
  }
  if (reply.sqlite) return !begins_with_any(*reply.sqlite, kLostSqlite);
  if (!reply.sqlstate || reply.sqlstate->empty() || begins_with_any(*reply.sqlstate, kLostSqlstates)) return false;
  return reply.severity != "FATAL" && reply.severity != "PANIC";
}

}  // namespace resilience
