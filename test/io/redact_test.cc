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
      // A blank in the password, and whatever stands before it.
      {"postgres://u:x y@h", "postgres://u:***@h"},
      {"postgres://u:5 secret@h/db", "postgres://u:***@h/db"},
      {"postgres://u:5432 secret@h/db", "postgres://u:***@h/db"},
      {"postgres://u:p@x y@h/db", "postgres://u:***@h/db"},
      {"postgres://u:p@x/y z@h/db", "postgres://u:***@h/db"},
      {"postgres://u:p@h/db, nor postgres://u:q@h/db", "postgres://u:***@h/db, nor postgres://u:***@h/db"},
      {"postgres%3A%2F%2Fu%3Asecret%40h%2Fdb", "postgres%3A%2F%2Fu%3A***%40h%2Fdb"},
      // Quoted, and quoted again.
      {R"({\"password\":\"sec ret\",\"user\":\"u\"})", R"({\"password\":\"***\",\"user\":\"u\"})"},
      {R"({\\\"password\\\":\\\"sec ret\\\"})", R"({\\\"password\\\":\\\"***\\\"})"},
      {"{ password: `sec ${x} ret`, user }", "{ password: `***`, user }"},
      {"config[\"password\"] = 'sec ret'", "config[\"password\"] = '***'"},
      {"{ 'password' => 'sec ret' }", "{ 'password' => '***' }"},
      {"ALTER ROLE u PASSWORD 'sec''ret' LOGIN", "ALTER ROLE u PASSWORD '***' LOGIN"},
      {"ALTER ROLE u ENCRYPTED PASSWORD E'sec\\'ret'", "ALTER ROLE u ENCRYPTED PASSWORD E'***'"},
      {"ALTER ROLE u PASSWORD $x$sec'ret$x$;", "ALTER ROLE u PASSWORD $x$***$x$;"},
      {"CREATE USER u IDENTIFIED BY 'sec ret'", "CREATE USER u IDENTIFIED BY '***'"},
      {"Key (password)=(secret) exists", "Key (password)=*** exists"},
      {"CREATE USER 'a'@'%' IDENTIFIED WITH caching_sha2_password BY 'sec ret'",
       "CREATE USER 'a'@'%' IDENTIFIED WITH caching_sha2_password BY '***'"},
      {"CREATE USER a IDENTIFIED VIA mysql_native_password USING PASSWORD('sec ret')",
       "CREATE USER a IDENTIFIED VIA mysql_native_password USING PASSWORD('***')"},
      {"SET PASSWORD FOR 'a'@'h' = PASSWORD('sec ret')", "SET PASSWORD FOR 'a'@'h' = PASSWORD('***')"},
      {"Key (password)=(sec (r) et) exists", "Key (password)=*** exists"},
      {"Key (token, \"mailAddress\")=(sec ret, a@b) exists", "Key (token, \"mailAddress\")=*** exists"},
      {R"({"password":["sec ret"],"user":"u"})", R"({"password":***,"user":"u"})"},
      {"Password={sec ret};Database=d", "Password=***;Database=d"},
      {"pg_dump --password secret --host h", "pg_dump --password *** --host h"},
      {"psql --no-password --host h", "psql --no-password --host h"},
      // Behind names of a query a colon and an '@' make no user.
      {"https://h/p?password=secret&x=a:b@c&y=1", "https://h/p?password=***&x=a:***@c&y=1"},
      {"https://h/p?x=1&token=sec:ret@x", "https://h/p?x=1&token=***"},
      // Names in every spelling.
      {"postgres://db/app?p%61ssword=secret&x=1", "postgres://db/app?p%61ssword=***&x=1"},
      {"a=1&password%3Dsecret", "a=1&password%3D***"},
      {"a=1&password%3Dsec!ret&b=2", "a=1&password%3D***&b=2"},
      {"postgres%3A%2F%2Fu%3Asec!r(e)t%40h%2Fdb", "postgres%3A%2F%2Fu%3A***%40h%2Fdb"},
      {"q=%7B%22password%22%3A%22sec!ret%22%7D&x=1", "q=%7B%22password%22%3A%22***&x=1"},
      {"apiKey: 'secret'", "apiKey: '***'"},
      {"pass=secret", "pass=***"},
      {"DB_PASS=secret", "DB_PASS=***"},
      {"db.client-secret: secret", "db.client-secret: ***"},
      {"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----", "***-----END PRIVATE KEY-----"},
      // And what is no secret stays legible.
      {"password authentication failed for user \"u\"", "password authentication failed for user \"u\""},
      {"connection to server at \"127.0.0.1\", port 5432 failed: Connection refused",
       "connection to server at \"127.0.0.1\", port 5432 failed: Connection refused"},
      {"see http://localhost:3000/health, or mail a@b.example",
       "see http://localhost:3000/health, or mail a@b.example"},
      {"postgres://db:5432; and a@b", "postgres://db:5432; and a@b"},
      {"postgres://[::1]:5432/app", "postgres://[::1]:5432/app"},
      {"postgres://a:5432,b:5433/app for a@b", "postgres://a:5432,b:5433/app for a@b"},
      {"bypass=1 compass: north", "bypass=1 compass: north"},
      {"column \"password\" of relation \"User\"", "column \"password\" of relation \"User\""},
      {"Unexpected token '<', \"<!DOCTYPE\"", "Unexpected token '<', \"<!DOCTYPE\""},
      {"password_encryption = scram-sha-256", "password_encryption = scram-sha-256"},
      {"", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(redact(row.text), row.redacted) << row.text;
}

TEST(Redact, WhatIsHiddenStaysAsItIs) {
  for (const std::string_view text :
       {"postgres://u:***@h/db, mail a@b", "password='***' x", "password=*** x", R"("password":"***")"}) {
    EXPECT_EQ(redact(text), text);
  }
}

TEST(Redact, KnownSecretsAreHiddenWhereverTheyStand) {
  const std::string secrets[] = {"p@ss/w rd", "p%40ss"};
  EXPECT_EQ(redact("got p@ss/w rd, and p%40ss: p@ss", secrets), "got ***, and ***: p@ss");
  const std::string brief[] = {"a!"};
  EXPECT_EQ(redact("a ca!b", brief), "(withheld)");
  EXPECT_EQ(redact("nothing", brief), "nothing");
}

TEST(Redact, AShortPlainWordIsHiddenWhereItStandsAlone) {
  const std::string words[] = {"postgres", "app", "a1"};
  EXPECT_EQ(redact("postgresql, app_user: app is (a1) for postgres", words),
            "postgresql, app_user: *** is (***) for ***");
  const std::string long_word[] = {"kanarienvogel"};
  EXPECT_EQ(redact("xkanarienvogely", long_word), "x***y");
}

TEST(Redact, AKnownSecretIsHiddenInEveryFormInWhichItIsWritten) {
  const std::string secret = "K`a n'a\"r/i%\\1\ty";
  Redactor redactor;
  redactor.add(secret);
  for (const std::string_view written : {
           "K`a n'a\"r/i%\\1\ty",                           // as it is
           "K%60a%20n'a%22r%2Fi%25%5C1%09y",                // encodeURIComponent
           "K%60a+n%27a%22r%2fi%25%5c1%09y",                // a form, in lower case
           "K%60a%20n'a%22r/i%25%5C1%09y",                  // encodeURI
           R"(K`a n'a\"r/i%\\1\ty)",                        // JSON
           R"(K`a n'a\\\"r/i%\\\\1\\ty)",                   // JSON in JSON
           "K`a n\\'a\"r/i%\\\\1\ty",                       // JavaScript, libpq
           "K`a n''a\"r/i%\\1\ty",                          // SQL
           "K%2560a%2520n'a%2522r%252Fi%2525%255C1%2509y",  // a URL in a URL
           "K`a n'a\"r/i%\\1 y",                            // one line of a log
           "K`a n'a\"\"r/i%\\1\ty",                         // a name in SQL
       }) {
    EXPECT_EQ(redactor.redact("got " + std::string(written) + "!"), "got ***!") << written;
  }
}

TEST(Redact, AKnownSecretBeyondAsciiIsHiddenWhereItIsSpeltInAscii) {
  Redactor redactor;
  redactor.add("Kana\xc3\xa9\xe2\x82\xac\xf0\x9f\x91\x8d\xffvogel");
  EXPECT_EQ(redactor.redact("got Kana\\u00e9\\u20ac\\ud83d\\udc4d\xffvogel!"), "got ***!");
}

TEST(Redact, AKnownSecretIsHiddenWhereJavaScriptInspectsIt) {
  Redactor redactor;
  redactor.add("K\"a'n\ta\x1b\x7f\xc2\x85r\xff\\i\v");
  EXPECT_EQ(redactor.redact(R"(got K"a\'n\ta\x1B\x7F\x85r)"
                            "\xff"
                            R"(\\i\v!)"),
            "got ***!");
  EXPECT_EQ(redactor.redact(R"(got K\"a'n\ta\x1B\x7F\x85r)"
                            "\xff"
                            R"(\\i\v!)"),
            "got ***!");
}

TEST(Redact, WhatAConnectionStringHoldsIsKnownFromThenOn) {
  Redactor redactor;
  redactor.learn("mysql://root:se%40cret-1@db/app?sslpassword=second-1");
  redactor.learn("host=db password='third 1' user=u");
  EXPECT_EQ(redactor.redact("it was se@cret-1, se%40cret-1, second-1, or third 1"), "it was ***, ***, ***, or ***");
  EXPECT_EQ(redactor.redact("root at db, app, u"), "root at db, app, u");
}

TEST(Redact, APasswordOfSeveralLinesIsHiddenLineByLine) {
  Redactor redactor;
  redactor.add("first line\r\nsecond line\nx");
  EXPECT_EQ(redactor.redact("first line"), "***");
  EXPECT_EQ(redactor.redact("the second line, x"), "the ***, x");
}

TEST(Redact, ASecretOfControlsHidesNothingElse) {
  const std::vector<std::string> controls = {std::string(3, '\0'),
                                             "\x01"
                                             "a",
                                             "\x01\x02\x03"
                                             "b"};
  EXPECT_EQ(redact("a banana, b and c", controls), "a banana, b and c");
  EXPECT_EQ(redact("it is \x01\x02\x03"
                   "b",
                   controls),
            "it is ***");
}

TEST(Redact, OfManySecretsTheNewestAreKept) {
  Redactor redactor;
  redactor.add("lasting-1");
  for (std::size_t i = 0; i < 2 * KnownSecrets::kMost; ++i) {
    redactor.add("key-" + std::to_string(i) + ".");
    redactor.add("lasting-1");
  }
  EXPECT_EQ(redactor.redact("lasting-1 key-0. key-127."), "*** key-0. ***");
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

TEST(Redact, APasswordWithABlankIsHiddenWhateverStandsBeforeTheBlank) {
  std::mt19937 random(9);
  const std::string_view before[] = {"", "x", "5", "5432", "@", ":", "p@x", "'", "\"", "=", "é", "p@x/y", "a:b", "&"};
  for (int round = 0; round < 5000; ++round) {
    std::string text = "connecting to postgres://u:";
    for (auto count = random() % 3; count > 0; --count) text += before[random() % std::size(before)];
    text += " canary@db:5432/app?x=1 failed";
    EXPECT_EQ(redact(text).find("canary"), std::string::npos) << text;
  }
}

TEST(Redact, RandomTextsNeverLeakAKnownSecret) {
  std::mt19937 random(11);
  const std::string_view alphabet = "ab'\"\\ @:/%=&?\n\xc3\xa9";
  const auto any = [&](std::size_t length) {
    std::string text;
    while (text.size() < length) text += alphabet[random() % alphabet.size()];
    return text;
  };
  for (int round = 0; round < 20000; ++round) {
    const std::string secret = "K7" + any(4 + random() % 8) + "9Z";
    Redactor redactor;
    redactor.add(secret);
    const std::string text = any(random() % 12) + secret + any(random() % 12) + secret;
    const std::string shown = redactor.redact(text);
    EXPECT_EQ(shown.find(secret), std::string::npos) << text;
    EXPECT_EQ(shown.find("9Z"), std::string::npos) << text;
  }
}

TEST(Redact, AnyBytesAreAccepted) {
  std::mt19937 random(13);
  const std::string_view pieces[] = {"password", "://",       "@",   "'",          "\"",
                                     "`",        "\\",        "$",   "$x$",        "=",
                                     ":",        "%3A",       "%2F", "%3a%2f%2f",  "%40",
                                     "%",        "%4",        "E'",  "u:p",        "[",
                                     "]",        "\n",        " ",   "-----BEGIN", " PRIVATE KEY-----",
                                     "by",       "identified"};
  for (int round = 0; round < 100000; ++round) {
    std::string text;
    for (auto count = random() % 12; count > 0; --count) {
      text += random() % 4 == 0 ? std::string(1, static_cast<char>(random() % 256))
                                : std::string(pieces[random() % std::size(pieces)]);
    }
    Redactor redactor;
    redactor.learn(text);
    EXPECT_LE(redactor.redact(text).size(), 4 * text.size() + kWithheld.size());
  }
}

TEST(Redact, LongHostileTextsCostLinearTime) {
  // A quadratic scan of these takes minutes.
  const std::string secrets[] = {std::string(1000, 'a') + "b", "password"};
  int number = 0;
  for (const std::string_view piece : {"://",
                                       "://:",
                                       "password",
                                       "password=",
                                       "x:// ",
                                       "://x@",
                                       "password \"",
                                       "'",
                                       "password='",
                                       "password=\\'",
                                       "password=''",
                                       "password='#''",
                                       "password $$",
                                       "password $#$",
                                       "%3a%2f%2f",
                                       "%3d",
                                       "password%3d",
                                       "aaaa",
                                       "identified by '",
                                       "-----BEGIN PRIVATE KEY-----",
                                       "u:p@x ",
                                       "://u:5 ",
                                       "\\",
                                       "password:\\\\\\\"",
                                       "://a/:@",
                                       "x%3a%2f%2f!",
                                       "password%22!",
                                       "password%3a!",
                                       "password=(",
                                       "password=[",
                                       "password,",
                                       "--password ",
                                       "password (",
                                       "identified by ",
                                       "://a/:@ @"}) {
    std::string text;
    while (text.size() < 1'000'000) {
      for (const char c : piece) text += c == '#' ? std::to_string(++number) : std::string(1, c);
    }
    EXPECT_LE(redact(text, secrets).size(), text.size() * 2) << piece;
  }
}

}  // namespace
}  // namespace resilience
