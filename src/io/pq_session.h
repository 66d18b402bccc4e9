// A PostgreSQL session through libpq. No reply of a server can hold it: results are read within bounds (pq_results.h),
// and each question has a budget of bytes, which is also all that a server may say until the next one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/attempt.h"
#include "io/pq_handle.h"
#include "io/pq_library.h"
#include "io/pq_results.h"

namespace resilience {

// What the server says beside its answers: a FATAL before it closes the session.
struct PqNotices {
  std::string code;
  std::string message;
};

class PqSession final : public Session {
 public:
  // `notices` receives what `connection` hears from now on. `secrets` are hidden in messages.
  PqSession(PqConnection connection, std::unique_ptr<PqNotices> notices, std::vector<std::string> secrets);

  // Makes `notices` hear what would else go to stderr. Call before anything is sent.
  static void listen(PGconn* connection, PqNotices& notices);

  void ask() override;
  void ask_activity(std::span<const std::uint32_t> pids) override;
  [[nodiscard]] bool asking() const noexcept override { return question_ != Question::kNone; }
  [[nodiscard]] PollInterest interest() const noexcept override;
  void advance() override;
  [[nodiscard]] std::optional<AttemptOutcome> take_answer() override;
  [[nodiscard]] std::optional<ServerActivity> take_activity() override;
  void say_no_more() noexcept override;
  [[nodiscard]] const std::optional<AttemptOutcome>& loss() const noexcept override { return loss_; }

 private:
  enum class Question : unsigned char { kNone = 0, kWhatServer = 1, kActivity = 2 };

  void send(Question question, const char* sql, PqResults::Bounds bounds);
  void take_in();
  void read_results();
  void settle_question();
  void read_answer(const PGresult* result);
  void note_loss();
  void lose(AttemptOutcome loss);

  std::unique_ptr<PqNotices> notices_;  // outlives the connection, which points to it
  PqConnection connection_;
  std::vector<std::string> secrets_;
  Question question_ = Question::kNone;
  bool flushing_ = false;
  PqBudget budget_;
  PqResults reader_{PqResults::Bounds{}};
  std::optional<AttemptOutcome> answer_;
  std::optional<ServerActivity> activity_;
  std::optional<AttemptOutcome> loss_;
};

}  // namespace resilience
