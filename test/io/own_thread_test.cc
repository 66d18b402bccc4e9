#include "io/own_thread.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace resilience::testing {
namespace {

bool takes_terminate_signals() {
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  return sigismember(&now, SIGTERM) == 0;
}

// Cannot be handed to a thread.
struct Uncopyable {
  Uncopyable() = default;
  Uncopyable(const Uncopyable&) { throw std::logic_error("no copy"); }
  void operator()() const {}
};

TEST(OwnThread, TakesNoSignals) {
  ASSERT_TRUE(takes_terminate_signals());
  bool taken = true;
  std::optional<std::thread> thread = start_thread([&taken] { taken = takes_terminate_signals(); });
  ASSERT_TRUE(thread.has_value());
  thread->join();
  EXPECT_FALSE(taken);
  EXPECT_TRUE(takes_terminate_signals()) << "whoever starts one goes on as before";
}

TEST(OwnThread, WhoeverStartsOneGoesOnTakingSignalsWhateverIsThrown) {
  const Uncopyable body;
  EXPECT_THROW((void)start_thread(body), std::logic_error);
  EXPECT_TRUE(takes_terminate_signals());
}

}  // namespace
}  // namespace resilience::testing
