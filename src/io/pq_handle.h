// Owners of libpq's objects.
#pragma once

#include <libpq-fe.h>

#include <memory>

namespace resilience {

struct PqFinish {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
struct PqClear {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};

using PqConnection = std::unique_ptr<PGconn, PqFinish>;
using PqResult = std::unique_ptr<PGresult, PqClear>;

}  // namespace resilience
