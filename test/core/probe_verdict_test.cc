#include "core/probe_verdict.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

struct Row {
  std::string_view code;
  std::string_view message;
  ProbeVerdict verdict;
};

TEST(ProbeVerdict, AServerThatRefusesIsUpAndOneThatTakesNobodyIsDown) {
  constexpr auto kUp = ProbeVerdict::kUp;
  constexpr auto kDown = ProbeVerdict::kDown;
  constexpr auto kNothing = ProbeVerdict::kInconclusive;
  const Row rows[] = {
      {"28P01", "password authentication failed", kUp},
      {"28000", "no pg_hba.conf entry", kUp},
      {"3D000", "database does not exist", kUp},
      {"53300", "sorry, too many clients already", kUp},
      {"42501", "permission denied for database", kUp},
      {"55000", "database is not currently accepting connections", kUp},
      {"57014", "canceling statement due to statement timeout", kUp},
      {"EAUTH", "fe_sendauth: no password supplied", kUp},
      {"57P04", "database was dropped", kUp},
      {"57P03", "the database system is starting up", kDown},
      {"57P01", "terminating connection due to administrator command", kDown},
      {"57P02", "terminating connection because of crash", kDown},
      {"08P01", "server login has been failing, cached error: connect failed", kDown},
      {"08P01", "no more connections allowed (max_client_conn)", kUp},
      {"08P01", "no such database: nowhere", kUp},
      {"08006", "connection failure", kDown},
      {"ECONNREFUSED", "", kDown},
      {"ETIMEDOUT", "", kDown},
      {"ENOTFOUND", "", kDown},
      {"ECONNCLOSED", "", kDown},
      {"EPROTO", "", kDown},
      {"ENOENT", "", kDown},
      {"EMFILE", "", kNothing},
      {"EACCES", "", kNothing},
      {"ETLS", "certificate verify failed", kNothing},
      {"EINVAL", "", kNothing},
      {"XX000", "Tenant or user not found", kNothing},
      {"58030", "could not read file", kNothing},
      {"", "", kNothing},
      {"53300 ", "", kNothing},
      {"ABCDE", "", kNothing},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(verdict_of(row.code, row.message), row.verdict) << row.code << ' ' << row.message;
  }
}

TEST(ProbeVerdict, WhatABrokenServerSaysProvesNothing) {
  for (const std::string_view code : {"XX000", "XX001", "58030", "58P01", "F0000"}) {
    EXPECT_EQ(verdict_of(code, ""), ProbeVerdict::kInconclusive) << code;
  }
}

TEST(ProbeVerdict, ASqlstateHasFiveCapitalsAndDigitsAndADigitAmongThem) {
  for (const std::string_view code : {"42P01", "08006", "HV00A", "00000", "ZZZZ9", "AAAA0"})
    EXPECT_TRUE(is_sqlstate(code)) << code;
  for (const std::string_view other : {"", "EPIPE", "42p01", "4200", "420000", "42-01", "42[01", "42 01"}) {
    EXPECT_FALSE(is_sqlstate(other)) << other;
  }
}

}  // namespace
}  // namespace resilience
