// How the probe secures its connections: as the application's own driver would, or better, never worse.
//
// The same words mean different things to different drivers (docs/tls.md). node-postgres takes sslmode=prefer, require
// and verify-ca for verify-full; libpq and Prisma's engine trust any certificate by default. So a connection string is
// read in the dialect of the driver that the application uses. Where that driver's settings cannot be had, the probe
// tells nobody a password: a greeting is enough to see that a server is there. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace resilience {

using Parameter = std::pair<std::string, std::string>;

// Whose settings these are. Values cross into JavaScript: never renumber them.
enum class Driver : std::uint8_t {
  kLibpq = 0,
  kNodePostgres = 1,
  kPrismaEngine = 2,
  kUnknown = 3,  // another one, or none is known yet
};

// What the driver goes by beside its connection string.
struct DriverSettings {
  Driver driver = Driver::kLibpq;
  // node-postgres' `ssl`: "on" is true, false, no-verify or object; of an object each option that is a text, a number
  // or a truth value, PEM for `ca`, `cert` and `key`, and in "unread" the names of all others, separated by commas.
  std::vector<Parameter> ssl;
  std::string environment_mode;  // PGSSLMODE
  bool trusts_all = false;       // NODE_TLS_REJECT_UNAUTHORIZED=0
  std::string authorities;  // PEM: whom the driver trusts where it was told nobody; empty: whom this machine trusts
};

struct TlsPlan {
  std::string mode;  // libpq's sslmode
  // Files; texts go before them.
  std::string authorities_file;
  std::string certificate_file;
  std::string key_file;
  // PEM.
  std::string authorities;
  std::string certificate;
  std::string key;
  std::string passphrase;
  std::string least_version;
  std::string most_version;
  std::string server_name;  // that the certificate is for, where it is not the host's
  bool withholds_password = false;
  std::string problem;  // why there is no plan; quotes nothing

  // Somebody who listens in between learns nothing, and is not let in.
  [[nodiscard]] bool verifies() const noexcept { return mode.starts_with("verify"); }
};

// `parameters`: those of the connection string, later ones win.
[[nodiscard]] TlsPlan plan_tls(std::span<const Parameter> parameters, const DriverSettings& settings);

// Whether the plan verifies with `settings.authorities`, so that whoever calls has to name them.
[[nodiscard]] bool needs_authorities(std::span<const Parameter> parameters, const DriverSettings& settings);

}  // namespace resilience
