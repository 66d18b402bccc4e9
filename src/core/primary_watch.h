// Where the primary is, where our client's connections go, and whether a write was refused because these differ.
//
// Told by the probe's answers; a probe that names no host or role leaves everything as it is. Owner: the recovery.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "core/probe_result.h"
#include "core/types.h"

namespace resilience {

class PrimaryWatch {
 public:
  enum class Answer : std::uint8_t {
    kNone = 0,  // nobody asks
    kPending = 1,
    kSamePrimary = 2,  // or nobody could tell: the refusal is the caller's
    kWrongServer = 3,  // a standby, or no longer the primary
  };

  // `serving`: "host:port" that the client in use connects to; empty: wherever the primary is first seen.
  explicit PrimaryWatch(std::string serving = {}) noexcept : serving_(std::move(serving)) {}

  // A server refused to write: is it the primary? Without an answer by `until` it counts as one.
  void ask(TimePoint until) noexcept;
  // The probe found a database that is up.
  void on_up(const ProbeResult& result);
  // Nothing can be made of a wrong server now.
  void refuse() noexcept { answer_ = Answer::kSamePrimary; }
  [[nodiscard]] Answer answer() const noexcept { return answer_; }
  // Whoever asked has been answered.
  void forget_answer() noexcept { answer_ = Answer::kNone; }

  // The primary is elsewhere than our client's connections go.
  [[nodiscard]] bool moved() const noexcept { return !serving_.empty() && !seen_.empty() && serving_ != seen_; }
  // The client that is made from now on goes where the primary was last seen.
  void on_replacing() { making_ = seen_; }
  void on_replaced() { serving_ = making_; }

  void tick(TimePoint now) noexcept;
  [[nodiscard]] TimePoint next_deadline() const noexcept;

 private:
  std::string seen_;     // "host:port"; empty: none so far
  std::string serving_;  // where the primary was when the current client was made
  std::string making_;
  Answer answer_ = Answer::kNone;
  TimePoint until_ = kEndOfTime;
};

}  // namespace resilience
