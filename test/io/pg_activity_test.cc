// What connections do at a real PostgreSQL, through the probe.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "core/probe_verdict.h"
#include "io/pq_handle.h"
#include "test/io/support/fake_server.h"
#include "test/io/support/pg_cluster.h"
#include "test/io/support/probing.h"

namespace resilience::testing {
namespace {

// A client of the server, as an application has them.
class Client {
 public:
  Client(const PgCluster& cluster, const std::string& database)
      : connection_(PQconnectdb(cluster.url("postgres", database).c_str())) {
    EXPECT_EQ(PQstatus(connection_.get()), CONNECTION_OK) << PQerrorMessage(connection_.get());
  }
  Client& run(const char* sql) {
    const PqResult result(PQexec(connection_.get(), sql));
    EXPECT_NE(PQresultStatus(result.get()), PGRES_FATAL_ERROR) << PQerrorMessage(connection_.get());
    return *this;
  }
  Client& begin(const char* sql) {
    EXPECT_EQ(PQsendQuery(connection_.get(), sql), 1);
    return *this;
  }
  [[nodiscard]] std::uint32_t pid() const { return static_cast<std::uint32_t>(PQbackendPID(connection_.get())); }

 private:
  PqConnection connection_;
};

std::map<std::string, std::uint64_t> by_state(const ServerActivity& activity) {
  std::map<std::string, std::uint64_t> counts;
  for (const StateCount& row : activity.connections) counts[row.state] = row.count;
  return counts;
}

const Backend* find(const ServerActivity& activity, std::uint32_t pid) {
  for (const Backend& backend : activity.backends) {
    if (backend.pid == pid) return &backend;
  }
  return nullptr;
}

class PgActivityTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = std::make_unique<PgCluster>(); }
  static void TearDownTestSuite() { cluster_.reset(); }

  void SetUp() override { cluster().sql("CREATE DATABASE app"); }
  void TearDown() override { cluster().sql("DROP DATABASE app WITH (FORCE)"); }

  static PgCluster& cluster() { return *cluster_; }
  static std::string url(const std::string& user = "postgres") { return cluster().url(user, "app"); }
  // Once the server says of the client's session what the condition says.
  static void wait_until(const Client& client, const std::string& condition) {
    const std::string row = "SELECT 1 FROM pg_stat_activity WHERE pid = " + std::to_string(client.pid());
    while (cluster().sql(row + " AND " + condition).empty()) {
    }
  }

  Registry registry_;

 private:
  static std::unique_ptr<PgCluster> cluster_;
};

std::unique_ptr<PgCluster> PgActivityTest::cluster_;

TEST_F(PgActivityTest, CountsAreThoseOfTheServerAndBackendsAreToldOneByOne) {
  Client idle(cluster(), "app");
  Client in_transaction(cluster(), "app");
  in_transaction.run("BEGIN").run("SELECT pg_advisory_lock(1)");
  Client waiting(cluster(), "app");
  waiting.begin("SELECT pg_advisory_lock(1)");
  Client working(cluster(), "app");
  working.begin("SELECT pg_sleep(600)");
  const Client elsewhere(cluster(), "postgres");
  wait_until(waiting, "wait_event_type = 'Lock'");
  wait_until(working, "state = 'active'");

  Probing probing(registry_, url());
  constexpr std::uint32_t kNobody = 2147483647;
  const ServerActivity activity =
      probing.activity({idle.pid(), in_transaction.pid(), working.pid(), elsewhere.pid(), kNobody});
  ASSERT_TRUE(activity.known) << activity.code << ' ' << activity.message;
  EXPECT_THAT(by_state(activity),
              ::testing::UnorderedElementsAre(::testing::Pair("active", 2), ::testing::Pair("idle", 1),
                                              ::testing::Pair("idle in transaction", 1)));
  EXPECT_EQ(activity.waiting_for_lock, 1U);
  EXPECT_EQ(activity.max_connections, 12U);
  EXPECT_GT(activity.server_started_us, 0);
  EXPECT_EQ(activity.backends.size(), 3U) << "of another database, or nobody's";
  ASSERT_TRUE(find(activity, idle.pid()) && find(activity, in_transaction.pid()) && find(activity, working.pid()));
  EXPECT_EQ(find(activity, idle.pid())->state, BackendState::kIdle);
  EXPECT_EQ(find(activity, in_transaction.pid())->state, BackendState::kIdle);
  EXPECT_EQ(find(activity, working.pid())->state, BackendState::kActive);
  EXPECT_GE(find(activity, working.pid())->age, find(activity, working.pid())->in_state);

  // Nothing has happened in one, and something in another.
  idle.run("SELECT 1");
  const ServerActivity later = probing.activity({idle.pid(), in_transaction.pid()});
  ASSERT_TRUE(find(later, idle.pid()) && find(later, in_transaction.pid()));
  EXPECT_EQ(find(later, in_transaction.pid())->state_since_us, find(activity, in_transaction.pid())->state_since_us);
  EXPECT_GT(find(later, in_transaction.pid())->in_state, find(activity, in_transaction.pid())->in_state);
  EXPECT_GT(find(later, idle.pid())->state_since_us, find(activity, idle.pid())->state_since_us);
  EXPECT_EQ(later.server_started_us, activity.server_started_us);
  EXPECT_EQ(probing.count(), 0U) << "nobody has asked how the database is";
}

TEST_F(PgActivityTest, WhatAnotherRoleDoesIsUnknownAndNotNothing) {
  cluster().sql("CREATE ROLE plain LOGIN");
  const Client idle(cluster(), "app");
  Probing probing(registry_, url("plain"));
  const ServerActivity activity = probing.activity({idle.pid()});
  EXPECT_TRUE(activity.known) << activity.message;
  EXPECT_THAT(by_state(activity), ::testing::ElementsAre(::testing::Pair("unknown", 1)));
  ASSERT_EQ(activity.backends.size(), 1U);
  EXPECT_EQ(activity.backends[0].state, BackendState::kUnknown);
}

TEST_F(PgActivityTest, WithoutTheRightToLookNothingIsKnown) {
  cluster().sql("CREATE ROLE blind LOGIN");
  const Client other(cluster(), "app");
  Client(cluster(), "app").run("REVOKE SELECT ON pg_stat_activity FROM PUBLIC");
  Probing probing(registry_, url("blind"));
  const ServerActivity activity = probing.activity();
  EXPECT_FALSE(activity.known);
  EXPECT_EQ(activity.code, "42501") << activity.message;
  EXPECT_TRUE(activity.connections.empty());
}

TEST_F(PgActivityTest, WhoeverIsNotLetInKnowsNothing) {
  const ServerActivity activity = Probing(registry_, url("stranger")).activity();
  EXPECT_FALSE(activity.known);
  EXPECT_EQ(activity.code, "28000") << activity.message;
}

TEST_F(PgActivityTest, WhatAnybodyWasToldIsToldAgainForAsLongAsIsWished) {
  Probing one(registry_, url());
  Probing two(registry_, url());
  EXPECT_TRUE(one.activity().connections.empty());
  const Client client(cluster(), "app");
  EXPECT_TRUE(two.activity({}, std::chrono::hours{1}).connections.empty());
  EXPECT_EQ(by_state(two.activity()).at("idle"), 1U);
  EXPECT_EQ(by_state(one.activity({}, std::chrono::hours{1})).at("idle"), 1U);
}

TEST_F(PgActivityTest, OfAServerThatIsAwayNothingIsKnown) {
  Probing probing(registry_, url());
  EXPECT_TRUE(probing.activity().known);
  cluster().stop("immediate");
  EXPECT_EQ(probing.activity().code, "ECONNREFUSED");
  cluster().start();
  EXPECT_TRUE(probing.activity().known);
  cluster().freeze();
  EXPECT_EQ(probing.activity().code, probe_code::kTimeout);
  cluster().thaw();
}

TEST(PgActivity, AReplyThatIsNoAnswerEndsTheLookLongBeforeItsTimeIsUp) {
  const std::string complete = pg_message('C', std::string("SELECT 1") + '\0');
  const std::string copies[] = {pg_message('H', std::string(3, '\0')), pg_message('G', std::string(3, '\0')),
                                pg_message('W', std::string(3, '\0')), complete};
  for (const std::string& reply : copies) {
    const FakeServer server([&reply](Peer& peer) {
      if (!peer.receive() || !peer.send("N") || !peer.receive() || !peer.send(pg_login_ok())) return;
      if (!peer.receive() || !peer.send(pg_row("f", "off")) || !peer.receive()) return;
      while (peer.send(reply)) {
      }
    });
    Registry registry;
    ProbingOptions options;
    options.timing.timeout = kInVain * 10;
    const ServerActivity activity = Probing(registry, local_url(server.port()), options).activity();
    EXPECT_FALSE(activity.known);
    EXPECT_EQ(activity.code, probe_code::kProtocol) << activity.message;
  }
}

TEST(PgActivity, WhatFallsSilentInTheMiddleIsNotWaitedFor) {
  const FakeServer server([](Peer& peer) {
    std::string request;
    if (!peer.receive(&request) || !peer.send("N") || !peer.receive() || !peer.send(pg_login_ok())) return;
    if (peer.receive() && peer.send(pg_row("f", "off"))) peer.stay_silent();
  });
  Registry registry;
  Probing probing(registry, local_url(server.port()) + "?sslmode=prefer");
  EXPECT_EQ(probing.activity().code, probe_code::kTimeout);
}

TEST(PgActivity, WhatAnswersSomethingElseIsNotUnderstood) {
  const FakeServer server(lets_in);
  Registry registry;
  Probing probing(registry, local_url(server.port()));
  const ServerActivity activity = probing.activity({1, 2, 3});
  EXPECT_FALSE(activity.known);
  EXPECT_EQ(activity.code, probe_code::kProtocol);
}

TEST(PgActivity, AnotherDatabaseHasNobodyToAsk) {
  const FakeServer server(silent);
  Registry registry;
  Probing probing(registry, ProbeTarget{TcpTarget{{"127.0.0.1", {}, server.port()}, false}});
  EXPECT_FALSE(probing.activity().known);
}

TEST(PgActivity, WhoeverHasClosedIsNotAnswered) {
  const FakeServer server(silent);
  Registry registry;
  Probing kept(registry, local_url(server.port()));
  {
    Probing closed(registry, local_url(server.port()));
    closed.subscription().ask_activity(1, {}, {});
  }
  EXPECT_EQ(kept.activity().code, probe_code::kTimeout);
}

}  // namespace
}  // namespace resilience::testing
