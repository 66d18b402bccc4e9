#include "io/tls_plan.h"

#include <gtest/gtest.h>

#include "io/conninfo.h"

namespace resilience {
namespace {

using Parameters = std::vector<Parameter>;

DriverSettings node(Parameters ssl = {}, std::string environment = {}) {
  return {Driver::kNodePostgres, std::move(ssl), std::move(environment), false, "the driver's"};
}

struct UrlRow {
  Parameters parameters;
  std::string_view mode;
};

TEST(TlsPlan, NodePostgresVerifiesInFullUnlessItIsToldNotTo) {
  const UrlRow rows[] = {
      {{}, "disable"},
      {{{"sslmode", "disable"}}, "disable"},
      {{{"ssl", "0"}}, "disable"},
      {{{"sslmode", "prefer"}}, "verify-full"},
      {{{"sslmode", "require"}}, "verify-full"},
      {{{"sslmode", "verify-ca"}}, "verify-full"},
      {{{"sslmode", "verify-full"}}, "verify-full"},
      {{{"sslmode", "nonsense"}}, "verify-full"},
      {{{"sslmode", "no-verify"}}, "require"},
      {{{"ssl", "true"}}, "verify-full"},
      {{{"ssl", "1"}}, "verify-full"},
      {{{"ssl", "no-verify"}}, "require"},
      {{{"ssl", "no-verify"}, {"sslmode", "require"}}, "verify-full"},
      {{{"sslrootcert", "/ca"}}, "verify-full"},
      {{{"sslnegotiation", "direct"}}, "verify-full"},
      {{{"uselibpqcompat", "true"}, {"sslmode", "prefer"}}, "require"},
      {{{"uselibpqcompat", "true"}, {"sslmode", "require"}}, "require"},
      {{{"uselibpqcompat", "true"}, {"sslmode", "require"}, {"sslrootcert", "/ca"}}, "verify-ca"},
      {{{"uselibpqcompat", "true"}, {"sslmode", "verify-ca"}, {"sslrootcert", "/ca"}}, "verify-ca"},
      {{{"uselibpqcompat", "true"}, {"sslmode", "verify-ca"}}, "verify-full"},
      {{{"uselibpqcompat", "true"}, {"sslmode", "no-verify"}}, "verify-full"},
      // Prisma's word is none of node-postgres'.
      {{{"sslaccept", "accept_invalid_certs"}, {"sslmode", "require"}}, "verify-full"},
  };
  for (const UrlRow& row : rows) {
    EXPECT_EQ(plan_tls(row.parameters, node()).mode, row.mode) << (&row - rows);
    EXPECT_EQ(needs_authorities(row.parameters, node()),
              row.mode.starts_with("verify") && plan_tls(row.parameters, node()).authorities_file.empty())
        << (&row - rows);
  }
}

TEST(TlsPlan, TheSslOptionOfNodePostgres) {
  const Parameters none;
  EXPECT_EQ(plan_tls(none, node({{"on", "false"}})).mode, "disable");
  EXPECT_EQ(plan_tls(none, node({{"on", "true"}})).mode, "verify-full");
  EXPECT_EQ(plan_tls(none, node({{"on", "no-verify"}})).mode, "require");
  const TlsPlan own = plan_tls(none, node({{"on", "object"}, {"ca", "ours"}, {"cert", "c"}, {"key", "k"}}));
  EXPECT_EQ(own.mode, "verify-full");
  EXPECT_EQ(own.authorities, "ours");
  EXPECT_EQ(own.certificate, "c");
  EXPECT_EQ(own.key, "k");
  EXPECT_FALSE(own.withholds_password);
  const TlsPlan any = plan_tls(none, node({{"on", "object"}, {"ca", "ours"}, {"rejectUnauthorized", "false"}}));
  EXPECT_EQ(any.mode, "require");
  EXPECT_EQ(any.authorities, "") << "libpq verifies as soon as it knows an authority";
  const TlsPlan named = plan_tls(none, node({{"on", "object"}, {"ca", "ours"}, {"host", "db"}}));
  EXPECT_EQ(named.server_name, "db");
  EXPECT_FALSE(named.withholds_password);
  EXPECT_EQ(plan_tls(none, node({{"on", "object"}, {"host", "db"}, {"servername", "other"}})).server_name, "other");
  // The connection string goes before the option.
  EXPECT_EQ(plan_tls(Parameters{{"sslmode", "require"}}, node({{"on", "object"}, {"ca", "ours"}})).authorities,
            "the driver's");
}

TEST(TlsPlan, WhatCannotBeDoneAlikeTellsNobodyAPassword) {
  for (const Parameter& option :
       {Parameter{"unread", "checkServerIdentity"}, Parameter{"pfx", "x"}, Parameter{"crl", "x"}}) {
    const TlsPlan plan = plan_tls({}, node({{"on", "object"}, {"ca", "ours"}, option}));
    EXPECT_TRUE(plan.withholds_password) << option.first;
    EXPECT_FALSE(plan.verifies());
  }
  const DriverSettings unknown{Driver::kUnknown, {}, {}, false, {}};
  EXPECT_TRUE(plan_tls({}, unknown).withholds_password);
  EXPECT_EQ(plan_tls(Parameters{{"sslmode", "require"}}, unknown).mode, "verify-full");
  const Parameters url = {{"host", "db"}, {"user", "u"}, {"password", "hunter2canary"}};
  const ConnInfoResult withheld = conninfo_from(url, unknown);
  EXPECT_EQ(std::get<ConnInfo>(withheld).parameter("password"), "");
}

TEST(TlsPlan, TheEnvironmentOfNodePostgres) {
  EXPECT_EQ(plan_tls({}, node({}, "require")).mode, "verify-full");
  EXPECT_EQ(plan_tls({}, node({}, "no-verify")).mode, "require");
  EXPECT_EQ(plan_tls({}, node({}, "disable")).mode, "disable");
  EXPECT_EQ(plan_tls({}, node({}, "allow")).mode, "disable");
  EXPECT_EQ(plan_tls({}, node({{"on", "false"}}, "require")).mode, "disable");
  DriverSettings careless = node({{"on", "true"}});
  careless.trusts_all = true;
  EXPECT_EQ(plan_tls({}, careless).mode, "require");
  careless.ssl = {{"on", "object"}, {"rejectUnauthorized", "true"}};
  EXPECT_EQ(plan_tls({}, careless).mode, "verify-full");
}

TEST(TlsPlan, PrismasEngineAndLibpqTrustAnybodyUnlessToldOtherwise) {
  for (const Driver driver : {Driver::kLibpq, Driver::kPrismaEngine}) {
    const DriverSettings settings{driver, {}, "verify-full", false, "not these"};
    EXPECT_EQ(plan_tls({}, settings).mode, "");
    EXPECT_EQ(plan_tls(Parameters{{"sslmode", "require"}}, settings).mode, "require");
    const TlsPlan strict = plan_tls(Parameters{{"sslaccept", "strict"}, {"sslcert", "/ca"}}, settings);
    EXPECT_EQ(strict.mode, "verify-full");
    EXPECT_EQ(strict.authorities_file, "/ca");
    EXPECT_FALSE(needs_authorities(Parameters{{"sslmode", "verify-full"}}, settings));
  }
}

}  // namespace
}  // namespace resilience
