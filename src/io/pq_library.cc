#include "io/pq_library.h"

#include <libpq-fe.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

namespace {

thread_local resilience::PqBudget* budget_of_thread = nullptr;

}  // namespace

extern "C" {

// Two functions of libc under the names by which the archive calls them (scripts/build-libpq.mjs).
char* resilience_pq_getenv(const char* name);
ssize_t resilience_pq_recv(int socket, void* buffer, size_t length, int flags);
// A function of libpq's own whose calls come here first (cmake/static-libpq.cmake); the linker makes the names.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
int __real_pg_hmac_init(void* context, const unsigned char* key, size_t length);
int __wrap_pg_hmac_init(void* context, const unsigned char* key, size_t length);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

// For libpq there is no environment, and so no PG* variable, no service file and no home directory but those we name.
char* resilience_pq_getenv(const char*) {
  return nullptr;
}

ssize_t resilience_pq_recv(int socket, void* buffer, size_t length, int flags) {
  resilience::PqBudget* const budget = budget_of_thread;
  if (!budget) return ::recv(socket, buffer, length, flags);
  if (budget->bytes == 0) {
    errno = EPROTO;
    return -1;
  }
  const ssize_t got = ::recv(socket, buffer, std::min(length, budget->bytes), flags);
  if (got > 0) budget->bytes -= static_cast<std::size_t>(got);
  return got;
}

int __wrap_pg_hmac_init(void* context, const unsigned char* key, size_t length) {
  resilience::PqBudget* const budget = budget_of_thread;
  if (budget && budget->hashes == 0) return -1;
  if (budget) --budget->hashes;
  return __real_pg_hmac_init(context, key, length);
}

}  // extern "C"

namespace resilience {

void prepare_pq_library() noexcept {
  static std::once_flag once;
  std::call_once(once, [] {
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
    PQinitOpenSSL(0, 0);
  });
}

PqBudgetScope::PqBudgetScope(PqBudget& budget) noexcept {
  budget_of_thread = &budget;
}

PqBudgetScope::~PqBudgetScope() {
  budget_of_thread = nullptr;
}

}  // namespace resilience
