#include "io/pq_library.h"

#include <libpq-fe.h>
#include <openssl/ssl.h>

#include <mutex>

// The archive's getenv (scripts/build-libpq.mjs renames it): for libpq there is no environment, and so no PG* variable,
// no service file and no home directory but the ones that we name.
extern "C" char* resilience_pq_getenv(const char* name);
extern "C" char* resilience_pq_getenv(const char*) {
  return nullptr;
}

namespace resilience {

void prepare_pq_library() noexcept {
  static std::once_flag once;
  std::call_once(once, [] {
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
    PQinitOpenSSL(0, 0);
  });
}

}  // namespace resilience
