// Attempts with libpq at PostgreSQL; any other target gets its greeting heard.
#pragma once

#include <memory>
#include <string>

#include "io/attempt.h"
#include "io/pq_parameters.h"

namespace resilience {

class PgDialer final : public Dialer {
 public:
  explicit PgDialer(const ConnInfo& info) : info_(info), files_(info_.tls) {}
  [[nodiscard]] std::unique_ptr<Attempt> dial(const HostSpec& host, const SocketAddress& address) override;
  void set_password(const std::string& password) override;

  [[nodiscard]] static std::unique_ptr<Dialer> make(const ProbeTarget& target);

 private:
  ConnInfo info_;
  const TlsFiles files_;
  bool pooled_ = false;
};

}  // namespace resilience
