// The probe and a real PostgreSQL.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "core/probe_verdict.h"
#include "test/io/support/fake_server.h"
#include "test/io/support/pg_cluster.h"
#include "test/io/support/probing.h"

namespace resilience::testing {
namespace {

class PgServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = std::make_unique<PgCluster>(); }
  static void TearDownTestSuite() { cluster_.reset(); }

  static PgCluster& cluster() { return *cluster_; }
  ProbeResult look_at(const std::string& url) { return Probing(registry_, url).look(); }

  Registry registry_;

 private:
  static std::unique_ptr<PgCluster> cluster_;
};

std::unique_ptr<PgCluster> PgServerTest::cluster_;

TEST_F(PgServerTest, APrimaryIsUp) {
  const std::string urls[] = {
      cluster().url(),
      cluster().url() + "?sslmode=disable",
      cluster().url() + "?schema=public&connection_limit=5&pgbouncer=true&sslmode=prefer",
      "postgres://postgres@/postgres?host=" + cluster().socket_dir() + "&port=" + std::to_string(cluster().port()),
      "host=localhost user=postgres dbname=postgres port=" + std::to_string(cluster().port()),
  };
  for (const std::string& url : urls) {
    const ProbeResult result = look_at(url);
    EXPECT_EQ(result.verdict, ProbeVerdict::kUp) << url << ' ' << describe(result);
    EXPECT_EQ(result.role, ServerRole::kPrimary) << url;
    EXPECT_FALSE(result.read_only) << url;
    EXPECT_GT(result.server_version, 90000U) << url;
    EXPECT_EQ(result.port, cluster().port()) << url;
  }
}

TEST_F(PgServerTest, AReadOnlyPrimaryIsAPrimary) {
  const ProbeResult result = look_at(cluster().url() + "?options=-c+default_transaction_read_only%3Don");
  EXPECT_EQ(result.role, ServerRole::kPrimary) << describe(result);
  EXPECT_TRUE(result.read_only);
}

TEST_F(PgServerTest, WrongPasswordMissingDatabaseAndTooManyConnectionsMeanUp) {
  cluster().sql("CREATE ROLE stranger LOGIN PASSWORD 'right'");
  cluster().sql("CREATE ROLE guest LOGIN CONNECTION LIMIT 0");
  cluster().trust_no_longer("stranger");
  cluster().reload();
  const std::string at = "@127.0.0.1:" + std::to_string(cluster().port()) + "/postgres";
  struct Row {
    std::string url;
    std::string_view code;
  };
  const Row rows[] = {
      {"postgres://stranger:wrong" + at, "28P01"}, {"postgres://stranger" + at, probe_code::kCannotLogIn},
      {"postgres://nobody_known" + at, "28000"},   {cluster().url("postgres", "no_such_database"), "3D000"},
      {cluster().url("guest"), "53300"},
  };
  for (const Row& row : rows) {
    const ProbeResult result = look_at(row.url);
    EXPECT_EQ(result.verdict, ProbeVerdict::kUp) << describe(result);
    EXPECT_EQ(result.code, row.code) << describe(result);
    EXPECT_EQ(result.role, ServerRole::kUnknown);
    EXPECT_EQ(result.message.find("wrong"), std::string::npos) << result.message;
  }
  EXPECT_EQ(look_at("postgres://stranger:right" + at).role, ServerRole::kPrimary);
}

TEST_F(PgServerTest, TheEnvironmentChangesNothing) {
  const std::string home = cluster().socket_dir() + "/home";
  std::filesystem::create_directories(home + "/.postgresql");
  std::ofstream(home + "/.pgpass") << "*:*:*:*:from-pgpass\n";
  using std::filesystem::perms;
  std::filesystem::permissions(home + "/.pgpass", perms::owner_read | perms::owner_write);
  std::ofstream(home + "/.pg_service.conf") << "[elsewhere]\nhost=192.0.2.1\n";
  std::ofstream(home + "/.postgresql/root.crt") << "no certificate\n";
  const std::pair<const char*, std::string> variables[] = {
      {"HOME", home},
      {"PGHOST", "192.0.2.1"},
      {"PGHOSTADDR", "192.0.2.1"},
      {"PGPORT", "1"},
      {"PGDATABASE", "absent"},
      {"PGUSER", "absent"},
      {"PGPASSWORD", "absent"},
      {"PGSERVICE", "elsewhere"},
      {"PGSSLMODE", "require"},
      {"PGDATESTYLE", "nonsense"},
      {"PGTZ", "nonsense"},
      {"PGOPTIONS", "-c nonsense=1"},
      {"PGREQUIREPEER", "me"},
      {"PGTARGETSESSIONATTRS", "standby"},
      {"PGCONNECT_TIMEOUT", "nonsense"},
      {"PGCLIENTENCODING", "nonsense"},
      {"PGPASSFILE", home + "/.pgpass"},
      {"PGSERVICEFILE", home + "/.pg_service.conf"},
  };
  std::vector<std::pair<const char*, std::string>> before;
  for (const auto& [name, value] : variables) {
    const char* const old = std::getenv(name);
    before.emplace_back(name, old ? old : "");
    ::setenv(name, value.c_str(), 1);
  }
  const ProbeResult result = look_at(cluster().url());
  const std::string secretive = "postgres://stranger@127.0.0.1:" + std::to_string(cluster().port()) + "/postgres";
  const ProbeResult without_password = look_at(secretive);
  for (const auto& [name, value] : before) value.empty() ? ::unsetenv(name) : ::setenv(name, value.c_str(), 1);

  EXPECT_EQ(result.verdict, ProbeVerdict::kUp) << describe(result);
  EXPECT_EQ(result.role, ServerRole::kPrimary);
  // A password from the file would have been refused as wrong.
  EXPECT_EQ(without_password.code, probe_code::kCannotLogIn) << describe(without_password);
}

TEST_F(PgServerTest, AStopAndTheReturnAreSeen) {
  Probing probing(registry_, cluster().url());
  probing.subscription().search(Epoch{4});
  EXPECT_EQ(probing.wait_for(is_up).epoch, Epoch{4});
  cluster().stop("immediate");
  const ProbeResult down = probing.wait_for(is_down);
  EXPECT_TRUE(down.ever_up);
  probing.wait_for([](const ProbeResult& result) { return result.code == "ECONNREFUSED"; });
  cluster().start();
  probing.wait_for(is_up);
  probing.subscription().rest();
}

TEST_F(PgServerTest, AFrozenServerIsDownAndUpAgainWhenItThaws) {
  Probing probing(registry_, cluster().url());
  probing.subscription().search(Epoch{1});
  probing.wait_for(is_up);
  cluster().freeze();
  EXPECT_EQ(probing.wait_for(is_down).code, probe_code::kTimeout);
  cluster().thaw();
  probing.wait_for(is_up);
}

TEST_F(PgServerTest, ASentinelSeesAShutdownAndTheReturn) {
  ProbingOptions options;
  options.sentinel = true;
  Probing probing(registry_, cluster().url(), options);
  const ProbeResult first = probing.wait_for(is_up);
  EXPECT_EQ(first.trigger, ProbeTrigger::kSentinel);
  // It asks now and then, over the connection that stands.
  const ProbeResult second = probing.wait_for(is_up);
  EXPECT_EQ(second.trigger, ProbeTrigger::kSentinel);
  EXPECT_EQ(cluster().sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'prisma-resilient-probe'"),
            "1\n");
  cluster().stop("fast");
  const ProbeResult lost = probing.wait_for([](const ProbeResult& r) { return !is_up(r); });
  EXPECT_EQ(lost.verdict, ProbeVerdict::kInconclusive) << describe(lost);
  EXPECT_EQ(lost.code, "57P01") << describe(lost);
  probing.wait_for(is_down);
  cluster().start();
  probing.wait_for(is_up);
}

TEST_F(PgServerTest, ASentinelThatIsEndedAloneIsNoOutage) {
  ProbingOptions options;
  options.sentinel = true;
  Probing probing(registry_, cluster().url(), options);
  probing.wait_for(is_up);
  cluster().sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'prisma-resilient-probe'");
  const ProbeResult lost = probing.wait_for([](const ProbeResult& r) { return !is_up(r); });
  EXPECT_EQ(lost.verdict, ProbeVerdict::kInconclusive) << describe(lost);
  EXPECT_EQ(probing.wait().verdict, ProbeVerdict::kUp);
}

TEST_F(PgServerTest, AFrozenSentinelIsNoticedByItsSilence) {
  ProbingOptions options;
  options.sentinel = true;
  Probing probing(registry_, cluster().url(), options);
  probing.wait_for(is_up);
  cluster().freeze();
  const ProbeResult lost = probing.wait_for([](const ProbeResult& r) { return !is_up(r); });
  EXPECT_EQ(lost.code, probe_code::kTimeout) << describe(lost);
  probing.wait_for(is_down);
  cluster().thaw();
  probing.wait_for(is_up);
}

TEST_F(PgServerTest, OnDemandNoConnectionIsOpenedUnlessAskedFor) {
  const auto connections = [] {
    return cluster().sql("SELECT sessions FROM pg_stat_database WHERE datname = 'idle_only'");
  };
  cluster().sql("CREATE DATABASE idle_only");
  Probing probing(registry_, cluster().url("postgres", "idle_only"));
  probing.look();
  probing.subscription().search(Epoch{1});
  probing.wait_for(is_up);
  probing.subscription().rest();
  // Session counts are reported when a session ends, and within a second.
  std::string before = connections();
  for (std::string now; (now = connections()) != before;) before = now;
  const std::size_t results = probing.count();
  cluster().sql("SELECT pg_sleep(1.5)");
  EXPECT_EQ(connections(), before);
  EXPECT_EQ(probing.count(), results);
}

TEST_F(PgServerTest, ThePrimaryIsFoundAmongSeveralHostsAndFollowedWhenItMoves) {
  PgCluster standby;
  standby.stop();
  standby.become_standby();
  standby.start();
  const RefusingPort nobody;
  const FakeServer black_hole(silent);
  const std::string url = "postgres://postgres@127.0.0.1:" + std::to_string(nobody.port()) +
                          ",127.0.0.1:" + std::to_string(standby.port()) +
                          ",127.0.0.1:" + std::to_string(black_hole.port()) +
                          ",127.0.0.1:" + std::to_string(cluster().port()) + "/postgres?target_session_attrs=";

  const ProbeResult primary = look_at(url + "read-write");
  EXPECT_EQ(primary.verdict, ProbeVerdict::kUp) << describe(primary);
  EXPECT_EQ(primary.port, cluster().port());
  const ProbeResult second = look_at(url + "standby");
  EXPECT_EQ(second.port, standby.port()) << describe(second);
  EXPECT_EQ(second.role, ServerRole::kStandby);
  EXPECT_TRUE(second.read_only);

  Probing probing(registry_, url + "primary");
  probing.subscription().search(Epoch{1});
  EXPECT_EQ(probing.wait_for(is_up).port, cluster().port());
  cluster().stop("immediate");
  const ProbeResult none = probing.wait_for(is_down);
  EXPECT_TRUE(none.code == probe_code::kNoMatchingHost || none.code == probe_code::kTimeout) << describe(none);
  standby.promote();
  EXPECT_EQ(probing.wait_for(is_up).port, standby.port());
  probing.subscription().rest();
  cluster().start();
}

}  // namespace
}  // namespace resilience::testing
