// The probe against servers that misbehave. A real server's turn is in pg_server_test.cc.
#include "io/pg_probe.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <utility>

#include "core/probe_verdict.h"
#include "test/io/support/fake_server.h"
#include "test/io/support/probing.h"

namespace resilience::testing {
namespace {

class PgProbeTest : public ::testing::Test {
 protected:
  ProbeResult look_at(std::uint16_t port, const std::string& query = "") {
    return Probing(registry_, local_url(port) + query).look();
  }
  ProbeResult look_at(FakeServer::Script script, const std::string& query = "?sslmode=disable") {
    const FakeServer server(std::move(script));
    return look_at(server.port(), query);
  }

  Registry registry_;
};

// Reads the start-up packet, says one thing, and keeps the connection.
FakeServer::Script says(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    if (peer.receive() && peer.send(bytes)) peer.stay_silent();
  };
}

TEST_F(PgProbeTest, NothingListens) {
  const RefusingPort port;
  const ProbeResult result = look_at(port.port());
  EXPECT_EQ(result.verdict, ProbeVerdict::kDown) << describe(result);
  EXPECT_EQ(result.code, "ECONNREFUSED");
  EXPECT_EQ(result.host, "127.0.0.1");
  EXPECT_EQ(result.port, port.port());
  EXPECT_FALSE(result.ever_up);
}

TEST_F(PgProbeTest, AServerThatAnswersIsUp) {
  const FakeServer server(lets_in);
  const ProbeResult result = look_at(server.port());
  EXPECT_EQ(result.verdict, ProbeVerdict::kUp) << describe(result);
  EXPECT_EQ(result.role, ServerRole::kPrimary);
  EXPECT_FALSE(result.read_only);
  EXPECT_EQ(result.server_version, 150004U);
  EXPECT_TRUE(result.ever_up);
  EXPECT_GT(result.latency, Duration::zero());
  EXPECT_EQ(result.code, "");
}

TEST_F(PgProbeTest, ThroughAPoolerItNamesItselfAsTheApplicationDoes) {
  // What PgBouncer names its processes by is random.
  for (const auto& [pid, names_itself] :
       {std::pair{"\x7f\1\2\3", false}, std::pair{"\xff\1\2\3", false}, std::pair{"\0\0\1\2", true}}) {
    const std::string key = pg_message('K', std::string(pid, 4) + "key!");
    std::atomic<int> named = 0;
    const FakeServer server([&](Peer& peer) {
      std::string request;
      if (!peer.receive(&request)) return;
      if (request.size() == 8 && (!peer.send("N") || !peer.receive(&request))) return;
      if (request.find("prisma-resilient-probe") != std::string::npos) ++named;
      const std::string login = pg_login_ok();
      const std::size_t ready = login.size() - pg_message('Z', "I").size();
      if (!peer.send(login.substr(0, ready) + key + login.substr(ready)) || !peer.receive()) return;
      peer.send(pg_row("f", "off"));
    });
    Probing probing(registry_, local_url(server.port()));
    EXPECT_TRUE(is_up(probing.look()));
    EXPECT_TRUE(is_up(probing.look()));
    EXPECT_EQ(named, names_itself ? 2 : 1) << "the first one tells of the pooler";
  }
}

TEST_F(PgProbeTest, ServersThatNeverAnswerAreDownWhenTheTimeIsUp) {
  const FakeServer::Script scripts[] = {
      silent,
      // One byte now and then.
      [](Peer& peer) {
        if (!peer.receive()) return;
        for (const char byte : pg_login_ok()) {
          if (!peer.pause(milliseconds{50}) || !peer.send({&byte, 1})) return;
        }
      },
      // Says yes to TLS and then speaks something else.
      says("S not tls at all, but talk"),
      // Lets us in and then says nothing.
      [](Peer& peer) {
        if (peer.receive() && peer.send(pg_login_ok())) peer.stay_silent();
      },
  };
  for (const FakeServer::Script& script : scripts) {
    const ProbeResult result = look_at(script, &script == &scripts[2] ? "?sslmode=require" : "?sslmode=disable");
    EXPECT_EQ(result.verdict, ProbeVerdict::kDown) << describe(result);
    EXPECT_EQ(result.code, probe_code::kTimeout) << describe(result);
    EXPECT_FALSE(result.message.empty());
  }
}

TEST_F(PgProbeTest, ServersThatSpeakNonsenseOrHangUpAreDown) {
  struct Row {
    FakeServer::Script script;
    std::string query;
    std::string_view code;
  };
  const std::string plain = "?sslmode=disable";
  const Row rows[] = {
      {says("HTTP/1.1 400 Bad Request\r\n\r\n"), plain, probe_code::kProtocol},
      {says("HTTP/1.1 400 Bad Request\r\n\r\n"), "?sslmode=require", probe_code::kProtocol},
      {says("\xff\xfe\xfd\xfc\xfb\xfa\xf9"), plain, probe_code::kProtocol},
      {says(std::string("R\x7f\xff\xff\xff\0\0\0\0", 9)), plain, probe_code::kProtocol},
      {says("SSH-2.0-OpenSSH_9.2\r\n"), plain, probe_code::kProtocol},
      {says(std::string("Ecould not fork new process\n") + '\0'), plain, probe_code::kProtocol},
      {says(pg_login_ok() + pg_login_ok() + "\xff\xff\xff\xff\xff\xff"), plain, probe_code::kProtocol},
      {hangs_up, plain, probe_code::kClosed},
      {hangs_up, "?sslmode=require", probe_code::kClosed},
      {[](Peer& peer) { (void)(peer.receive() && peer.send(pg_login_ok()) && peer.receive()); }, plain,
       probe_code::kClosed},
  };
  for (const Row& row : rows) {
    const ProbeResult result = look_at(row.script, row.query);
    EXPECT_EQ(result.verdict, ProbeVerdict::kDown) << (&row - rows) << ' ' << describe(result);
    EXPECT_EQ(result.code, row.code) << (&row - rows) << ' ' << describe(result);
  }
}

// CopyOutResponse, CopyInResponse, CopyBothResponse: binary, without a column.
std::string copy(char kind) {
  return pg_message(kind, std::string(3, '\0'));
}

TEST_F(PgProbeTest, AReplyThatIsNoAnswerEndsTheLookLongBeforeItsTimeIsUp) {
  const std::string complete = pg_message('C', std::string("SELECT 1") + '\0');
  struct Row {
    std::string_view what;
    std::string reply;
    bool endless;
  };
  const Row rows[] = {
      {"COPY TO", copy('H'), false},
      {"COPY FROM", copy('G'), false},
      {"COPY both ways", copy('W'), false},
      {"COPY TO, and data without end", copy('H') + pg_message('d', std::string(1000, 'x')), true},
      {"COPY after an answer", pg_row("f", "off").substr(0, pg_row("f", "off").size() - 6) + copy('H'), false},
      {"results without end", complete, true},
      {"errors without end", pg_error("42883", "no", "ERROR"), true},
      {"rows without end", pg_row("f", "off").substr(0, pg_row("f", "off").find('C')), true},
      {"nothing at all", pg_message('I', "") + pg_message('Z', "I"), false},
  };
  for (const Row& row : rows) {
    const FakeServer server(replies(row.reply, row.endless));
    ProbingOptions options;
    options.timing.timeout = kInVain * 10;
    const ProbeResult result = Probing(registry_, local_url(server.port()), options).look();
    EXPECT_NE(result.code, "") << row.what << ' ' << describe(result);
    EXPECT_NE(result.code, probe_code::kTimeout) << row.what << ' ' << describe(result);
    EXPECT_NE(result.verdict, ProbeVerdict::kInconclusive) << row.what << ' ' << describe(result);
  }
}

TEST_F(PgProbeTest, ASentinelThatIsTalkedAtWithoutEndIsGivenUp) {
  const std::string notice = pg_message('N', std::string("SNOTICE") + '\0' + "C00000" + '\0' + "Mwell" + '\0' + '\0');
  const FakeServer server(replies(pg_row("f", "off") + notice, true));
  ProbingOptions options;
  options.sentinel = true;
  options.timing.interval = kInVain * 10;
  Probing probing(registry_, local_url(server.port()), options);
  probing.wait_for(is_up);
  EXPECT_EQ(probing.wait_for([](const ProbeResult& r) { return !is_up(r); }).code, probe_code::kProtocol);
}

TEST_F(PgProbeTest, AFloodEndsTheAttemptLongBeforeItsTimeIsUp) {
  const FakeServer server([](Peer& peer) {
    // A notice that claims to have a gigabyte.
    if (!peer.receive() || !peer.send(std::string("R\0\0\0\x08\0\0\0\0N\x3f\xff\xff\xff", 14))) return;
    std::string flood;
    for (flood.resize(1 << 16, 'x'); peer.send(flood);) {
    }
  });
  ProbingOptions options;
  options.timing.timeout = kInVain;
  Probing probing(registry_, local_url(server.port()) + "?sslmode=disable", options);
  const ProbeResult result = probing.look();
  EXPECT_EQ(result.verdict, ProbeVerdict::kDown) << describe(result);
  EXPECT_EQ(result.code, probe_code::kProtocol);
  EXPECT_LT(result.message.size(), 500U);
}

TEST_F(PgProbeTest, AServerThatAsksForTooMuchArithmeticGetsLittleOfIt) {
  const FakeServer server([](Peer& peer) {
    const auto authentication = [](std::string_view kind, std::string_view body) {
      const char length = static_cast<char>(8 + body.size());
      return std::string("R\0\0\0", 4) + length + std::string(kind) + std::string(body);
    };
    std::string first;
    if (!peer.receive() || !peer.send(authentication({"\0\0\0\x0a", 4}, {"SCRAM-SHA-256\0\0", 15}))) return;
    if (!peer.receive(&first)) return;
    const std::string nonce = first.substr(first.find("r=") + 2);
    if (peer.send(authentication({"\0\0\0\x0b", 4}, "r=" + nonce + "x,s=c2FsdA==,i=2147483647"))) peer.stay_silent();
  });
  ProbingOptions options;
  options.timing.timeout = kInVain * 10;
  const std::string url = "postgres://u:pw123@127.0.0.1:" + std::to_string(server.port()) + "/db?sslmode=disable";
  const ProbeResult result = Probing(registry_, url, options).look();
  // It has said who it is; only our patience is too short to log in.
  EXPECT_EQ(result.verdict, ProbeVerdict::kUp) << describe(result);
  EXPECT_EQ(result.code, probe_code::kCannotLogIn) << describe(result);
}

TEST_F(PgProbeTest, RefusalsAreReadByTheirSqlstate) {
  struct Row {
    std::string sqlstate;
    std::string text;
    ProbeVerdict verdict;
  };
  const Row rows[] = {
      {"28P01", "password authentication failed for user \"u\"", ProbeVerdict::kUp},
      {"53300", "sorry, too many clients already", ProbeVerdict::kUp},
      {"57P03", "the database system is starting up", ProbeVerdict::kDown},
      {"08P01", "server login has been failing, try again later (server_login_retry)", ProbeVerdict::kDown},
      {"08P01", "no more connections allowed (max_client_conn)", ProbeVerdict::kUp},
      {"XX000", "Tenant or user not found", ProbeVerdict::kInconclusive},
  };
  for (const Row& row : rows) {
    // The severity comes in the server's language.
    for (const std::string_view severity : {"FATAL", "SCHWERWIEGEND"}) {
      const ProbeResult result = look_at(says(pg_error(row.sqlstate, row.text, severity)));
      EXPECT_EQ(result.verdict, row.verdict) << describe(result);
      EXPECT_EQ(result.code, row.sqlstate) << describe(result);
      EXPECT_NE(result.message.find(row.text), std::string::npos) << describe(result);
    }
  }
}

TEST_F(PgProbeTest, AServerThatRefusesTheQuestionIsUp) {
  const ProbeResult result = look_at([](Peer& peer) {
    if (!peer.receive() || !peer.send(pg_login_ok()) || !peer.receive()) return;
    if (peer.send(pg_error("42883", "function does not exist", "ERROR") + std::string("Z\0\0\0\5I", 6)))
      peer.stay_silent();
  });
  EXPECT_EQ(result.verdict, ProbeVerdict::kUp) << describe(result);
  EXPECT_EQ(result.role, ServerRole::kUnknown);
  EXPECT_EQ(result.code, "42883");
}

TEST_F(PgProbeTest, AServerThatShutsDownInTheMiddleIsDown) {
  const ProbeResult result = look_at([](Peer& peer) {
    if (!peer.receive() || !peer.send(pg_login_ok()) || !peer.receive()) return;
    peer.send(pg_error("57P01", "terminating connection due to administrator command"));
  });
  EXPECT_EQ(result.verdict, ProbeVerdict::kDown) << describe(result);
  EXPECT_EQ(result.code, "57P01");
}

TEST_F(PgProbeTest, APasswordThatWeDoNotHaveMeansUp) {
  // AuthenticationCleartextPassword
  const ProbeResult result = look_at(says(std::string("R\0\0\0\x08\0\0\0\x03", 9)));
  EXPECT_EQ(result.verdict, ProbeVerdict::kUp) << describe(result);
  EXPECT_EQ(result.code, probe_code::kCannotLogIn);
}

TEST_F(PgProbeTest, TlsThatTheServerDoesNotSpeakIsNoVote) {
  const ProbeResult result = look_at(says("N"), "?sslmode=require");
  EXPECT_EQ(result.verdict, ProbeVerdict::kInconclusive) << describe(result);
  EXPECT_EQ(result.code, probe_code::kTls);
}

TEST_F(PgProbeTest, OptionsThatLibpqRefusesAreNoVote) {
  for (const std::string_view query : {"?channel_binding=nonsense", "?ssl_min_protocol_version=nonsense"}) {
    const ProbeResult result = look_at(lets_in, std::string(query));
    EXPECT_EQ(result.verdict, ProbeVerdict::kInconclusive) << describe(result);
    EXPECT_EQ(result.code, probe_code::kOptions) << describe(result);
  }
  const ProbeResult device = look_at(lets_in, "?sslmode=require&sslrootcert=/dev/zero");
  EXPECT_EQ(device.verdict, ProbeVerdict::kInconclusive) << describe(device);
  EXPECT_EQ(device.code, probe_code::kTls);
}

TEST_F(PgProbeTest, WhatAServerEchoesOfThePasswordIsHidden) {
  const FakeServer server([](Peer& peer) {
    if (!peer.receive()) return;
    peer.send(pg_error("28P01", "the password hunter2canary and postgres://u:hunter2canary@db are wrong"));
  });
  const std::string url =
      "postgres://u:hunter2canary@127.0.0.1:" + std::to_string(server.port()) + "/db?sslmode=disable";
  const ProbeResult result = Probing(registry_, url).look();
  EXPECT_EQ(result.code, "28P01");
  EXPECT_EQ(result.message.find("hunter2"), std::string::npos) << result.message;
  EXPECT_NE(result.message.find("are wrong"), std::string::npos) << result.message;
}

TEST_F(PgProbeTest, ConnectTimeoutShortensTheAttempt) {
  const FakeServer server(silent);
  ProbingOptions options;
  options.timing.timeout = kInVain * 10;
  Probing probing(registry_, local_url(server.port()) + "?connect_timeout=1", options);
  EXPECT_EQ(probing.look().code, probe_code::kTimeout);
}

TEST_F(PgProbeTest, AnUnixSocketThatIsNotThereIsDown) {
  const ProbeResult result = Probing(registry_, "postgres://u@/db?host=/nowhere/at/all").look();
  EXPECT_EQ(result.verdict, ProbeVerdict::kDown) << describe(result);
  EXPECT_EQ(result.code, "ENOENT");
  const ProbeResult too_long = Probing(registry_, "postgres://u@/db?host=/" + std::string(200, 'x')).look();
  EXPECT_EQ(too_long.verdict, ProbeVerdict::kInconclusive) << describe(too_long);
}

}  // namespace
}  // namespace resilience::testing
