// Which operations are told of as slow, and what most of their time went to.
//
// Every slow one is an event; the log gets one line a minute about operations of one name. Owner: the host's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/line_pace.h"
#include "core/types.h"

namespace resilience {

// What the host has measured. `total` is what the caller has waited; the parts do not overlap, and what they leave is
// the time of the process itself: Prisma's engine, user code in a transaction, a busy event loop.
struct OperationTimes {
  Duration total{};
  Duration database{};  // waited for the database to come back, or for a backoff
  Duration pool{};      // waited for a connection: a free one, or one that was being opened
  Duration wire{};      // from a statement's sending to its answer: the network and the server's work
  // Something of it was seen beneath Prisma. Else the pool and the wire are in what is left.
  bool seen_beneath = false;
};

enum class SlowPart : std::uint8_t { kDatabase = 0, kPool = 1, kWire = 2, kProcess = 3, kUnseen = 4 };

struct SlowOperation {
  Duration process{};
  SlowPart mostly = SlowPart::kProcess;
  // The log gets a line, which says how many of this name had none since the last.
  std::optional<std::uint64_t> left_out;
};

class SlowOperations {
 public:
  // `threshold` 0: nothing is slow.
  explicit SlowOperations(Duration threshold) noexcept : threshold_(threshold) {}

  [[nodiscard]] std::optional<SlowOperation> on_ended(TimePoint now, std::string_view name,
                                                      const OperationTimes& times);

 private:
  const Duration threshold_;
  LinePace pace_;
};

[[nodiscard]] std::string_view to_string(SlowPart part) noexcept;

}  // namespace resilience
