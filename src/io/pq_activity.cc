#include "io/pq_activity.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "core/probe_verdict.h"
#include "io/one_line.h"

namespace resilience {
namespace {

constexpr std::string_view kServer =
    "SELECT pg_catalog.current_setting('max_connections'), "
    "(extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::pg_catalog.int8;";
// Not the one that looks: it is gone a moment later. Of a session that is hidden from this role hardly more is to be
// seen than whose it is.
constexpr std::string_view kCounts =
    "SELECT coalesce(state, 'unknown'), count(*), count(*) FILTER (WHERE wait_event_type = 'Lock') "
    "FROM pg_catalog.pg_stat_activity "
    "WHERE datname = pg_catalog.current_database() "
    "AND coalesce(backend_type = 'client backend', usesysid IS NOT NULL) AND pid <> pg_catalog.pg_backend_pid() "
    "GROUP BY 1 ORDER BY 1;";
constexpr std::string_view kBackends =
    "SELECT pid, state, (extract(epoch FROM pg_catalog.clock_timestamp() - backend_start) * 1000)::pg_catalog.int8, "
    "(extract(epoch FROM pg_catalog.clock_timestamp() - state_change) * 1000)::pg_catalog.int8, "
    "(extract(epoch FROM state_change) * 1000000)::pg_catalog.int8 "
    "FROM pg_catalog.pg_stat_activity WHERE datname = pg_catalog.current_database() AND pid IN (";

constexpr std::size_t kParts = 3;
constexpr std::size_t kMostBytes = std::size_t{2} << 20;  // kMostBackendsAsked rows, as libpq keeps them

std::string_view text(const PGresult* result, int row, int column) {
  return PQgetvalue(result, row, column);  // empty for null
}

std::int64_t number(const PGresult* result, int row, int column) {
  const std::string_view digits = text(result, row, column);
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

Duration ms(const PGresult* result, int row, int column) {
  // A clock that was set back is no negative age; thirty years fit into a Duration.
  constexpr std::int64_t kMost = 1'000'000'000'000;
  return std::chrono::milliseconds{std::clamp<std::int64_t>(number(result, row, column), 0, kMost)};
}

BackendState state_named(std::string_view name) {
  if (name == "active" || name == "fastpath function call") return BackendState::kActive;
  if (name == "idle" || name == "idle in transaction" || name == "idle in transaction (aborted)") {
    return BackendState::kIdle;
  }
  return BackendState::kUnknown;
}

bool has_shape(const PqResult& result, int columns) {
  return PQresultStatus(result.get()) == PGRES_TUPLES_OK && PQnfields(result.get()) == columns;
}

ServerActivity not_known(const std::vector<PqResult>& results, const std::vector<std::string>& secrets) {
  ServerActivity activity;
  activity.code = probe_code::kProtocol;
  activity.message = "the server answers something else than what it was asked";
  for (const PqResult& result : results) {
    if (PQresultStatus(result.get()) != PGRES_FATAL_ERROR) continue;
    if (const char* const code = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE)) activity.code = code;
    activity.message = one_line(PQresultErrorMessage(result.get()), secrets);
  }
  return activity;
}

}  // namespace

std::string activity_question(std::span<const std::uint32_t> pids) {
  std::string sql;
  sql.append(kServer).append(kCounts).append(kBackends).append("0");
  for (const std::uint32_t pid : pids.first(std::min(pids.size(), kMostBackendsAsked))) {
    sql.append(",").append(std::to_string(pid));
  }
  return sql.append(")");
}

PqResults::Bounds activity_bounds() noexcept {
  return {kParts + 1, kMostBytes};  // one more: an error may follow
}

ServerActivity read_activity(const std::vector<PqResult>& results, const std::vector<std::string>& secrets) {
  const bool well_formed = results.size() == kParts && has_shape(results[0], 2) && PQntuples(results[0].get()) == 1 &&
                           has_shape(results[1], 3) && has_shape(results[2], 5);
  if (!well_formed) return not_known(results, secrets);
  ServerActivity activity;
  activity.known = true;
  activity.max_connections = static_cast<std::uint64_t>(number(results[0].get(), 0, 0));
  activity.server_started_us = number(results[0].get(), 0, 1);
  const PGresult* const counts = results[1].get();
  for (int row = 0; row < PQntuples(counts); ++row) {
    activity.connections.push_back(
        {std::string(text(counts, row, 0)), static_cast<std::uint64_t>(number(counts, row, 1))});
    activity.waiting_for_lock += static_cast<std::uint64_t>(number(counts, row, 2));
  }
  const PGresult* const backends = results[2].get();
  for (int row = 0; row < PQntuples(backends); ++row) {
    activity.backends.push_back({static_cast<std::uint32_t>(number(backends, row, 0)),
                                 state_named(text(backends, row, 1)), ms(backends, row, 2), ms(backends, row, 3),
                                 number(backends, row, 4)});
  }
  return activity;
}

}  // namespace resilience
