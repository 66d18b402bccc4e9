// The results of one question, taken off a libpq connection within bounds.
//
// The only way to libpq's results in src/io (scripts/check-core-purity.mjs forbids PQgetResult elsewhere). A server may
// answer with COPY, with results without end, or with more than it was asked for; each of these ends the reading, so no
// server can hold the thread. How long an answer may take is the owner's business. Owner: one thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "io/pq_handle.h"

namespace resilience {

class PqResults {
 public:
  enum class Progress : unsigned char {
    kPending = 0,  // more is to come
    kComplete = 1,
    kRefused = 2,  // out of bounds: the connection is of no use any more
  };

  struct Bounds {
    std::size_t count = 4;                       // results of one question
    std::size_t bytes = std::size_t{512} << 10;  // of what is kept, as libpq counts
  };

  explicit PqResults(Bounds bounds) noexcept : bounds_(bounds) {}

  // Takes what has come. Never blocks: reads only what libpq has already. Call again after PQconsumeInput().
  [[nodiscard]] Progress read(PGconn* connection);
  // Why it was refused, for people.
  [[nodiscard]] std::string_view refusal() const noexcept { return refusal_; }
  // All that came.
  [[nodiscard]] const std::vector<PqResult>& all() const noexcept { return results_; }
  [[nodiscard]] std::vector<PqResult> take() noexcept { return std::move(results_); }

 private:
  [[nodiscard]] Progress refuse(std::string_view why) noexcept;

  Bounds bounds_;
  std::size_t bytes_ = 0;
  std::string_view refusal_;
  std::vector<PqResult> results_;
};

}  // namespace resilience
