#include "io/pq_library.h"

#include <libpq-fe.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <mutex>

namespace {

thread_local resilience::PqBudgetScope* innermost_scope = nullptr;

}  // namespace

extern "C" {

// Two functions of libc under the names by which the archive calls them (scripts/build-libpq.mjs).
char* resilience_pq_getenv(const char* name);
ssize_t resilience_pq_recv(int socket, void* buffer, size_t length, int flags);
// Functions of libpq's own whose calls come here first (cmake/static-libpq.cmake); the linker makes the names.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
int __real_pg_hmac_init(void* context, const unsigned char* key, size_t length);
int __wrap_pg_hmac_init(void* context, const unsigned char* key, size_t length);
int __real_pg_fe_sendauth(std::uint32_t request, int length, PGconn* connection);
int __wrap_pg_fe_sendauth(std::uint32_t request, int length, PGconn* connection);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

// For libpq there is no environment, and so no PG* variable, no service file and no home directory but those we name.
char* resilience_pq_getenv(const char*) {
  return nullptr;
}

ssize_t resilience_pq_recv(int socket, void* buffer, size_t length, int flags) {
  const std::size_t left = resilience::PqBudgetScope::bytes_left();
  if (left == 0) {
    errno = EPROTO;
    return -1;
  }
  const ssize_t got = ::recv(socket, buffer, std::min(length, left), flags);
  if (got > 0) resilience::PqBudgetScope::take_bytes(static_cast<std::size_t>(got));
  return got;
}

int __wrap_pg_hmac_init(void* context, const unsigned char* key, size_t length) {
  if (!resilience::PqBudgetScope::take_hash()) return -1;
  return __real_pg_hmac_init(context, key, length);
}

int __wrap_pg_fe_sendauth(std::uint32_t request, int length, PGconn* connection) {
  constexpr std::uint32_t kCleartextPassword = 3;
  constexpr std::uint32_t kMd5Password = 5;
  constexpr int kError = -1;
  const bool tells = request == kCleartextPassword || request == kMd5Password;
  if (tells && !resilience::PqBudgetScope::may_tell_password()) return kError;
  return __real_pg_fe_sendauth(request, length, connection);
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

PqVersions pq_versions() noexcept {
  return {PQlibVersion(), OpenSSL_version(OPENSSL_VERSION)};
}

PqBudgetScope::PqBudgetScope(PqBudget& budget) noexcept : budget_(budget), around_(innermost_scope) {
  innermost_scope = this;
}

PqBudgetScope::~PqBudgetScope() {
  innermost_scope = around_;
}

std::size_t PqBudgetScope::bytes_left() noexcept {
  std::size_t left = std::numeric_limits<std::size_t>::max();
  for (const PqBudgetScope* scope = innermost_scope; scope; scope = scope->around_) {
    left = std::min(left, scope->budget_.bytes);
  }
  return left;
}

void PqBudgetScope::take_bytes(std::size_t bytes) noexcept {
  for (PqBudgetScope* scope = innermost_scope; scope; scope = scope->around_)
    scope->budget_.bytes -= std::min(bytes, scope->budget_.bytes);
}

bool PqBudgetScope::may_tell_password() noexcept {
  bool may = true;
  for (PqBudgetScope* scope = innermost_scope; scope; scope = scope->around_) {
    if (scope->budget_.tells_password) continue;
    scope->budget_.was_asked_for_password = true;
    may = false;
  }
  return may;
}

bool PqBudgetScope::take_hash() noexcept {
  for (const PqBudgetScope* scope = innermost_scope; scope; scope = scope->around_) {
    if (scope->budget_.hashes == 0) return false;
  }
  for (PqBudgetScope* scope = innermost_scope; scope; scope = scope->around_) --scope->budget_.hashes;
  return true;
}

}  // namespace resilience
