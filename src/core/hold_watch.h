// Which connections are held for too long: by a transaction that stays open, or by whoever took one from the pool and
// does nothing with it. Each is told of once; the log gets one line a minute about one place in the code.
//
// Time in an outage is not held against anybody: what hangs then hangs because of it. Owner: the host's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/line_pace.h"
#include "core/types.h"

namespace resilience {

enum class HoldKind : std::uint8_t {
  kTransaction = 0,  // interactive: open between its BEGIN and its end, at work or not
  kConnection = 1,   // taken from the pool by the application itself: only idling counts
};

struct Hold {
  HoldKind kind = HoldKind::kTransaction;
  TimePoint since;
  TimePoint idle_since;  // `since` where nothing was sent on it yet; kEndOfTime while it works
};

struct HoldWarning {
  Duration held{};
  // The log gets a line, which says how many of this place had none since the last.
  std::optional<std::uint64_t> left_out;
};

class HoldWatch {
 public:
  // `limit` 0: nothing is held for too long.
  explicit HoldWatch(Duration limit) noexcept : limit_(limit) {}

  // When it is next worth a look; kEndOfTime where it never is.
  [[nodiscard]] TimePoint due(TimePoint now, const Hold& hold) const noexcept;
  // A look at `hold`, which `place` names. nullopt: look again when it is due. Do not ask again about what was told of.
  [[nodiscard]] std::optional<HoldWarning> on_look(TimePoint now, bool database_is_up, const Hold& hold,
                                                   std::string_view place);
  // The database was away until now.
  void on_outage(TimePoint now) noexcept { floor_ = now; }

 private:
  [[nodiscard]] TimePoint counts_from(const Hold& hold) const noexcept;

  const Duration limit_;
  TimePoint floor_{};
  LinePace pace_;
};

}  // namespace resilience
