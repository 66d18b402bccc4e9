#include "io/tcp_probe.h"

#include <gtest/gtest.h>

#include "core/probe_verdict.h"
#include "test/io/support/fake_server.h"
#include "test/io/support/probing.h"

namespace resilience::testing {
namespace {

std::string greeting(std::string_view version) {
  return std::string("\x4a\0\0\0\x0a", 5) + std::string(version) + std::string(40, '\0');
}

TEST(MySqlGreeting, VersionsRefusalsAndNonsense) {
  EXPECT_EQ(read_mysql_greeting(greeting("8.0.36"))->server_version, 80036U);
  EXPECT_EQ(read_mysql_greeting(greeting("10.11.6-MariaDB-0+deb12u1"))->server_version, 101106U);
  EXPECT_EQ(read_mysql_greeting(greeting("5.5.5-10.11.6-MariaDB"))->server_version, 101106U);
  EXPECT_EQ(read_mysql_greeting(greeting("nonsense"))->server_version, 0U);
  const auto full = read_mysql_greeting(std::string("\x17\0\0\0\xff\x10\x04Too many connections", 27));
  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(full->verdict, ProbeVerdict::kUp);
  EXPECT_EQ(full->message, "Too many connections");
  EXPECT_EQ(read_mysql_greeting("HTTP/1.1 400")->verdict, ProbeVerdict::kDown);
  for (std::size_t length = 0; length < 8; ++length) {
    EXPECT_EQ(read_mysql_greeting(greeting("8.0.36").substr(0, length)), std::nullopt) << length;
  }
}

class TcpProbeTest : public ::testing::Test {
 protected:
  ProbeResult look_at(std::uint16_t port, bool awaits_greeting) {
    return Probing(registry_, ProbeTarget(TcpTarget{{"127.0.0.1", {}, port}, awaits_greeting})).look();
  }
  ProbeRegistry registry_;
};

TEST_F(TcpProbeTest, AnAcceptedConnectionIsEnoughWithoutAGreeting) {
  const FakeServer server(silent);
  const ProbeResult result = look_at(server.port(), false);
  EXPECT_EQ(result.verdict, ProbeVerdict::kUp) << describe(result);
  EXPECT_EQ(result.port, server.port());
}

TEST_F(TcpProbeTest, NothingListens) {
  const RefusingPort port;
  const ProbeResult result = look_at(port.port(), false);
  EXPECT_EQ(result.verdict, ProbeVerdict::kDown) << describe(result);
  EXPECT_EQ(result.code, "ECONNREFUSED");
}

TEST_F(TcpProbeTest, AGreetingIsWaitedForByteByByte) {
  const FakeServer server([](Peer& peer) {
    for (const char byte : greeting("8.0.36")) {
      if (!peer.pause(milliseconds{1}) || !peer.send({&byte, 1})) return;
    }
  });
  const ProbeResult result = look_at(server.port(), true);
  EXPECT_EQ(result.verdict, ProbeVerdict::kUp) << describe(result);
  EXPECT_EQ(result.server_version, 80036U);
}

TEST_F(TcpProbeTest, WhoeverNeverGreetsIsDown) {
  struct Row {
    FakeServer::Script script;
    std::string_view code;
  };
  const Row rows[] = {
      {silent, probe_code::kTimeout},
      {[](Peer&) {}, probe_code::kClosed},
      {[](Peer& peer) { peer.send("HTTP/1.1 400 Bad Request\r\n"); }, probe_code::kProtocol},
      {[](Peer& peer) { peer.send(std::string("\x4a\0\0\0\x0a", 5) + std::string(1000, 'x')); }, probe_code::kProtocol},
  };
  for (const Row& row : rows) {
    const FakeServer server(row.script);
    const ProbeResult result = look_at(server.port(), true);
    EXPECT_EQ(result.verdict, ProbeVerdict::kDown) << describe(result);
    EXPECT_EQ(result.code, row.code) << describe(result);
  }
}

}  // namespace
}  // namespace resilience::testing
