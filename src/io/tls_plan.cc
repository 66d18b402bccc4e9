#include "io/tls_plan.h"

#include <algorithm>
#include <array>

namespace resilience {
namespace {

constexpr std::array<std::string_view, 7> kModes = {
    "disable", "allow", "prefer", "require", "verify-ca", "verify-full", "no-verify",
};

// Of Node's options, what this probe does as well, and what makes no difference to who is trusted.
constexpr std::array<std::string_view, 10> kUnderstood = {
    "on", "ca", "cert", "key", "passphrase", "rejectUnauthorized", "servername", "host", "minVersion", "maxVersion",
};
constexpr std::array<std::string_view, 15> kHarmless = {
    "ciphers",        "sigalgs",     "ecdhCurve",   "honorCipherOrder", "session",
    "sessionTimeout", "timeout",     "minDHSize",   "highWaterMark",    "ALPNProtocols",
    "enableTrace",    "requestCert", "requestOCSP", "sslmode",          "port",
};

template <std::size_t kCount>
bool contains(const std::array<std::string_view, kCount>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string_view find(std::span<const Parameter> parameters, std::string_view name) {
  const auto it =
      std::find_if(parameters.rbegin(), parameters.rend(), [name](const Parameter& p) { return p.first == name; });
  return it == parameters.rend() ? std::string_view{} : std::string_view(it->second);
}

TlsPlan with_mode(std::string_view mode) {
  TlsPlan plan;
  plan.mode = mode;
  return plan;
}

// ---- libpq and Prisma's engine

// Prisma's `sslcert` is the authority's certificate, libpq's is the client's: without a key it can only be Prisma's.
// Prisma trusts any certificate unless sslaccept=strict; node-postgres' no-verify says so in words.
TlsPlan plan_by_words(std::span<const Parameter> parameters) {
  TlsPlan plan = with_mode(find(parameters, "sslmode"));
  const std::string_view ssl = find(parameters, "ssl");
  if (plan.mode.empty() && !ssl.empty()) {
    plan.mode = ssl == "false" || ssl == "0" ? "disable" : ssl == "no-verify" ? "no-verify" : "require";
  }
  if (!plan.mode.empty() && !contains(kModes, plan.mode)) {
    plan.problem = "sslmode is not one of libpq's";
    return plan;
  }
  const std::string_view accept = find(parameters, "sslaccept");
  const bool strict = accept == "strict" && plan.mode != "disable";
  if (strict) plan.mode = "verify-full";
  const bool trusts_any = plan.mode == "no-verify" || (!accept.empty() && !strict);
  if (plan.mode == "no-verify") plan.mode = "require";
  plan.key_file = find(parameters, "sslkey");
  if (!trusts_any) plan.authorities_file = find(parameters, "sslrootcert");
  const std::string_view certificate = find(parameters, "sslcert");
  if (!plan.key_file.empty()) {
    plan.certificate_file = certificate;
    plan.passphrase = find(parameters, "sslpassword");
  } else if (strict && plan.authorities_file.empty()) {
    plan.authorities_file = certificate;
  }
  return plan;
}

// ---- node-postgres

bool says_anything(std::span<const Parameter> parameters) {
  constexpr std::array<std::string_view, 5> kWords = {"sslmode", "ssl", "sslcert", "sslkey", "sslrootcert"};
  return find(parameters, "sslnegotiation") == "direct" ||
         std::any_of(kWords.begin(), kWords.end(),
                     [parameters](std::string_view word) { return !find(parameters, word).empty(); });
}

// pg-connection-string: any mode verifies in full but no-verify, and those of libpq where its ways are asked for.
TlsPlan plan_node_url(std::span<const Parameter> parameters) {
  TlsPlan plan = with_mode("verify-full");
  plan.authorities_file = find(parameters, "sslrootcert");
  plan.certificate_file = find(parameters, "sslcert");
  plan.key_file = find(parameters, "sslkey");
  const std::string_view mode = find(parameters, "sslmode");
  const bool files = !plan.authorities_file.empty() || !plan.certificate_file.empty() || !plan.key_file.empty();
  if (mode.empty() && !files) {
    const std::string_view ssl = find(parameters, "ssl");
    if (ssl == "0") return with_mode("disable");
    return with_mode(ssl == "no-verify" ? "require" : "verify-full");
  }
  if (mode == "disable") return with_mode("disable");
  const bool as_libpq = find(parameters, "uselibpqcompat") == "true";
  // Without an authority node-postgres refuses verify-ca.
  const bool authority_alone = !plan.authorities_file.empty() && (mode == "verify-ca" || mode == "require");
  if (as_libpq && authority_alone) {
    plan.mode = "verify-ca";
  } else if (as_libpq ? mode == "prefer" || mode == "require" : mode == "no-verify") {
    plan.mode = "require";
  }
  return plan;
}

bool may_be_had(const std::vector<Parameter>& ssl) {
  return find(ssl, "unread").empty() && std::all_of(ssl.begin(), ssl.end(), [](const Parameter& option) {
           return option.first == "unread" || contains(kUnderstood, option.first) || contains(kHarmless, option.first);
         });
}

TlsPlan plan_node_option(const std::vector<Parameter>& ssl) {
  const std::string_view on = find(ssl, "on");
  if (on == "false") return with_mode("disable");
  if (on == "no-verify") return with_mode("require");
  TlsPlan plan = with_mode(find(ssl, "rejectUnauthorized") == "false" ? "require" : "verify-full");
  plan.authorities = find(ssl, "ca");
  plan.certificate = find(ssl, "cert");
  plan.key = find(ssl, "key");
  plan.passphrase = find(ssl, "passphrase");
  plan.least_version = find(ssl, "minVersion");
  plan.most_version = find(ssl, "maxVersion");
  plan.server_name = find(ssl, "servername");
  if (plan.server_name.empty()) plan.server_name = find(ssl, "host");
  if (!may_be_had(ssl)) {
    plan.mode = "require";
    plan.withholds_password = true;
  }
  return plan;
}

TlsPlan plan_node_environment(std::string_view mode) {
  if (mode == "no-verify") return with_mode("require");
  const bool on = mode == "prefer" || mode == "require" || mode.starts_with("verify-");
  return with_mode(on ? "verify-full" : "disable");
}

TlsPlan plan_node(std::span<const Parameter> parameters, const DriverSettings& settings) {
  TlsPlan plan = says_anything(parameters) ? plan_node_url(parameters)
                 : !settings.ssl.empty()   ? plan_node_option(settings.ssl)
                                           : plan_node_environment(settings.environment_mode);
  if (plan.verifies() && settings.trusts_all && find(settings.ssl, "rejectUnauthorized") != "true")
    plan.mode = "require";
  if (!plan.verifies()) {
    // libpq verifies as soon as it knows an authority.
    plan.authorities.clear();
    plan.authorities_file.clear();
  }
  return plan;
}

// The strictest that any driver makes of it.
TlsPlan plan_unknown(std::span<const Parameter> parameters) {
  TlsPlan plan = says_anything(parameters) || !find(parameters, "sslaccept").empty() ? plan_node_url(parameters)
                                                                                     : with_mode("prefer");
  plan.withholds_password = true;
  return plan;
}

TlsPlan plan_of(std::span<const Parameter> parameters, const DriverSettings& settings) {
  switch (settings.driver) {
    case Driver::kLibpq:
    case Driver::kPrismaEngine: return plan_by_words(parameters);
    case Driver::kNodePostgres: return plan_node(parameters, settings);
    case Driver::kUnknown: return plan_unknown(parameters);
  }
  return plan_unknown(parameters);
}

bool lacks_authorities(const TlsPlan& plan) {
  return plan.verifies() && plan.authorities.empty() && plan.authorities_file.empty();
}

}  // namespace

TlsPlan plan_tls(std::span<const Parameter> parameters, const DriverSettings& settings) {
  TlsPlan plan = plan_of(parameters, settings);
  if (lacks_authorities(plan)) plan.authorities = settings.authorities;
  return plan;
}

bool needs_authorities(std::span<const Parameter> parameters, const DriverSettings& settings) {
  return settings.driver == Driver::kNodePostgres && lacks_authorities(plan_of(parameters, settings));
}

}  // namespace resilience
