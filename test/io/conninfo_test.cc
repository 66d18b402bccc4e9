#include "io/conninfo.h"

#include <gtest/gtest.h>

#include <random>

namespace resilience {
namespace {

ConnInfo parsed(std::string_view text) {
  ConnInfoResult result = parse_conninfo(text);
  if (const auto* error = std::get_if<ConnInfoError>(&result)) {
    ADD_FAILURE() << text << ": " << error->message;
    return {};
  }
  return std::get<ConnInfo>(std::move(result));
}

std::string error_of(std::string_view text) {
  const ConnInfoResult result = parse_conninfo(text);
  const auto* error = std::get_if<ConnInfoError>(&result);
  return error ? error->message : std::string{};
}

using Parameters = std::vector<Parameter>;
using Hosts = std::vector<HostSpec>;

TEST(ConnInfo, UrlsGiveHostsAndParameters) {
  struct Row {
    std::string_view url;
    Hosts hosts;
    Parameters parameters;
  };
  const Row rows[] = {
      {"postgres://ann:pw@db.example:6000/app",
       {{"db.example", "", 6000}},
       {{"dbname", "app"}, {"password", "pw"}, {"user", "ann"}}},
      {"postgresql://db", {{"db", "", 5432}}, {}},
      {"POSTGRES://db/", {{"db", "", 5432}}, {}},
      {"postgres:///app", {{"localhost", "", 5432}}, {{"dbname", "app"}}},
      {"postgres://", {{"localhost", "", 5432}}, {}},
      {"  postgres://db/app\n", {{"db", "", 5432}}, {{"dbname", "app"}}},
      {"postgres://db:60\r\n\t00/app?sslm\node=requ\nire",
       {{"db", "", 6000}},
       {{"dbname", "app"}, {"sslmode", "require"}}},
      {"postgres://[::1]:6001/app", {{"::1", "", 6001}}, {{"dbname", "app"}}},
      {"postgres://a:1,b,[::1]:3/app", {{"a", "", 1}, {"b", "", 5432}, {"::1", "", 3}}, {{"dbname", "app"}}},
      {"postgres://a,b:7/", {{"a", "", 5432}, {"b", "", 7}}, {}},
      {"postgres://%2Fvar%2Frun:6002/app", {{"/var/run", "", 6002}}, {{"dbname", "app"}}},
      {"postgres://ann@/app?host=/var/run", {{"/var/run", "", 5432}}, {{"dbname", "app"}, {"user", "ann"}}},
      {"postgres://a%40b:p%2Fw%25@db/my%20app",
       {{"db", "", 5432}},
       {{"dbname", "my app"}, {"password", "p/w%"}, {"user", "a@b"}}},
      {"postgres://u:p@ss@db", {{"db", "", 5432}}, {{"password", "p@ss"}, {"user", "u"}}},
      {"postgres://u:100%sure@db", {{"db", "", 5432}}, {{"password", "100%sure"}, {"user", "u"}}},
      {"postgres://u:p%2@db", {{"db", "", 5432}}, {{"password", "p%2"}, {"user", "u"}}},
      {"postgres://db/app?application_name=a+b&options=-c%20x%3D1",
       {{"db", "", 5432}},
       {{"application_name", "a b"}, {"dbname", "app"}, {"options", "-c x=1"}}},
      {"postgres://db/app#fragment", {{"db", "", 5432}}, {{"dbname", "app"}}},
      {"postgres://db/app?user=late&&user=later&port=9", {{"db", "", 9}}, {{"dbname", "app"}, {"user", "later"}}},
      {"postgres://a,b/?hostaddr=10.0.0.1,10.0.0.2", {{"a", "10.0.0.1", 5432}, {"b", "10.0.0.2", 5432}}, {}},
  };
  for (const Row& row : rows) {
    const ConnInfo info = parsed(row.url);
    EXPECT_EQ(info.hosts, row.hosts) << row.url;
    EXPECT_EQ(info.parameters, row.parameters) << row.url;
    EXPECT_TRUE(info.ignored.empty()) << row.url;
  }
}

TEST(ConnInfo, KeywordStringsAreReadWithLibpqsQuotes) {
  const ConnInfo info = parsed(R"(host = db port=6000  user='o\'hara' password=a\ b dbname='' sslmode=require)");
  EXPECT_EQ(info.hosts, (Hosts{{"db", "", 6000}}));
  EXPECT_EQ(info.parameters, (Parameters{{"password", "a b"}, {"sslmode", "require"}, {"user", "o'hara"}}));
}

TEST(ConnInfo, PrismasParametersAreMappedOrLeftOut) {
  const ConnInfo info = parsed(
      "postgres://u:p@db/app?schema=public&connection_limit=5&pool_timeout=2&connect_timeout=7&socket_timeout=3"
      "&pgbouncer=true&statement_cache_size=0&single_use_connections=true&sslidentity=c.p12&sslpassword=x");
  EXPECT_EQ(info.parameters, (Parameters{{"dbname", "app"}, {"password", "p"}, {"user", "u"}}));
  EXPECT_EQ(info.connect_timeout, std::chrono::seconds{7});
  EXPECT_TRUE(info.ignored.empty());
  EXPECT_EQ(parsed("postgres://db?connect_timeout=0").connect_timeout, std::nullopt);
}

TEST(ConnInfo, TlsParametersOfEachDialectMeanWhatTheirClientsMean) {
  struct Row {
    std::string_view query;
    std::string_view mode;
    std::string_view authorities = "";
    std::string_view certificate = "";
    std::string_view passphrase = "";
  };
  const Row rows[] = {
      {"sslmode=require", "require"},
      {"sslmode=verify-full&sslrootcert=/ca", "verify-full", "/ca"},
      {"sslcert=/c&sslkey=/k&sslpassword=x", "", "", "/c", "x"},
      {"sslaccept=strict&sslcert=/ca", "verify-full", "/ca"},
      {"sslmode=require&sslaccept=strict", "verify-full"},
      {"sslmode=disable&sslaccept=strict", "disable"},
      {"sslmode=require&sslcert=/ca", "require"},
      {"sslmode=require&sslaccept=accept_invalid_certs&sslcert=/ca", "require"},
      {"sslmode=no-verify&sslrootcert=/ca", "require"},
      {"ssl=true", "require"},
      {"ssl=0", "disable"},
  };
  for (const Row& row : rows) {
    const ConnInfo info = parsed("postgres://db/?" + std::string(row.query));
    EXPECT_EQ(info.parameter("sslmode"), row.mode) << row.query;
    EXPECT_EQ(info.tls.authorities_file, row.authorities) << row.query;
    EXPECT_EQ(info.tls.certificate_file, row.certificate) << row.query;
    EXPECT_EQ(info.tls.passphrase, row.passphrase) << row.query;
  }
}

TEST(ConnInfo, WhatWouldLetThisMachinesFilesDecideIsLeftOut) {
  EXPECT_TRUE(
      parsed("postgres://db?service=prod&passfile=/x&replication=database&gssencmode=require").parameters.empty());
}

TEST(ConnInfo, UnknownParametersAreNamedAndIgnored) {
  const ConnInfo info = parsed("postgres://db?zebra=1&ape=secret-value");
  EXPECT_EQ(info.ignored, (std::vector<std::string>{"ape", "zebra"}));
  EXPECT_TRUE(info.parameters.empty());
}

TEST(ConnInfo, AnAddressMeansNothingToNodePostgres) {
  const DriverSettings node{Driver::kNodePostgres, {}, {}, false, {}};
  const ConnInfoResult result = parse_conninfo("postgres://db/app?hostaddr=10.0.0.1", node);
  EXPECT_EQ(std::get<ConnInfo>(result).hosts, (Hosts{{"db", "", 5432}}));
}

TEST(ConnInfo, TargetSessionAttributes) {
  EXPECT_EQ(parsed("postgres://a,b?target_session_attrs=read-write").target, TargetSession::kReadWrite);
  EXPECT_EQ(parsed("postgres://a").target, TargetSession::kAny);
}

TEST(ConnInfo, MalformedStringsAreRefusedWithoutQuotingThem) {
  const std::string_view canary = "Hunter2canary";
  const std::string urls[] = {
      "",
      " \t\n",
      "mysql://u:Hunter2canary@db",
      "Hunter2canary",
      "password=Hunter2canary host",
      "password='Hunter2canary",
      "=Hunter2canary",
      "postgres://u:Hunter2canary@db:port/app",
      "postgres://u:Hunter2canary@db:0",
      "postgres://u:Hunter2canary@db:65536",
      "postgres://u:Hunter2canary@db:-1",
      "postgres://u:Hunter2canary@db:5432x",
      "postgres://u:Hunter2canary@[::1",
      "postgres://u:Hunter2canary@[::1]x",
      "postgres://u:Hunter2canary/x@db",
      "postgres://u:Hunter2canary@db?port=1,2",
      "postgres://u:Hunter2canary@a,b?hostaddr=10.0.0.1",
      "postgres://u:Hunter2canary@db?connect_timeout=soon",
      "postgres://u:Hunter2canary@db?connect_timeout=-1",
      "postgres://u:Hunter2canary@db?sslmode=Hunter2canary",
      "postgres://u:Hunter2canary@db?target_session_attrs=Hunter2canary",
      "postgres://u:Hunter2canary%00@db",
      "postgres://u:Hunter2canary@db/" + std::string(kLongestConnInfo, 'x'),
      "postgres://u:Hunter2canary@" + std::string(kMostHosts, ','),
  };
  for (const std::string& url : urls) {
    const std::string error = error_of(url);
    EXPECT_FALSE(error.empty()) << url;
    EXPECT_EQ(error.find(canary), std::string::npos) << error;
  }
}

TEST(ConnInfo, PasswordsAreRememberedAsWrittenAndAsDecoded) {
  EXPECT_EQ(parsed("postgres://u:p%40ss@db").secrets, (std::vector<std::string>{"p%40ss", "p@ss"}));
  EXPECT_EQ(parsed("postgres://u@db?password=a+b&sslpassword=k").secrets,
            (std::vector<std::string>{"a b", "a+b", "k"}));
  EXPECT_EQ(parsed("host=db password=x").secrets, (std::vector<std::string>{"x"}));
}

TEST(ConnInfo, ParametersThatAreAlreadyApart) {
  const Parameters parameters = {{"host", "db"}, {"database", "app"}, {"user", "u"}, {"password", "p=&"}};
  const ConnInfoResult result = conninfo_from(parameters);
  const auto& info = std::get<ConnInfo>(result);
  EXPECT_EQ(info.hosts, (Hosts{{"db", "", 5432}}));
  EXPECT_EQ(info.parameter("dbname"), "app");
  EXPECT_EQ(info.parameter("password"), "p=&");
  EXPECT_EQ(info.parameter("nothing"), "");
}

TEST(ConnInfo, TheKeyIsTheSameForTheSameDatabaseHoweverWritten) {
  const std::string url = parsed("postgres://u:p@db:5432/app?schema=one&connection_limit=3").key();
  EXPECT_EQ(url, parsed("host=db user=u dbname=app password=p").key());
  EXPECT_NE(url, parsed("postgres://u:q@db:5432/app").key());
  EXPECT_NE(url, parsed("postgres://u:p@db:5432/app?connect_timeout=3").key());
  EXPECT_NE(url, parsed("postgres://u:p@db:5433/app").key());
  EXPECT_NE(url, parsed("postgres://u:p@db:5432/app?target_session_attrs=primary").key());
}

TEST(ConnInfo, AnyBytesAreSurvived) {
  std::mt19937 random(20240607);
  const std::string_view pieces[] = {"postgres://", "@",    ":",        "/",       "?",    "&",        "=",  "%",
                                     "%4",          "%00",  ",",        "[",       "]",    "'",        "\\", " ",
                                     "host",        "port", "password", "sslmode", "5432", "\xff\xfe", "#",  "+"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (unsigned count = random() % 16; count > 0; --count) text += pieces[random() % std::size(pieces)];
    if (round % 4 == 0 && !text.empty()) text[random() % text.size()] = static_cast<char>(random());
    const ConnInfoResult result = parse_conninfo(text);
    if (const auto* info = std::get_if<ConnInfo>(&result)) {
      ASSERT_FALSE(info->hosts.empty()) << text;
      for (const HostSpec& host : info->hosts) ASSERT_FALSE(host.host.empty()) << text;
    } else {
      ASSERT_FALSE(std::get<ConnInfoError>(result).message.empty()) << text;
    }
  }
}

}  // namespace
}  // namespace resilience
