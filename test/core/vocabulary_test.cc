// The words that events, statistics and errors carry. Users compare with them, so each is written here once more: to
// change one is to break somebody's code.
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "core/connection_state.h"
#include "core/decision.h"
#include "core/error_class.h"
#include "core/health_status.h"
#include "core/in_doubt.h"
#include "core/operation_kind.h"
#include "core/outcome.h"
#include "core/slow_operations.h"
#include "core/statement_reply.h"

namespace resilience {
namespace {

// In the order of the values, which begin at 0.
template <typename Enum>
void expect_words(const std::vector<std::string_view>& words) {
  std::set<std::string_view> seen;
  for (std::size_t value = 0; value < words.size(); ++value) {
    EXPECT_EQ(to_string(static_cast<Enum>(value)), words[value]);
    EXPECT_TRUE(seen.insert(words[value]).second) << words[value] << " twice";
  }
}

TEST(Vocabulary, ConnectionState) {
  expect_words<ConnectionState>(
      {"connecting", "up", "suspect", "down", "verifying", "recovering", "replacing", "stopped"});
}

TEST(Vocabulary, ConnectionEvent) {
  expect_words<ConnectionEvent>({"verified", "failure", "hang", "probe-doubt", "probe-up", "probe-down", "inconclusive",
                                 "drained", "client-fault", "replaced", "replace-failed", "stop"});
}

TEST(Vocabulary, GiveUpReason) {
  expect_words<GiveUpReason>({"not-retryable", "unknown-outcome", "user-code", "transaction-policy",
                              "attempts-exhausted", "deadline", "retry-budget", "queue-full", "shutdown"});
}

TEST(Vocabulary, ReplaceReason) {
  expect_words<ReplaceReason>({"initial", "refresh", "age", "consecutive-errors", "final-attempt", "engine-fault",
                               "failover", "manual", "memory", "credentials"});
}

TEST(Vocabulary, RuleSource) {
  expect_words<RuleSource>(
      {"none", "name", "sqlstate", "errno", "sqlite", "kind", "code", "errorCode", "message", "class", "override"});
}

TEST(Vocabulary, HealthStatus) {
  expect_words<HealthStatus>({"healthy", "degraded", "unhealthy"});
}

TEST(Vocabulary, TransactionFate) {
  expect_words<TransactionFate>({"committed", "not-committed", "in-progress", "unknown"});
}

TEST(Vocabulary, InDoubtReason) {
  expect_words<InDoubtReason>({"nothing-written", "marker", "no-recovery", "wal-lost", "wal-survived", "clean-restart",
                               "standby", "another-system", "restart-unclear", "forgotten", "contradiction",
                               "unreadable", "alone"});
}

TEST(Vocabulary, OperationKind) {
  expect_words<OperationKind>({"read", "idempotent-write", "write"});
}

TEST(Vocabulary, Outcome) {
  expect_words<Outcome>({"not-applied", "unknown", "applied"});
}

TEST(Vocabulary, SlowPart) {
  expect_words<SlowPart>({"database", "pool", "wire", "process", "unseen"});
}

TEST(Vocabulary, EndsTransaction) {
  expect_words<EndsTransaction>({"no", "yes", "if-configured"});
}

}  // namespace
}  // namespace resilience
