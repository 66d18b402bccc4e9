#include "io/host_resolver.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <condition_variable>

namespace resilience {
namespace {

// A name server that answers when the test says so. The resolver takes a plain function, so there is one for all tests.
struct NameServer {
  std::mutex mutex;
  std::condition_variable changed;
  bool answers = true;
  int asked = 0;
  int at_once = 0;
  int most_at_once = 0;
};

NameServer& name_server() {
  static NameServer server;
  return server;
}

ResolvedHost resolve(const std::string& host) {
  NameServer& server = name_server();
  std::unique_lock lock(server.mutex);
  ++server.asked;
  server.most_at_once = std::max(server.most_at_once, ++server.at_once);
  server.changed.notify_all();
  server.changed.wait(lock, [&server] { return server.answers; });
  --server.at_once;
  server.changed.notify_all();
  if (host.starts_with("no")) return {{}, "ENOTFOUND"};
  return {{"192.0.2.1"}, {}};
}

class HostResolverTest : public ::testing::Test {
 protected:
  HostResolverTest() {
    const std::scoped_lock lock(name_server().mutex);
    name_server().answers = true;
    name_server().asked = name_server().most_at_once = 0;
  }
  // Threads of this test must not be left in the next one's numbers.
  ~HostResolverTest() override {
    answer();
    std::unique_lock lock(name_server().mutex);
    name_server().changed.wait(lock, [] { return name_server().at_once == 0; });
  }

  static void hold() {
    const std::scoped_lock lock(name_server().mutex);
    name_server().answers = false;
  }
  static void answer() {
    const std::scoped_lock lock(name_server().mutex);
    name_server().answers = true;
    name_server().changed.notify_all();
  }
  static void wait_until_asked(int times) {
    std::unique_lock lock(name_server().mutex);
    name_server().changed.wait(lock, [times] { return name_server().asked >= times; });
  }
  const ResolvedHost& wait_for(const Lookup& lookup) {
    while (!lookup.result()) {
      pollfd fd{waker_->fd(), POLLIN, 0};
      ::poll(&fd, 1, -1);
      waker_->clear();
    }
    return *lookup.result();
  }

  HostResolver resolver_{&resolve};
  std::shared_ptr<Waker> waker_ = std::make_shared<Waker>();
};

TEST_F(HostResolverTest, AnswersComeWithAWakeUp) {
  EXPECT_EQ(wait_for(*resolver_.look_up("a", waker_)).addresses, (std::vector<std::string>{"192.0.2.1"}));
  EXPECT_EQ(wait_for(*resolver_.look_up("no", waker_)).code, "ENOTFOUND");
}

TEST_F(HostResolverTest, ANameIsLookedUpOnceHoweverManyAsk) {
  hold();
  const auto other = std::make_shared<Waker>();
  const std::shared_ptr<Lookup> one = resolver_.look_up("a", waker_);
  EXPECT_EQ(resolver_.look_up("a", other), one);
  EXPECT_EQ(one->result(), nullptr);
  answer();
  wait_for(*one);
  pollfd fd{other->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&fd, 1, -1), 1);
  EXPECT_EQ(name_server().asked, 1);
}

TEST_F(HostResolverTest, ANameServerThatNeverAnswersCostsFourThreads) {
  hold();
  std::vector<std::shared_ptr<Lookup>> lookups;
  for (int i = 0; i < 20; ++i) lookups.push_back(resolver_.look_up("host" + std::to_string(i), waker_));
  wait_until_asked(4);
  EXPECT_EQ(name_server().most_at_once, 4);
  answer();
  for (const auto& lookup : lookups) EXPECT_EQ(wait_for(*lookup).addresses.size(), 1U);
  EXPECT_EQ(name_server().most_at_once, 4);
}

TEST_F(HostResolverTest, WhoeverAskedMayGoBeforeTheAnswerComes) {
  hold();
  std::shared_ptr<Lookup> lookup;
  {
    HostResolver passing(&resolve);
    lookup = passing.look_up("a", waker_);
    waker_.reset();
    wait_until_asked(1);
  }
  EXPECT_EQ(lookup->result(), nullptr);
  answer();
}

TEST(HostResolverSystem, KnowsTheLoopbackAndRefusesNonsense) {
  EXPECT_FALSE(HostResolver::system_resolve("localhost").addresses.empty());
  for (const std::string& nonsense : {std::string("no such.host!"), std::string(1000, 'a'), std::string("\xff\xfe")}) {
    const ResolvedHost resolved = HostResolver::system_resolve(nonsense);
    EXPECT_TRUE(resolved.addresses.empty()) << nonsense;
    EXPECT_TRUE(resolved.code == "ENOTFOUND" || resolved.code == "EAI_AGAIN") << resolved.code;
  }
}

}  // namespace
}  // namespace resilience
