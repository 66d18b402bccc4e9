// One attempt to reach a server without logging in: connect, and hear its greeting (greeting.h).
//
// What a target of PostgreSQL gets where libpq is missing, and what any other database gets. No password is ever sent.
//
// A MySQL server counts connections that end before the login, and after max_connect_errors of them in a row from one
// machine (not the loopback) shuts that machine out; a login of anybody there starts the count anew. So a greeting is
// only waited for while the database is being looked for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "io/attempt.h"
#include "io/greeting.h"

namespace resilience {

struct GreetingPlan {
  enum class Dialect : std::uint8_t {
    kNone = 0,         // whatever takes the connection is up
    kMysql = 1,        // speaks first
    kPostgres = 2,     // answers a start-up packet
    kPostgresTls = 3,  // is asked for TLS first, since nobody may be told in the clear who wants what
  };
  Dialect dialect = Dialect::kNone;
  std::string user;  // of the start-up packet
  std::string database;
};

[[nodiscard]] GreetingPlan greeting_plan(const ProbeTarget& target);

class GreetingAttempt final : public Attempt {
 public:
  GreetingAttempt(const SocketAddress& address, const GreetingPlan& plan);

  [[nodiscard]] std::optional<PollInterest> interest() const override;
  void advance() override;
  [[nodiscard]] const std::optional<AttemptOutcome>& outcome() const noexcept override { return outcome_; }
  [[nodiscard]] AttemptPhase phase() const noexcept override { return phase_; }

 private:
  void open();
  void read();
  [[nodiscard]] std::optional<AttemptOutcome> judge(std::string_view bytes);
  void settle(AttemptOutcome outcome);
  void settle_errno(int error);

  const SocketAddress address_;
  const GreetingPlan plan_;
  bool speaks_tls_ = false;  // it said so, and is asked the rest on a second connection
  UniqueFd fd_;
  bool connected_ = false;
  AttemptPhase phase_ = AttemptPhase::kConnecting;
  std::string to_send_;
  std::array<char, kLongestGreeting> received_{};
  std::size_t length_ = 0;
  std::optional<AttemptOutcome> outcome_;
};

class GreetingDialer final : public Dialer {
 public:
  explicit GreetingDialer(const ProbeTarget& target) : plan_(greeting_plan(target)) {}
  [[nodiscard]] std::unique_ptr<Attempt> dial(const HostSpec&, const SocketAddress& address) override {
    return std::make_unique<GreetingAttempt>(address, plan_);
  }
  [[nodiscard]] static std::unique_ptr<Dialer> make(const ProbeTarget& target) {
    return std::make_unique<GreetingDialer>(target);
  }

 private:
  const GreetingPlan plan_;
};

}  // namespace resilience
