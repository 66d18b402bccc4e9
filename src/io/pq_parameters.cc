#include "io/pq_parameters.h"

#include <libpq-fe.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <set>

#include "io/socket_address.h"

namespace resilience {
namespace {

// A name under which no file can be.
constexpr std::string_view kNoFile = "/dev/null/none";
constexpr std::string_view kDefaultUser = "postgres";
constexpr std::string_view kApplicationName = "prisma-resilient-probe";

constexpr std::array<std::string_view, 4> kFileKeywords = {"sslcert", "sslkey", "sslrootcert", "sslcrl"};

// Where distributions keep the authorities that everybody trusts.
constexpr std::array<const char*, 4> kSystemAuthorities = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

std::string system_authorities() {
  for (const char* file : kSystemAuthorities) {
    struct stat status {};
    if (::stat(file, &status) == 0) return file;
  }
  return std::string(kNoFile);
}

using Keywords = std::set<std::string, std::less<>>;

const Keywords& known_keywords() {
  // Never destroyed: at exit a thread may still be in here.
  static const auto* const keywords = [] {
    auto* const names = new Keywords();
    PQconninfoOption* const options = PQconninfoParse("", nullptr);
    for (const PQconninfoOption* option = options; option && option->keyword; ++option) names->emplace(option->keyword);
    PQconninfoFree(options);
    return names;
  }();
  return *keywords;
}

}  // namespace

TlsFiles::TlsFiles(const TlsPlan& plan)
    : authorities_(file_of(plan.authorities, plan.authorities_file)),
      certificate_(file_of(plan.certificate, plan.certificate_file)),
      key_(file_of(plan.key, plan.key_file)) {}

std::string TlsFiles::file_of(const std::string& text, const std::string& file) {
  if (text.empty()) return file;
  const auto& made = made_.emplace_back(std::make_unique<MemoryFile>(text));
  return made->path().empty() ? std::string(kNoFile) : made->path();
}

PqParameters::PqParameters(const ConnInfo& info, const TlsFiles& files, const HostSpec& host,
                           const std::string& address, PqName own_name) {
  for (const auto& [name, value] : info.parameters) set(name, value);
  set("sslrootcert", files.authorities());
  set("sslcert", files.certificate());
  set("sslkey", files.key());
  set("sslpassword", info.tls.passphrase);
  // libpq verifies the name that it was given, and connects to the address. node-postgres lets no other name go before
  // a host's.
  const bool names_another = !info.tls.server_name.empty() && numeric_address(host.host, host.port).has_value();
  set("host", names_another ? info.tls.server_name : host.host);
  set("hostaddr", address);
  set("port", std::to_string(host.port));
  set_default("user", std::string(kDefaultUser));
  set_default("dbname", std::string(value("user")));
  if (own_name == PqName::kProbe) set_default("application_name", std::string(kApplicationName));
  set("passfile", std::string(kNoFile));
  set("gssencmode", "disable");
  set("target_session_attrs", "any");
  const bool verifies = value("sslmode").starts_with("verify");
  const bool asks_for_system = value("sslrootcert") == "system";
  if (verifies && (asks_for_system || value("sslrootcert").empty())) set("sslrootcert", system_authorities());
  for (const std::string_view keyword : kFileKeywords) set_default(keyword, std::string(kNoFile));
}

void PqParameters::set(std::string_view keyword, std::string value) {
  std::erase_if(parameters_, [keyword](const Parameter& p) { return p.first == keyword; });
  if (!value.empty() && known_keywords().contains(keyword)) parameters_.emplace_back(keyword, std::move(value));
}

void PqParameters::set_default(std::string_view keyword, std::string value) {
  if (this->value(keyword).empty()) set(keyword, std::move(value));
}

std::string_view PqParameters::value(std::string_view keyword) const {
  const auto it = std::find_if(parameters_.begin(), parameters_.end(),
                               [keyword](const Parameter& p) { return p.first == keyword; });
  return it == parameters_.end() ? std::string_view{} : std::string_view(it->second);
}

std::vector<const char*> PqParameters::keywords() const {
  std::vector<const char*> list;
  for (const Parameter& parameter : parameters_) list.push_back(parameter.first.c_str());
  list.push_back(nullptr);
  return list;
}

std::vector<const char*> PqParameters::values() const {
  std::vector<const char*> list;
  for (const Parameter& parameter : parameters_) list.push_back(parameter.second.c_str());
  list.push_back(nullptr);
  return list;
}

std::string PqParameters::unusable_file() const {
  for (const std::string_view keyword : kFileKeywords) {
    struct stat status {};
    const std::string file(value(keyword));
    if (::stat(file.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return std::string(keyword) + " is not a file";
  }
  return {};
}

}  // namespace resilience
