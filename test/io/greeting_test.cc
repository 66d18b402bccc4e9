#include "io/greeting.h"

#include <gtest/gtest.h>

#include "core/probe_verdict.h"
#include "io/greeting_attempt.h"
#include "test/io/support/fake_server.h"
#include "test/io/support/pg_cluster.h"
#include "test/io/support/probing.h"

namespace resilience::testing {
namespace {

std::string mysql_packet(const std::string& body) {
  const std::size_t length = body.size();
  return std::string{static_cast<char>(length & 0xff), static_cast<char>(length >> 8U), '\0', '\0'} + body;
}

std::string handshake(std::string_view version) {
  return mysql_packet("\x0a" + std::string(version) + '\0' + std::string(8, 'x') + std::string(4, 'y') + '\0' +
                      std::string(31, 'z') + '\0');
}

std::string mysql_error(unsigned number, std::string_view text) {
  return mysql_packet(std::string{'\xff', static_cast<char>(number & 0xff), static_cast<char>(number >> 8U)} +
                      std::string(text));
}

// Every beginning asks for more, until the answer is whole.
template <typename Read>
void expect_more_until_whole(const std::string& bytes, Read read) {
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(read(std::string_view(bytes).substr(0, length)).has_value()) << length;
  }
}

TEST(MySqlGreeting, VersionsAndRefusals) {
  EXPECT_EQ(read_mysql_greeting(handshake("8.0.36"))->server_version, 80036U);
  EXPECT_EQ(read_mysql_greeting(handshake("10.11.6-MariaDB-0+deb12u1"))->server_version, 101106U);
  EXPECT_EQ(read_mysql_greeting(handshake("5.5.5-10.11.6-MariaDB"))->server_version, 101106U);
  EXPECT_EQ(read_mysql_greeting(handshake("nonsense"))->server_version, 0U);
  const auto full = read_mysql_greeting(mysql_error(1040, "Too many connections"));
  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(full->verdict, ProbeVerdict::kUp);
  EXPECT_EQ(full->message, "1040: Too many connections");
  EXPECT_EQ(read_mysql_greeting(mysql_error(1129, "Host is blocked"))->verdict, ProbeVerdict::kUp);
  EXPECT_EQ(read_mysql_greeting(mysql_error(1053, "Server shutdown in progress"))->verdict, ProbeVerdict::kDown);
  expect_more_until_whole(handshake("8.0.36"), read_mysql_greeting);
  expect_more_until_whole(mysql_error(1040, "Too many connections"), read_mysql_greeting);
}

TEST(MySqlGreeting, WhateverElseListensIsNoServer) {
  const std::string rows[] = {
      "HTTP/1.1 400 Bad Request",
      "SSH-2.0-OpenSSH_9.2\r\n",
      pg_login_ok(),
      mysql_packet("\x09"
                   "3.23"),  // protocol 9
      mysql_packet("\x0a"
                   "8.0.36"),  // a version without an end
      mysql_packet(std::string("\x0a"
                               "8\0",
                               3)),  // and nothing behind it
      mysql_packet("\xff"),          // an error without a number
      std::string("\xff\xff\xff\0\x0a"
                  "8.0",
                  8),  // 16 MB
      std::string("\x4a\0\0\1\x0a"
                  "8.0",
                  8),  // not the first packet
      std::string("\0\0\0\0\x0a", 5),
  };
  for (const std::string& row : rows) {
    const auto read = read_mysql_greeting(row);
    ASSERT_TRUE(read.has_value()) << (&row - rows);
    EXPECT_EQ(read->verdict, ProbeVerdict::kDown) << (&row - rows);
    EXPECT_EQ(read->code, probe_code::kProtocol) << (&row - rows);
  }
}

TEST(PgGreeting, RepliesToAStartUpPacket) {
  struct Row {
    std::string bytes;
    ProbeVerdict verdict;
    std::string_view code;
  };
  const std::string long_error = pg_error("57P03", std::string(20'000, 'x'));
  const Row rows[] = {
      {pg_message('R', std::string(4, '\0')), ProbeVerdict::kUp, ""},
      {pg_message('R', std::string("\0\0\0\x0a", 4) + "SCRAM-SHA-256" + std::string(2, '\0')), ProbeVerdict::kUp,
       probe_code::kCannotLogIn},
      {pg_message('v', std::string(8, '\0')) + pg_message('R', std::string("\0\0\0\x03", 4)), ProbeVerdict::kUp,
       probe_code::kCannotLogIn},
      {pg_error("28000", "no pg_hba.conf entry"), ProbeVerdict::kUp, "28000"},
      {pg_error("53300", "sorry, too many clients already"), ProbeVerdict::kUp, "53300"},
      {pg_error("57P03", "the database system is starting up"), ProbeVerdict::kDown, "57P03"},
      {long_error.substr(0, kLongestGreeting), ProbeVerdict::kDown, "57P03"},
      {pg_error("08P01", "SSL required"), ProbeVerdict::kUp, "08P01"},
      {pg_error("!!!!!", "what"), ProbeVerdict::kDown, probe_code::kProtocol},
      {pg_message('R', std::string("\0\0\0\x63", 4)), ProbeVerdict::kDown, probe_code::kProtocol},
      {std::string("R\x7f\xff\xff\xff\0\0\0\0", 9), ProbeVerdict::kDown, probe_code::kProtocol},
      {"HTTP/1.1 400 Bad Request", ProbeVerdict::kDown, probe_code::kProtocol},
      {"Ecould not fork new process\n", ProbeVerdict::kDown, probe_code::kProtocol},
  };
  for (const Row& row : rows) {
    const auto read = read_pg_reply(row.bytes);
    ASSERT_TRUE(read.has_value()) << (&row - rows);
    EXPECT_EQ(read->verdict, row.verdict) << (&row - rows) << ' ' << read->code << ' ' << read->message;
    EXPECT_EQ(read->code, row.code) << (&row - rows) << ' ' << read->message;
  }
  expect_more_until_whole(pg_error("57P03", "starting up"), read_pg_reply);
}

TEST(PgGreeting, RepliesToTheQuestionForTls) {
  EXPECT_EQ(read_pg_tls_reply(""), std::nullopt);
  EXPECT_EQ(read_pg_tls_reply("S"), PgTlsReply::kYes);
  EXPECT_EQ(read_pg_tls_reply("N"), PgTlsReply::kNo);
  EXPECT_EQ(read_pg_tls_reply("E"), PgTlsReply::kError);
  EXPECT_EQ(read_pg_tls_reply("Sand more, from somebody in between"), PgTlsReply::kForeign);
  EXPECT_EQ(read_pg_tls_reply("HTTP"), PgTlsReply::kForeign);
}

// As the core's addon looks: without libpq.
class GreetingProbeTest : public ::testing::Test {
 protected:
  ProbeResult look_at(const ProbeTarget& target) { return Probing(registry_, target).look(); }
  ProbeResult look_at(std::uint16_t port, bool awaits_greeting) {
    return look_at(TcpTarget{{"127.0.0.1", {}, port}, awaits_greeting});
  }
  ProbeResult pg_look_at(std::uint16_t port, const std::string& query = "") {
    return look_at(target_of(local_url(port) + query));
  }
  ProbeRegistry registry_{&GreetingDialer::make};
};

TEST_F(GreetingProbeTest, AnAcceptedConnectionIsEnoughWhereNobodyGreets) {
  const FakeServer server(silent);
  const ProbeResult result = look_at(server.port(), false);
  EXPECT_EQ(result.verdict, ProbeVerdict::kUp) << describe(result);
  EXPECT_EQ(result.port, server.port());
}

TEST_F(GreetingProbeTest, NothingListens) {
  const RefusingPort port;
  for (const ProbeResult& result : {look_at(port.port(), false), look_at(port.port(), true), pg_look_at(port.port())}) {
    EXPECT_EQ(result.verdict, ProbeVerdict::kDown) << describe(result);
    EXPECT_EQ(result.code, "ECONNREFUSED");
  }
}

TEST_F(GreetingProbeTest, AGreetingIsWaitedForByteByByte) {
  const FakeServer server([](Peer& peer) {
    for (const char byte : handshake("8.0.36")) {
      if (!peer.pause(milliseconds{1}) || !peer.send({&byte, 1})) return;
    }
  });
  ProbingOptions patient;
  patient.timing.timeout = kInVain;
  const ProbeTarget target = TcpTarget{{"127.0.0.1", {}, server.port()}, true};
  const ProbeResult result = Probing(registry_, target, patient).look();
  EXPECT_EQ(result.verdict, ProbeVerdict::kUp) << describe(result);
  EXPECT_EQ(result.server_version, 80036U);
}

TEST_F(GreetingProbeTest, WhoeverNeverGreetsIsDown) {
  struct Row {
    FakeServer::Script script;
    std::string_view code;
  };
  const Row rows[] = {
      {silent, probe_code::kTimeout},
      {hangs_up, probe_code::kClosed},
      {[](Peer& peer) { peer.send("HTTP/1.1 400 Bad Request\r\n"); }, probe_code::kProtocol},
      {[](Peer& peer) { peer.send(std::string("\xf0\x0f\0\0\x0a", 5) + std::string(5000, 'x')); },
       probe_code::kProtocol},
  };
  for (const Row& row : rows) {
    const FakeServer server(row.script);
    const ProbeResult pg = pg_look_at(server.port());
    EXPECT_EQ(pg.verdict, ProbeVerdict::kDown) << describe(pg);
    EXPECT_EQ(pg.code, row.code) << describe(pg);
    if (&row == &rows[1]) continue;  // it hangs up on what is sent, and MySQL is sent nothing
    const ProbeResult result = look_at(server.port(), true);
    EXPECT_EQ(result.verdict, ProbeVerdict::kDown) << describe(result);
    EXPECT_EQ(result.code, row.code) << describe(result);
  }
}

TEST_F(GreetingProbeTest, WhereTlsIsWantedNobodyIsNamedInTheClear) {
  std::mutex mutex;
  std::vector<std::string> heard;
  const FakeServer server([&](Peer& peer) {
    std::string request;
    if (!peer.receive(&request)) return;
    {
      const std::scoped_lock lock(mutex);
      heard.push_back(request);
    }
    if (peer.send(request.size() == 8 ? "S" : pg_error("28000", "no pg_hba.conf entry"))) peer.stay_silent();
  });
  const ProbeResult result = look_at(target_of(
      "postgres://owner:hunter2canary@127.0.0.1:" + std::to_string(server.port()) + "/ledger?sslmode=require"));
  EXPECT_EQ(result.verdict, ProbeVerdict::kUp) << describe(result);
  const std::scoped_lock lock(mutex);
  ASSERT_EQ(heard.size(), 2U);
  for (const std::string& request : heard) {
    for (const std::string_view word : {"owner", "ledger", "hunter2canary"}) {
      EXPECT_EQ(request.find(word), std::string::npos) << word;
    }
  }
}

TEST_F(GreetingProbeTest, AProxyThatTakesNobodyInWithoutTlsSaysNothing) {
  const FakeServer server([](Peer& peer) {
    std::string request;
    if (peer.receive(&request) && request.size() == 8 && peer.send("S")) peer.stay_silent();
  });
  EXPECT_EQ(pg_look_at(server.port(), "?sslmode=require").verdict, ProbeVerdict::kInconclusive);
}

TEST_F(GreetingProbeTest, ARealServerIsSeenToStopAndToReturn) {
  PgCluster cluster;
  Probing probing(registry_, cluster.url());
  probing.subscription().search(Epoch{1});
  EXPECT_EQ(probing.wait_for(is_up).port, cluster.port());
  const ServerActivity activity = probing.activity();
  EXPECT_FALSE(activity.known) << "nobody has logged in";
  cluster.freeze();
  EXPECT_EQ(probing.wait_for(is_down).code, probe_code::kTimeout) << "it accepts, and says nothing";
  cluster.thaw();
  probing.wait_for(is_up);
  cluster.stop("immediate");
  probing.wait_for([](const ProbeResult& result) { return result.code == "ECONNREFUSED"; });
  cluster.start();
  probing.wait_for(is_up);
  probing.subscription().rest();
}

}  // namespace
}  // namespace resilience::testing
