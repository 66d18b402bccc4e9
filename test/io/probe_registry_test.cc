#include "io/probe_registry.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <random>
#include <thread>

#include "core/probe_verdict.h"
#include "test/io/support/fake_server.h"
#include "test/io/support/probing.h"

namespace resilience::testing {
namespace {

std::size_t entries(const char* folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}
std::size_t threads() {
  return entries("/proc/self/task");
}
std::size_t file_descriptors() {
  return entries("/proc/self/fd");
}

TEST(ProbeRegistry, OneThreadServesAllWhoLookAtOneDatabase) {
  const FakeServer server(lets_in);
  Registry registry;
  const std::size_t before = threads();
  {
    Probing one(registry, local_url(server.port()));
    Probing two(registry, local_url(server.port()) + "?connection_limit=7");
    EXPECT_EQ(registry.size(), 1U);
    EXPECT_EQ(threads(), before) << "a thread is there before anybody looks";
    one.subscription().search(Epoch{1});
    two.subscription().search(Epoch{2});
    EXPECT_EQ(one.wait_for(is_up).epoch, Epoch{1});
    EXPECT_EQ(two.wait_for(is_up).epoch, Epoch{2});
    Probing other(registry, local_url(server.port()) + "?application_name=other");
    EXPECT_EQ(registry.size(), 2U);
  }
  EXPECT_EQ(registry.size(), 0U);
}

TEST(ProbeRegistry, ResultsOfAttemptsThatBeganBeforeTheQuestionAreNotItsAnswer) {
  // The first connection is let in only after a second subscriber has asked.
  std::atomic<bool> second_has_asked = false;
  std::atomic<int> connections = 0;
  const FakeServer server([&](Peer& peer) {
    if (++connections == 1) {
      while (!second_has_asked && peer.pause(milliseconds{1})) {
      }
    }
    lets_in(peer);
  });
  Registry registry;
  ProbingOptions options;
  options.timing.timeout = kInVain;
  Probing first(registry, local_url(server.port()), options);
  Probing second(registry, local_url(server.port()), options);
  first.subscription().look(Epoch{1});
  // Served, not only accepted: the second connection's thread may begin before the first one's.
  while (connections < 1) std::this_thread::yield();
  second.subscription().look(Epoch{2});
  second_has_asked = true;
  EXPECT_EQ(first.wait().epoch, Epoch{1});
  const ProbeResult answer = second.wait();
  EXPECT_EQ(answer.epoch, Epoch{2});
  EXPECT_GE(connections, 2);
}

TEST(ProbeRegistry, NothingIsDeliveredAfterClose) {
  const FakeServer server(lets_in);
  Registry registry;
  Probing kept(registry, local_url(server.port()));
  kept.subscription().search(Epoch{1});
  for (int round = 0; round < 20; ++round) {
    Probing closed(registry, local_url(server.port()));
    closed.subscription().look(Epoch{1});
    closed.subscription().close();
    const std::size_t count = closed.count();
    kept.look();
    EXPECT_EQ(closed.count(), count);
  }
}

TEST(ProbeRegistry, AProbeThatRestsAsksNobody) {
  const FakeServer server(lets_in);
  Registry registry;
  ProbingOptions options;
  options.timing.interval = milliseconds{5};
  Probing probing(registry, local_url(server.port()), options);
  probing.subscription().search(Epoch{1});
  for (int i = 0; i < 3; ++i) probing.wait_for(is_up);
  probing.subscription().rest();
  // Its result comes after whatever was under way; from then on only looks connect, however long they take together.
  probing.look(Epoch{2});
  const int accepted = server.accepted();
  constexpr int kLooks = 300;
  for (int i = 0; i < kLooks; ++i) EXPECT_EQ(probing.look(Epoch{3}).epoch, Epoch{3});
  EXPECT_LE(server.accepted(), accepted + kLooks + 1);
}

TEST(ProbeRegistry, WhileOneAttemptHangsAnotherIsMade) {
  // The first connection is swallowed, as by a network; the next ones are served.
  std::atomic<int> connections = 0;
  const FakeServer server([&](Peer& peer) { ++connections == 1 ? silent(peer) : lets_in(peer); });
  Registry registry;
  ProbingOptions options;
  options.timing.timeout = milliseconds{4000};
  Probing probing(registry, local_url(server.port()), options);
  probing.subscription().search(Epoch{1});
  const ProbeResult result = probing.wait();
  EXPECT_EQ(result.verdict, ProbeVerdict::kUp) << describe(result);
}

// A server that is overrun answers each in its turn; whoever gave up would stand at the end again.
TEST(ProbeRegistry, WhoeverWasTakenInKeepsItsPlaceBeyondItsTime) {
  ProbingOptions options;
  options.timing.timeout = milliseconds{200};
  std::atomic<int> connections = 0;
  const FakeServer server([&](Peer& peer) {
    if (++connections > 1) return silent(peer);
    if (peer.pause(milliseconds{1000})) lets_in(peer);
  });
  Registry registry;
  Probing probing(registry, local_url(server.port()), options);
  probing.subscription().search(Epoch{1});
  const ProbeResult late = probing.wait_for(is_down);
  EXPECT_EQ(late.code, probe_code::kTimeout);
  EXPECT_FALSE(late.let_in);
  const ProbeResult served = probing.wait_for(is_up);
  EXPECT_EQ(served.role, ServerRole::kPrimary);
  EXPECT_GE(served.latency, options.timing.timeout) << "and says how long that took";
  probing.subscription().rest();
}

TEST(ProbeRegistry, AKnockHearsAServerThatHasJustCome) {
  RefusingPort port;
  Registry registry;
  ProbingOptions options;
  options.timing.timeout = milliseconds{100};
  Probing probing(registry, local_url(port.port()), options);
  probing.subscription().search(Epoch{1});
  // Into the slow phase, where the next attempt is far away when one has just failed.
  const auto slow = std::chrono::steady_clock::now() + ProbeSchedule::kFastPhase + milliseconds{500};
  while (std::chrono::steady_clock::now() < slow) EXPECT_EQ(probing.wait().code, "ECONNREFUSED");
  EXPECT_EQ(probing.wait().code, "ECONNREFUSED");
  port.listen();
  EXPECT_EQ(port.receive_from_next(), "") << "the first connection is an attempt, not a knock";
  EXPECT_NE(port.receive_from_next(), "");
}

TEST(ProbeRegistry, SubscribersOfOneProbeShareTheShorterIntervals) {
  const FakeServer server(lets_in);
  Registry registry;
  ProbingOptions slow;
  slow.timing.interval = kInVain * 10;
  ProbingOptions fast;
  fast.timing.interval = milliseconds{5};
  Probing one(registry, local_url(server.port()), slow);
  Probing two(registry, local_url(server.port()), fast);
  one.subscription().search(Epoch{1});
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(is_up(one.wait()));
}

// As a pooler does whose server is silent: everybody is let in, and waits for his turn.
FakeServer::Script queues(std::chrono::milliseconds time) {
  return [time](Peer& peer) {
    std::string request;
    if (!peer.receive(&request)) return;
    if (request.size() == 8 && (!peer.send("N") || !peer.receive())) return;
    if (!peer.send(pg_login_ok()) || !peer.receive() || !peer.pause(time)) return;
    if (peer.send(pg_row("f", "off"))) peer.pause(kInVain);
  };
}

TEST(ProbeRegistry, WhoeverStandsInAQueueIsNotFollowedByOthers) {
  const FakeServer server(queues(milliseconds{1000}));
  Registry registry;
  ProbingOptions options;
  options.timing.interval = kInVain * 10;  // nor by the next look at a server that is up
  Probing probing(registry, local_url(server.port()), options);
  probing.subscription().search(Epoch{1});
  const ProbeResult late = probing.wait_for(is_down);
  EXPECT_TRUE(late.let_in) << describe(late);
  EXPECT_EQ(late.code, probe_code::kTimeout);
  // Its turn comes, and it is the first to know.
  const ProbeResult served = probing.wait_for(is_up);
  EXPECT_EQ(served.role, ServerRole::kPrimary);
  EXPECT_EQ(server.accepted(), 1);
  probing.subscription().rest();
}

// A network that loses what was sent, and forgets it: no pooler's queue, but nothing tells it from one.
TEST(ProbeRegistry, AQuestionThatWasLostKeepsNobodyElseFromLooking) {
  std::atomic<int> connections = 0;
  const FakeServer server([&](Peer& peer) {
    const int number = ++connections;
    if (number > 1 && number < 4) return;  // the network is still out
    if (number >= 4) return lets_in(peer);
    std::string request;
    if (!peer.receive(&request)) return;
    if (request.size() == 8 && (!peer.send("N") || !peer.receive())) return;
    if (peer.send(pg_login_ok()) && peer.receive()) peer.pause(kInVain);
  });
  Registry registry;
  Probing probing(registry, local_url(server.port()));
  probing.subscription().search(Epoch{1});
  EXPECT_TRUE(probing.wait_for(is_down).let_in);
  EXPECT_FALSE(probing.wait_for(is_down).let_in);
  EXPECT_EQ(probing.wait_for(is_up).role, ServerRole::kPrimary);
  EXPECT_EQ(server.accepted(), 4);
  probing.subscription().rest();
}

TEST(ProbeRegistry, WhoeverIsSentAwayFromAQueueLooksAgainAtOnce) {
  // A pooler that has a server for it ends both once the client says no more.
  const FakeServer server([](Peer& peer) {
    std::string request;
    if (!peer.receive(&request)) return;
    if (request.size() == 8 && (!peer.send("N") || !peer.receive())) return;
    if (peer.send(pg_login_ok())) peer.stay_silent();
  });
  Registry registry;
  Probing probing(registry, local_url(server.port()));
  probing.subscription().search(Epoch{1});
  EXPECT_TRUE(probing.wait_for(is_down).let_in);
  EXPECT_TRUE(probing.wait_for(is_down).let_in);
  EXPECT_GE(server.accepted(), 2);
  probing.subscription().rest();
}

TEST(ProbeRegistry, TheLoopsStallIsToldWithTheResult) {
  const FakeServer server(lets_in);
  Registry registry;
  const auto monitor = std::make_shared<LoopMonitor>(milliseconds{10}, milliseconds{10});
  ProbingOptions options;
  options.monitor = monitor;
  Probing probing(registry, local_url(server.port()), options);
  monitor->beat(LoopMonitor::steady_now() - std::chrono::seconds{20});
  EXPECT_GT(probing.look().loop_stall, std::chrono::seconds{19});
  monitor->rest();
  EXPECT_EQ(probing.look().loop_stall, Duration::zero());
}

ResolvedHost never(const std::string&) {
  // The process's end does not wait for this thread, nor does the probe's.
  std::this_thread::sleep_for(std::chrono::seconds{20});
  return {};
}

TEST(ProbeRegistry, ANameServerThatNeverAnswersHoldsUpNothing) {
  // Never destroyed, as the process's own: its resolver's threads are still in use.
  static auto* const registry = new ProbeRegistry(&PgDialer::make, &never);
  const auto begin = std::chrono::steady_clock::now();
  {
    ProbingOptions options;
    options.timing.timeout = milliseconds{50};
    Probing probing(*registry, "postgres://u@db.example/db", options);
    const ProbeResult result = probing.look();
    EXPECT_EQ(result.verdict, ProbeVerdict::kDown) << describe(result);
    EXPECT_EQ(result.code, probe_code::kTimeout);
    EXPECT_NE(result.message.find("name server"), std::string::npos);
    probing.subscription().search(Epoch{1});
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kInVain);
}

TEST(ProbeRegistry, EndingNeverWaitsForTheNetwork) {
  Registry registry;
  const FakeServer mute(silent);
  const FakeServer drips([](Peer& peer) {
    while (peer.pause(milliseconds{5}) && peer.send("R")) {
    }
  });
  const FakeServer answers(lets_in);
  const RefusingPort nobody;
  ProbingOptions patient;
  patient.timing.timeout = std::chrono::hours{1};
  for (const std::uint16_t port : {mute.port(), drips.port(), answers.port(), nobody.port()}) {
    for (const bool sentinel : {false, true}) {
      patient.sentinel = sentinel;
      const auto begin = std::chrono::steady_clock::now();
      {
        Probing probing(registry, local_url(port) + "?sslmode=disable", patient);
        probing.subscription().search(Epoch{1});
        if (port == mute.port()) {
          while (mute.accepted() == 0) std::this_thread::yield();
        }
      }
      EXPECT_LT(std::chrono::steady_clock::now() - begin, kInVain);
    }
  }
}

TEST(ProbeRegistry, SubscribersThatComeAndGoFromManyThreadsLeaveNothingBehind) {
  const FakeServer server(lets_in);
  Registry registry;
  { Probing(registry, local_url(server.port())).look(); }
  const std::size_t descriptors_before = file_descriptors();
  std::vector<std::thread> workers;
  workers.reserve(4);
  for (unsigned worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&, worker] {
      std::mt19937 random(worker);
      for (std::uint64_t round = 0; round < 50; ++round) {
        ProbingOptions options;
        options.sentinel = random() % 4 == 0;
        Probing probing(registry, local_url(server.port()) + (random() % 2 ? "?user=other" : ""), options);
        for (unsigned step = random() % 4; step > 0; --step) {
          switch (random() % 4) {
            case 0: probing.subscription().search(Epoch{round + 1}); break;
            case 1: probing.subscription().look(Epoch{round + 1}); break;
            case 2: probing.subscription().rest(); break;
            case 3: std::this_thread::sleep_for(std::chrono::microseconds{random() % 2000}); break;
          }
        }
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(registry.size(), 0U);
  // The server closes its ends when it notices; ours are closed by now.
  const auto deadline = std::chrono::steady_clock::now() + kInVain;
  while (file_descriptors() > descriptors_before && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds{5});
  }
  EXPECT_LE(file_descriptors(), descriptors_before);
}

}  // namespace
}  // namespace resilience::testing
