#include "io/pq_error.h"

#include <gtest/gtest.h>

#include "io/one_line.h"

#include "core/probe_verdict.h"

namespace resilience {
namespace {

TEST(PqError, CodesAreReadOutOfLibpqsTexts) {
  struct Row {
    std::string_view text;
    std::string_view code;
  };
  const std::string_view at = "connection to server at \"127.0.0.1\", port 5432 failed: ";
  const Row rows[] = {
      {"FATAL:  28P01: password authentication failed for user \"u\"\nLOCATION:  auth_failed, auth.c:338\n", "28P01"},
      {"SCHWERWIEGEND:  57P03: das Datenbanksystem startet\n", "57P03"},
      {"FATAL:  3D000: database \":  12345: x\" does not exist\n", "12345"},
      {"Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?\n", "ECONNREFUSED"},
      {"could not receive data from server: Connection reset by peer\n", "ECONNRESET"},
      {"SSL SYSCALL error: Connection reset by peer\n", "ECONNRESET"},
      {"server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n",
       probe_code::kClosed},
      {"SSL SYSCALL error: EOF detected\n", probe_code::kClosed},
      {"SSL error: certificate verify failed\n", probe_code::kTls},
      {"server does not support SSL, but SSL was required\n", probe_code::kTls},
      {"could not read certificate file \"/x\": No such file or directory\n", probe_code::kTls},
      {"SSL error: tlsv13 alert certificate required\n", probe_code::kCannotLogIn},
      {"SSL error: wrong version number\n", probe_code::kProtocol},
      {"expected authentication request from server, but received H\n", probe_code::kProtocol},
      {"malformed SCRAM message (empty message)\n", probe_code::kProtocol},
      {"authentication method 13 not supported\n", probe_code::kCannotLogIn},
      {"something else altogether\n", ""},
      {"", ""},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(read_pq_error(std::string(at) + std::string(row.text), false, {}).code, row.code) << row.text;
  }
  EXPECT_EQ(read_pq_error("fe_sendauth: no password supplied\n", true, {}).code, probe_code::kCannotLogIn);
}

TEST(PqError, MessagesAreOneLineOfBoundedLength) {
  EXPECT_EQ(read_pq_error("FATAL:  28P01: no\nLOCATION:  auth_failed, auth.c:338\n", false, {}).message,
            "FATAL:  28P01: no");
  EXPECT_EQ(one_line("a\n\tb\r\n", {}), "a b");
  EXPECT_EQ(one_line(std::string("a\0\x1b[31mb\x7f", 9), {}), "a [31mb");
  EXPECT_EQ(one_line(std::string(1000, 'x'), {}).size(), 400U);
  // No character is cut in two.
  EXPECT_EQ(one_line("xx\xe2\x82\xac", {}, 4), "xx");
  EXPECT_EQ(one_line("xx\xe2\x82\xac", {}, 5), "xx\xe2\x82\xac");
}

TEST(PqError, SecretsAreTakenOutBeforeAnythingElseIs) {
  const std::string secrets[] = {"Kanari\ten Vogel"};
  EXPECT_EQ(one_line("it was Kanari\ten Vogel", secrets), "it was ***");
  EXPECT_EQ(one_line("it was Kanari\ten Vogel", secrets, 15), "it was ***");
  EXPECT_EQ(one_line("at postgres://u:canary@db", {}, 20), "at postgres://u:***@");
}

}  // namespace
}  // namespace resilience
