// A conservative reading of raw SQL: may it run again, and may it commit before it fails?
//
// A statement is a read only if everything in it is known to be harmless; when in doubt it is a write. What SQL does
// not show is not seen: a view, an operator, a cast or a rule of the user's own that writes. Pure, linear, any bytes.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/operation_kind.h"
#include "core/sql_lexer.h"

namespace resilience {

struct SqlKind {
  OperationKind kind = OperationKind::kWrite;  // kRead or kWrite
  // Some of its work may be committed although it fails: CALL, DO, COMMIT, several statements that are not all reads,
  // and whatever else is not known to be one transaction.
  bool may_commit_inside = true;
  // Run inside a transaction, it may end it, or mean something else there than outside: transaction control, what only
  // a transaction allows (LOCK, DECLARE), several statements in one text. CALL and DO cannot: a procedure that commits
  // is refused there.
  bool may_end_transaction = true;
  // Surely leaves something behind that lives as long as its session: SET, LISTEN, PREPARE, a temporary table, a cursor
  // WITH HOLD, an advisory lock that is not its transaction's. False where that is not known.
  bool holds_session = false;
};

[[nodiscard]] SqlKind sql_kind(std::string_view sql, SqlDialect dialect);

}  // namespace resilience
