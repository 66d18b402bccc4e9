// A PostgreSQL session that is logged in, asked now and then what its server is, and watched for its end.
//
// Never blocks, and no reply of a server can hold it (pq_results.h). Owner: one thread. Movable. Polled by whoever owns
// it: interest(), then advance().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/attempt.h"
#include "io/pq_handle.h"
#include "io/pq_results.h"

namespace resilience {

// What the server says beside its answers: a FATAL before it closes the session.
struct PqNotices {
  std::string code;
  std::string message;
};

class PqSession {
 public:
  // `notices` receives what `connection` hears from now on. `secrets` are hidden in messages.
  PqSession(PqConnection connection, std::unique_ptr<PqNotices> notices, std::vector<std::string> secrets);

  // Makes `notices` hear what would else go to stderr. Call before anything is sent.
  static void listen(PGconn* connection, PqNotices& notices);

  // Begins one round trip: what is this server? REQUIRES: none is under way, not lost.
  void ask();
  // The same with a question of the caller's; see take_results().
  void ask(const std::string& sql, PqResults::Bounds bounds);
  [[nodiscard]] bool asking() const noexcept { return question_ != Question::kNone; }

  [[nodiscard]] PollInterest interest() const noexcept;
  // Takes in what has come. Its end is noticed also while nothing was asked.
  void advance();

  // The answer to ask(), once; a server that refuses the question is up all the same.
  [[nodiscard]] std::optional<AttemptOutcome> take_answer();
  // The answer to ask(sql), once.
  [[nodiscard]] std::optional<std::vector<PqResult>> take_results();
  // Set when the session has ended; stays.
  [[nodiscard]] const std::optional<AttemptOutcome>& loss() const noexcept { return loss_; }
  [[nodiscard]] const std::vector<std::string>& secrets() const noexcept { return secrets_; }

 private:
  enum class Question : unsigned char { kNone = 0, kWhatServer = 1, kOfCaller = 2 };

  void send(Question question, const char* sql, PqResults::Bounds bounds);
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
  PqResults reader_{PqResults::Bounds{}};
  std::optional<std::vector<PqResult>> results_;  // of ask(sql), until they are taken
  std::optional<AttemptOutcome> answer_;
  std::optional<AttemptOutcome> loss_;
};

}  // namespace resilience
