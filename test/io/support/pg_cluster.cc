#include "test/io/support/pg_cluster.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include "io/unique_fd.h"

namespace resilience::testing {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void give_up(const std::string& what) {
  std::cerr << what << std::endl;
  std::abort();
}

struct Output {
  int status;
  std::string text;
};

Output run(const std::string& command) {
  std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (!pipe) give_up("cannot run " + command);
  Output output{0, {}};
  std::array<char, 4096> bytes{};
  while (const std::size_t got = std::fread(bytes.data(), 1, bytes.size(), pipe)) output.text.append(bytes.data(), got);
  output.status = ::pclose(pipe);
  return output;
}

std::string must_run(const std::string& command) {
  Output output = run(command);
  if (output.status != 0) give_up(command + ": " + output.text);
  return std::move(output.text);
}

// Servers refuse to run as root.
std::string as_server_user(const std::string& command) {
  return ::getuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --clear-groups " + command : command;
}

const std::string& bin() {
  static const std::string dir = [] {
    if (const char* const named = std::getenv("PG_BIN")) return std::string(named);
    std::string text = must_run("pg_config --bindir");
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }();
  return dir;
}

// Below the range from which the kernel gives ports to others, so that it stays free while the server is down.
std::uint16_t free_port() {
  std::random_device random;
  for (int tries = 0; tries < 1000; ++tries) {
    const auto port = static_cast<std::uint16_t>(12000 + random() % 20000);
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return port;
  }
  give_up("no free port");
}

void prepend(const std::string& file, const std::string& line) {
  std::stringstream old;
  old << std::ifstream(file).rdbuf();
  std::ofstream(file) << line << '\n' << old.str();
}

}  // namespace

PgCluster::PgCluster() {
  std::string pattern = (fs::temp_directory_path() / "io-test-pg-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) give_up("cannot make " + pattern);
  root_ = pattern;
  if (::getuid() == 0) must_run("chown postgres: " + root_);
  must_run(as_server_user(bin() + "/initdb -D " + data() + " -U postgres --auth=trust --no-locale -E UTF8 --no-sync"));
  configure("fsync = off");
  configure("listen_addresses = '127.0.0.1'");
  configure("unix_socket_directories = '" + root_ + "'");
  configure("max_connections = 12");
  configure("superuser_reserved_connections = 3");
  port_ = free_port();
  configure("port = " + std::to_string(port_));
  start();
}

PgCluster::~PgCluster() {
  thaw();
  if (running_) stop("immediate");
  fs::remove_all(root_);
}

std::string PgCluster::url(const std::string& user, const std::string& database) const {
  return "postgres://" + user + "@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

void PgCluster::pg_ctl(const std::string& arguments) const {
  must_run(as_server_user(bin() + "/pg_ctl -D " + data() + " -l " + root_ + "/log -s " + arguments));
}

void PgCluster::start() {
  pg_ctl("-w start");
  running_ = true;
}

void PgCluster::stop(const std::string& mode) {
  pg_ctl("-w -m " + mode + " stop");
  running_ = false;
}

void PgCluster::promote() {
  pg_ctl("-w promote");
}

void PgCluster::reload() {
  pg_ctl("reload");
}

void PgCluster::signal_all(int signal) const {
  std::ifstream file(data() + "/postmaster.pid");
  pid_t postmaster = 0;
  if (!(file >> postmaster)) return;
  std::istringstream children(run("pgrep -P " + std::to_string(postmaster)).text);
  ::kill(postmaster, signal);
  for (pid_t child = 0; children >> child;) ::kill(child, signal);
}

void PgCluster::freeze() {
  signal_all(SIGSTOP);
}

void PgCluster::thaw() {
  signal_all(SIGCONT);
}

std::string PgCluster::sql(const std::string& statement) const {
  return must_run("env -i PATH=/usr/bin:/bin " + bin() + "/psql -X -A -t -h " + root_ + " -p " + std::to_string(port_) +
                  " -U postgres -c \"" + statement + "\" postgres");
}

void PgCluster::configure(const std::string& line) {
  std::ofstream(data() + "/postgresql.conf", std::ios::app) << line << '\n';
}

void PgCluster::trust_no_longer(const std::string& user) {
  prepend(data() + "/pg_hba.conf", "host all " + user + " 127.0.0.1/32 scram-sha-256");
}

void PgCluster::become_standby() {
  std::ofstream(data() + "/standby.signal") << "";
  if (::getuid() == 0) must_run("chown postgres: " + data() + "/standby.signal");
}

}  // namespace resilience::testing
