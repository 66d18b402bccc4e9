#include "io/pg_dialer.h"

#include <variant>

#include "io/greeting_attempt.h"
#include "io/pg_probe.h"

namespace resilience {

std::unique_ptr<Attempt> PgDialer::dial(const HostSpec& host, const SocketAddress& address) {
  return std::make_unique<PgAttempt>(info_, files_, host, address.text, pooled_);
}

void PgDialer::set_password(const std::string& password) {
  info_.set_password(password);
}

std::unique_ptr<Dialer> PgDialer::make(const ProbeTarget& target) {
  if (const auto* info = std::get_if<ConnInfo>(&target)) return std::make_unique<PgDialer>(*info);
  return GreetingDialer::make(target);
}

}  // namespace resilience
