#include "io/redact.h"

#include <gtest/gtest.h>

#include <random>

namespace resilience {
namespace {

struct Row {
  std::string_view text;
  std::string_view redacted;
};

TEST(Redact, PasswordsInConnectionStringsAndErrorTexts) {
  const Row rows[] = {
      {"postgres://ann:secret@db:5432/app", "postgres://ann:***@db:5432/app"},
      {"cannot reach `postgres://ann:secret@db/app`.", "cannot reach `postgres://ann:***@db/app`."},
      {"postgres://ann:se@cr@et@db/app", "postgres://ann:***@db/app"},
      {"postgres://ann:se/cr?et@db/app", "postgres://ann:***@db/app"},
      {"postgres://ann:se cret@db/app", "postgres://ann:***@db/app"},
      {"postgres://ann:\"quoted\"@db", "postgres://ann:***@db"},
      {"postgres://ann:secret", "postgres://ann:***"},
      {"postgres://:secret@db", "postgres://:***@db"},
      {"mysql://root:secret@db and redis://x:other@cache", "mysql://root:***@db and redis://x:***@cache"},
      {"postgres://db/app?user=u&password=secret&sslmode=require",
       "postgres://db/app?user=u&password=***&sslmode=require"},
      {"postgres://db/app?sslpassword=sec%20ret", "postgres://db/app?sslpassword=***"},
      {"host=db password=se&cret user=u", "host=db password=*** user=u"},
      {"host=db PASSWORD = 'sec ret\\' x' user=u", "host=db PASSWORD = '***' user=u"},
      {"password=sec\\ ret user=u", "password=*** user=u"},
      {"PGPASSWORD=secret psql", "PGPASSWORD=*** psql"},
      {R"({"password":"sec\"ret","user":"u"})", R"({"password":"***","user":"u"})"},
      {"{ password: 'secret', user: 'u' }", "{ password: '***', user: 'u' }"},
      {"prisma://accelerate.example/?api_key=secret", "prisma://accelerate.example/?api_key=***"},
      // And what is no secret stays legible.
      {"password authentication failed for user \"u\"", "password authentication failed for user \"u\""},
      {"connection to server at \"127.0.0.1\", port 5432 failed: Connection refused",
       "connection to server at \"127.0.0.1\", port 5432 failed: Connection refused"},
      {"see http://localhost:3000/health, or mail a@b.example",
       "see http://localhost:3000/health, or mail a@b.example"},
      {"postgres://db:5432; and a@b", "postgres://db:5432; and a@b"},
      {"postgres://[::1]:5432/app", "postgres://[::1]:5432/app"},
      {"", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(redact(row.text), row.redacted) << row.text;
}

TEST(Redact, KnownSecretsAreHiddenWhereverTheyStand) {
  const std::string secrets[] = {"p@ss/w rd", "p%40ss"};
  EXPECT_EQ(redact("got p@ss/w rd, and p%40ss: p@ss", secrets), "got ***, and ***: p@ss");
  const std::string brief[] = {"ab"};
  EXPECT_EQ(redact("a cab", brief), "(withheld)");
  EXPECT_EQ(redact("nothing", brief), "nothing");
}

TEST(Redact, RandomTextsNeverLeakACanaryThatStandsForAPassword) {
  std::mt19937 random(7);
  const std::string_view around[] = {"",  " ", "x", "@",   ":",    "/",        "'", "\"",
                                     "?", "&", "=", "://", "\xff", "password", "\n"};
  const auto noise = [&] {
    std::string text;
    for (unsigned count = random() % 4; count > 0; --count) text += around[random() % std::size(around)];
    return text;
  };
  for (int round = 0; round < 20000; ++round) {
    const std::string text = noise() + " postgres://u:" + "canary" + "@db/app" + noise();
    EXPECT_EQ(redact(text).find("canary"), std::string::npos) << text;
    const std::string pair = noise() + " password='canary' " + noise();
    EXPECT_EQ(redact(pair).find("canary"), std::string::npos) << pair;
  }
}

TEST(Redact, LongHostileTextsCostLinearTime) {
  // A quadratic scan of these takes minutes.
  for (const std::string_view piece : {"://", "://:", "password", "password=", "x:// ", "://x@", "password \"", "'"}) {
    std::string text;
    while (text.size() < 4'000'000) text += piece;
    EXPECT_LE(redact(text).size(), text.size() * 2) << piece;
  }
}

}  // namespace
}  // namespace resilience
