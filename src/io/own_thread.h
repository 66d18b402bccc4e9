// Threads of ours inside somebody else's process: no signal of theirs is handled on one, and one that cannot be had is
// an answer rather than an exception.
#pragma once

#include <csignal>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace resilience {

// Empty where the system grants no further thread.
template <typename Body>
[[nodiscard]] std::optional<std::thread> start_thread(Body&& body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&all, fault);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::optional<std::thread> thread;
  try {
    thread.emplace(std::forward<Body>(body));
  } catch (const std::system_error&) {
    thread.reset();
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

// For what nobody will join. False where the system grants no further thread.
template <typename Body>
[[nodiscard]] bool start_detached(Body&& body) {
  std::optional<std::thread> thread = start_thread(std::forward<Body>(body));
  if (thread) thread->detach();
  return thread.has_value();
}

}  // namespace resilience
