// src/io/glibc_compat.c is linked in here as it is in the addons: what it replaces must still work.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

[[gnu::noinline]] void throws() {
  throw std::runtime_error("thrown");
}

TEST(GlibcCompat, ExceptionsFindTheirHandlers) {
  std::string caught;
  std::thread([&] {
    try {
      throws();
    } catch (const std::exception& error) {
      caught = error.what();
    }
  }).join();
  EXPECT_EQ(caught, "thrown");
}

TEST(GlibcCompat, SteadyWaitsEndWhenTheyShould) {
  std::mutex mutex;
  std::condition_variable changed;
  std::unique_lock lock(mutex);
  for (const milliseconds wait : {milliseconds{0}, milliseconds{30}, milliseconds{999}}) {
    const auto begin = steady_clock::now();
    EXPECT_FALSE(changed.wait_until(lock, begin + wait, [] { return false; }));
    EXPECT_GE(steady_clock::now() - begin, wait);
  }
  EXPECT_EQ(changed.wait_until(lock, steady_clock::now() - milliseconds{1500}), std::cv_status::timeout);
}

TEST(GlibcCompat, AWaitEndsWhenItIsNotified) {
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  std::thread notifier([&] {
    const std::scoped_lock lock(mutex);
    ready = true;
    changed.notify_one();
  });
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_until(lock, steady_clock::now() + std::chrono::seconds{20}, [&] { return ready; }));
  lock.unlock();
  notifier.join();
}

TEST(GlibcCompat, RandomNumbersDiffer) {
  std::random_device random;
  const auto first = random();
  const auto second = random();
  EXPECT_TRUE(first != second || second != random());
}

TEST(GlibcCompat, FilesAreLookedAt) {
  struct stat status {};
  EXPECT_EQ(::stat("/", &status), 0);
  EXPECT_TRUE(S_ISDIR(status.st_mode));
  EXPECT_NE(::stat("/no such file", &status), 0);
}

}  // namespace
