#include "io/pq_parameters.h"

#include <gtest/gtest.h>

namespace resilience {
namespace {

PqParameters parameters_of(std::string_view url, const std::string& address = "192.0.2.1") {
  const ConnInfo info = std::get<ConnInfo>(parse_conninfo(url));
  return {info, TlsFiles(info.tls), info.hosts.front(), address};
}

TEST(PqParameters, NothingIsLeftForLibpqToLookUp) {
  const PqParameters parameters = parameters_of("postgres://db.example");
  EXPECT_EQ(parameters.value("host"), "db.example");
  EXPECT_EQ(parameters.value("hostaddr"), "192.0.2.1");
  EXPECT_EQ(parameters.value("port"), "5432");
  EXPECT_EQ(parameters.value("gssencmode"), "disable");
  EXPECT_EQ(parameters.value("target_session_attrs"), "any");
  for (const std::string_view keyword :
       {"user", "dbname", "application_name", "passfile", "sslcert", "sslkey", "sslrootcert", "sslcrl"}) {
    EXPECT_FALSE(parameters.value(keyword).empty()) << keyword;
  }
}

TEST(PqParameters, WhatTheConnectionStringSaysIsKept) {
  const PqParameters parameters = parameters_of(
      "postgres://ann:pw@db/app?application_name=mine&sslmode=verify-ca&sslrootcert=/ca&target_session_attrs=primary");
  EXPECT_EQ(parameters.value("user"), "ann");
  EXPECT_EQ(parameters.value("password"), "pw");
  EXPECT_EQ(parameters.value("dbname"), "app");
  EXPECT_EQ(parameters.value("application_name"), "mine");
  EXPECT_EQ(parameters.value("sslrootcert"), "/ca");
  // Hosts are chosen by us, not by libpq.
  EXPECT_EQ(parameters.value("target_session_attrs"), "any");
}

TEST(PqParameters, ThroughAPoolerItNamesItselfAsTheApplicationDoes) {
  for (const auto& [url, name] :
       {std::pair{"postgres://db", ""}, std::pair{"postgres://db?application_name=mine", "mine"}}) {
    const ConnInfo info = std::get<ConnInfo>(parse_conninfo(url));
    const PqParameters parameters{info, TlsFiles(info.tls), info.hosts.front(), "192.0.2.1", PqName::kNone};
    EXPECT_EQ(parameters.value("application_name"), name);
  }
}

TEST(PqParameters, TheDatabaseIsNamedAfterTheUserAsEverywhere) {
  EXPECT_EQ(parameters_of("postgres://ann@db").value("dbname"), "ann");
}

TEST(PqParameters, VerificationWithoutAnAuthorityTrustsTheSystems) {
  const PqParameters none = parameters_of("postgres://db");
  const std::string_view without = none.value("sslrootcert");
  for (const char* query : {"?sslmode=verify-full", "?sslmode=verify-full&sslrootcert=system"}) {
    const PqParameters parameters = parameters_of(std::string("postgres://db") + query);
    EXPECT_NE(parameters.value("sslrootcert"), "system");
    EXPECT_EQ(parameters.unusable_file(), "");
  }
  EXPECT_EQ(parameters_of("postgres://db?sslmode=require").value("sslrootcert"), without);
}

TEST(PqParameters, KeywordsOfOtherLibpqVersionsAreLeftOut) {
  const PqParameters parameters = parameters_of("postgres://db?sslcertmode=allow&require_auth=none");
  const std::vector<const char*> keywords = parameters.keywords();
  const std::vector<const char*> values = parameters.values();
  ASSERT_EQ(keywords.size(), values.size());
  EXPECT_EQ(keywords.back(), nullptr);
  EXPECT_EQ(values.back(), nullptr);
}

TEST(PqParameters, PipesAndDevicesAreNotOpened) {
  EXPECT_EQ(parameters_of("postgres://db?sslmode=require&sslrootcert=/dev/zero").unusable_file(),
            "sslrootcert is not a file");
  EXPECT_EQ(parameters_of("postgres://db?sslmode=require&sslrootcert=/absent").unusable_file(), "");
}

}  // namespace
}  // namespace resilience
