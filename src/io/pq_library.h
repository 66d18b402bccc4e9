// libpq and OpenSSL as they must be inside somebody else's process.
#pragma once

#include <cstddef>

namespace resilience {

// Once per process, before anything of libpq: OpenSSL reads no configuration file and leaves nothing to do at exit,
// when a thread of ours may still be in the middle of a handshake. Any thread, any number of times.
void prepare_pq_library() noexcept;

// What is linked in, as the two name themselves: 150018, and "OpenSSL 3.0.22 …".
struct PqVersions {
  int libpq;
  const char* openssl;
};
[[nodiscard]] PqVersions pq_versions() noexcept;

// What a server may make one attempt do.
struct PqBudget {
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t hashes = 200'000;         // rounds of SCRAM; servers ask for 4096 by default, and could ask for 2^31
  bool tells_password = false;          // in the clear, or as an MD5 hash, which is as good to whoever hears it
  bool was_asked_for_password = false;  // and did not tell it
};

// While one lives, what libpq receives and hashes on this thread is taken off `budget`, and off the budgets of the
// scopes around it; when one of them is spent, it fails. libpq itself would read on for as long as a server sends: a
// message may claim to be a gigabyte long.
class PqBudgetScope {
 public:
  explicit PqBudgetScope(PqBudget& budget) noexcept;
  PqBudgetScope(const PqBudgetScope&) = delete;
  PqBudgetScope& operator=(const PqBudgetScope&) = delete;
  ~PqBudgetScope();

  // What may still be received on this thread, and what was.
  [[nodiscard]] static std::size_t bytes_left() noexcept;
  static void take_bytes(std::size_t bytes) noexcept;
  // False: nothing more is to be hashed on this thread.
  [[nodiscard]] static bool take_hash() noexcept;
  // False: the password is not to be told to whoever asks on this thread.
  [[nodiscard]] static bool may_tell_password() noexcept;

 private:
  PqBudget& budget_;
  PqBudgetScope* const around_;
};

}  // namespace resilience
