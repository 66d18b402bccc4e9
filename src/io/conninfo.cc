#include "io/conninfo.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "io/conninfo_syntax.h"

namespace resilience {
namespace {

constexpr std::uint16_t kDefaultPort = 5432;

// Handed to libpq as they are.
constexpr std::array<std::string_view, 22> kKept = {
    "user",
    "password",
    "dbname",
    "channel_binding",
    "client_encoding",
    "options",
    "application_name",
    "fallback_application_name",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "requirepeer",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "require_auth",
    "sslcertmode",
};

// Known and of no use to the probe: Prisma's pool and engine, node-postgres' dialect, and what would let files of this
// machine, another protocol or another authentication decide.
constexpr std::array<std::string_view, 20> kLeftOut = {
    "schema",
    "connection_limit",
    "pool_timeout",
    "socket_timeout",
    "pgbouncer",
    "statement_cache_size",
    "single_use_connections",
    "max_connection_lifetime",
    "max_idle_connection_lifetime",
    "sslidentity",
    "uselibpqcompat",
    "service",
    "passfile",
    "replication",
    "gssencmode",
    "krbsrvname",
    "gsslib",
    "gssdelegation",
    "load_balance_hosts",
    "sslnegotiation",
};

// Read here and set again by other names or values.
constexpr std::array<std::string_view, 12> kRead = {
    "host",      "hostaddr", "port",   "target_session_attrs", "connect_timeout", "sslmode",
    "sslaccept", "sslcert",  "sslkey", "sslrootcert",          "sslpassword",     "ssl",
};

template <std::size_t kCount>
bool contains(const std::array<std::string_view, kCount>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t least, std::uint32_t most) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && value >= least && value <= most ? std::optional(value) : std::nullopt;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  for (;;) {
    const std::size_t comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

// One secret may be part of another.
bool longer_first(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() > b.size() : a < b;
}

// Builds a ConnInfo out of raw parameters. The first error stays.
class Assembly {
 public:
  Assembly(RawParameters raw, const DriverSettings& settings) : raw_(std::move(raw)), settings_(settings) {}

  ConnInfoResult run(std::vector<std::string> secrets) {
    info_.secrets = std::move(secrets);
    check_values();
    if (error_.empty()) read_hosts();
    if (error_.empty()) read_target_and_timeout();
    if (error_.empty()) read_tls();
    if (error_.empty()) keep_parameters();
    if (!error_.empty()) return ConnInfoError{std::move(error_)};
    collect_secrets();
    return std::move(info_);
  }

 private:
  void fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
  }

  [[nodiscard]] const std::string* find(std::string_view name) const {
    const auto it = std::find_if(raw_.rbegin(), raw_.rend(), [name](const Parameter& p) { return p.first == name; });
    return it == raw_.rend() || it->second.empty() ? nullptr : &it->second;
  }

  void set(std::string_view name, std::string value) {
    std::erase_if(info_.parameters, [name](const Parameter& p) { return p.first == name; });
    info_.parameters.emplace_back(name, std::move(value));
  }

  void check_values() {
    std::size_t total = 0;
    for (auto& [name, value] : raw_) {
      if (name == "database") name = "dbname";
      if (value.find('\0') != std::string::npos || name.find('\0') != std::string::npos) {
        fail("the connection string holds a zero byte");
      }
      total += name.size() + value.size();
    }
    if (total > kLongestConnInfo) fail("the connection parameters are too long");
  }

  void read_hosts() {
    const std::string* host = find("host");
    // To node-postgres it says nothing, so that its connections go elsewhere.
    const std::string* hostaddr = settings_.driver == Driver::kNodePostgres ? nullptr : find("hostaddr");
    const std::string* port = find("port");
    std::vector<std::string> hosts = split_list(host ? *host : std::string{});
    const std::vector<std::string> addresses = split_list(hostaddr ? *hostaddr : std::string{});
    const std::vector<std::string> ports = split_list(port ? *port : std::string{});
    if (!host && hostaddr) hosts = addresses;
    if (hosts.size() > kMostHosts) return fail("the connection string names more than 32 hosts");
    if (hostaddr && addresses.size() != hosts.size())
      return fail("hostaddr names as many addresses as there are hosts");
    if (ports.size() != 1 && ports.size() != hosts.size()) return fail("port names one port, or one for each host");
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      HostSpec spec;
      spec.host = hosts[i].empty() ? "localhost" : hosts[i];
      if (hostaddr) spec.hostaddr = addresses[i];
      const std::string& text = ports[ports.size() == 1 ? 0 : i];
      const std::optional<std::uint32_t> value = text.empty() ? kDefaultPort : number(text, 1, 65535);
      if (!value) return fail("a port is not a number from 1 to 65535");
      spec.port = static_cast<std::uint16_t>(*value);
      info_.hosts.push_back(std::move(spec));
    }
  }

  void read_target_and_timeout() {
    if (const std::string* text = find("target_session_attrs")) {
      const std::optional<TargetSession> target = parse_target_session(*text);
      if (!target) return fail("target_session_attrs is not one of libpq's");
      info_.target = *target;
    }
    if (const std::string* text = find("connect_timeout")) {
      const std::optional<std::uint32_t> seconds = number(*text, 0, 1'000'000);
      if (!seconds) return fail("connect_timeout is not a number of seconds");
      if (*seconds > 0) info_.connect_timeout = std::chrono::seconds{*seconds};
    }
  }

  void read_tls() {
    info_.tls = plan_tls(raw_, settings_);
    if (!info_.tls.problem.empty()) return fail(info_.tls.problem);
    const TlsPlan& tls = info_.tls;
    for (const auto& [name, value] :
         {std::pair("sslmode", tls.mode), std::pair("ssl_min_protocol_version", tls.least_version),
          std::pair("ssl_max_protocol_version", tls.most_version)}) {
      if (!value.empty()) set(name, value);
    }
  }

  void keep_parameters() {
    for (const auto& [name, value] : raw_) {
      if (contains(kKept, name)) {
        if (!value.empty() && !(name == "password" && info_.tls.withholds_password)) set(name, value);
      } else if (!contains(kLeftOut, name) && !contains(kRead, name)) {
        info_.ignored.push_back(name);
      }
    }
    std::sort(info_.parameters.begin(), info_.parameters.end());
    std::sort(info_.ignored.begin(), info_.ignored.end());
  }

  void collect_secrets() {
    for (const auto& [name, value] : raw_) {
      if (name.find("password") != std::string::npos) info_.secrets.push_back(value);
    }
    info_.secrets.push_back(info_.tls.passphrase);
    std::erase_if(info_.secrets, [](const std::string& secret) { return secret.empty(); });
    std::sort(info_.secrets.begin(), info_.secrets.end(), longer_first);
    info_.secrets.erase(std::unique(info_.secrets.begin(), info_.secrets.end()), info_.secrets.end());
  }

  RawParameters raw_;
  const DriverSettings& settings_;
  ConnInfo info_;
  std::string error_;
};

}  // namespace

std::string ConnInfo::key() const {
  std::string key;
  for (const HostSpec& host : hosts) {
    key.append(host.host).append(1, '\0').append(host.hostaddr).append(1, '\0').append(std::to_string(host.port));
    key.append(1, '\1');
  }
  for (const auto& [name, value] : parameters) key.append(name).append(1, '\0').append(value).append(1, '\1');
  for (const std::string* text : {&tls.authorities_file, &tls.certificate_file, &tls.key_file, &tls.authorities,
                                  &tls.certificate, &tls.key, &tls.passphrase, &tls.server_name}) {
    key.append(*text).append(1, '\1');
  }
  // Whoever gives up sooner is not to be answered for by one that waits.
  const auto patience = connect_timeout.value_or(std::chrono::seconds::zero()).count();
  return key.append(std::to_string(static_cast<int>(target))).append(1, '\1').append(std::to_string(patience));
}

std::string_view ConnInfo::parameter(std::string_view name) const {
  for (const auto& [known, value] : parameters) {
    if (known == name) return value;
  }
  return {};
}

void ConnInfo::set_password(std::string password) {
  std::erase_if(parameters, [](const Parameter& p) { return p.first == "password"; });
  if (password.empty() || tls.withholds_password) return;
  constexpr std::size_t kMostSecrets = 32;
  if (std::find(secrets.begin(), secrets.end(), password) == secrets.end()) secrets.insert(secrets.begin(), password);
  if (secrets.size() > kMostSecrets) secrets.resize(kMostSecrets);
  std::stable_sort(secrets.begin(), secrets.end(), longer_first);
  parameters.emplace_back("password", std::move(password));
}

ConnInfoResult parse_conninfo(std::string_view text, const DriverSettings& settings) {
  if (text.size() > kLongestConnInfo) return ConnInfoError{"the connection string is too long"};
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return ConnInfoError{"the connection string is empty"};
  }
  SplitConnInfo split = looks_like_url(text) ? split_url(text) : split_keywords(text);
  if (!split.error.empty()) return ConnInfoError{std::move(split.error)};
  return Assembly(std::move(split.parameters), settings).run(std::move(split.secrets));
}

ConnInfoResult conninfo_from(std::span<const Parameter> parameters, const DriverSettings& settings) {
  return Assembly(RawParameters(parameters.begin(), parameters.end()), settings).run({});
}

bool conninfo_needs_authorities(std::string_view text, const DriverSettings& settings) {
  if (text.size() > kLongestConnInfo) return false;
  return needs_authorities((looks_like_url(text) ? split_url(text) : split_keywords(text)).parameters, settings);
}

}  // namespace resilience
