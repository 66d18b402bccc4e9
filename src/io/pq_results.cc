#include "io/pq_results.h"

#include <utility>

namespace resilience {
namespace {

// While a COPY is under way, PQgetResult answers with the same status for ever.
bool is_copy(ExecStatusType status) noexcept {
  return status == PGRES_COPY_OUT || status == PGRES_COPY_IN || status == PGRES_COPY_BOTH;
}

}  // namespace

PqResults::Progress PqResults::read(PGconn* connection) {
  if (!refusal_.empty()) return Progress::kRefused;
  while (PQisBusy(connection) == 0) {
    PqResult result(PQgetResult(connection));
    if (!result) return Progress::kComplete;
    if (is_copy(PQresultStatus(result.get()))) return refuse("the server answers a question with COPY");
    if (results_.size() == bounds_.count)
      return refuse("the server answers with more results than there are questions");
    bytes_ += PQresultMemorySize(result.get());
    if (bytes_ > bounds_.bytes) return refuse("the server answers with more than a database would");
    results_.push_back(std::move(result));
    // Nothing follows on a connection that is gone.
    if (PQstatus(connection) == CONNECTION_BAD) return Progress::kComplete;
  }
  return Progress::kPending;
}

PqResults::Progress PqResults::refuse(std::string_view why) noexcept {
  refusal_ = why;
  results_.clear();
  return Progress::kRefused;
}

}  // namespace resilience
