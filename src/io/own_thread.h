// Threads of ours inside somebody else's process: no signal of theirs is handled on one, and one that cannot be had is
// an answer rather than an exception.
#pragma once

#include <csignal>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace resilience {

#ifdef _WIN32
// Signals are sent to no thread there.
class SignalsHeld {};
#else
// While one lives, this thread, and what it starts, takes no signal but its own faults.
class SignalsHeld {
 public:
  SignalsHeld() noexcept {
    sigset_t all;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&all, fault);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};
#endif

// Empty where the system grants no further thread.
template <typename Body>
[[nodiscard]] std::optional<std::thread> start_thread(Body&& body) {
  [[maybe_unused]] const SignalsHeld held{};
  try {
    return std::thread(std::forward<Body>(body));
  } catch (const std::system_error&) {
    return std::nullopt;
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
}

// For what nobody will join. False where the system grants no further thread.
template <typename Body>
[[nodiscard]] bool start_detached(Body&& body) {
  std::optional<std::thread> thread = start_thread(std::forward<Body>(body));
  if (thread) thread->detach();
  return thread.has_value();
}

}  // namespace resilience
