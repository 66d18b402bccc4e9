// A real PostgreSQL cluster in a folder of its own, on a loopback port of its own, run by an unprivileged user.
#pragma once

#include <cstdint>
#include <string>

namespace resilience::testing {

class PgCluster {
 public:
  // Made and started. Aborts the program, with the server's words, where that cannot be done.
  PgCluster();
  PgCluster(const PgCluster&) = delete;
  PgCluster& operator=(const PgCluster&) = delete;
  ~PgCluster();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  // The folder of its Unix socket.
  [[nodiscard]] const std::string& socket_dir() const noexcept { return root_; }
  // postgres://postgres@127.0.0.1:port/postgres
  [[nodiscard]] std::string url(const std::string& user = "postgres", const std::string& database = "postgres") const;

  void start();
  // mode: smart, fast, immediate.
  void stop(const std::string& mode = "fast");
  // Stops all its processes, as a machine that has frozen does, and lets them go on.
  void freeze();
  void thaw();
  void promote();
  // One statement as its superuser, through the Unix socket; what it prints.
  std::string sql(const std::string& statement) const;
  // A line for postgresql.conf or pg_hba.conf (put first there); takes effect with the next start or reload.
  void configure(const std::string& line);
  void trust_no_longer(const std::string& user);
  void reload();
  // From the next start on it is a standby that follows nobody.
  void become_standby();

 private:
  [[nodiscard]] std::string data() const { return root_ + "/data"; }
  void signal_all(int signal) const;
  void pg_ctl(const std::string& arguments) const;

  std::string root_;
  std::uint16_t port_ = 0;
  bool running_ = false;
};

}  // namespace resilience::testing
