// The life of each generation, from the call of the factory to the last connection that is closed.
//
//   making ──▶ verifying ──▶ serving ──▶ draining ──▶ closing ──▶ gone
//      │           │                         │            │
//      └── late ──┴──────────────────── given up ─────────┘
//
// A generation is what operations run on: a client, or, with the guard, the adapters beneath a client that stays. Each
// has a number (its epoch), which is given when its making begins and never again. At most one is made and at most one
// serves at a time.
// - Making (the factory) and verifying (one trivial query) have a deadline each. What is delivered afterwards (late) is
//   closed when it arrives.
// - Draining ends when nothing is in flight any more. How long that may take, and what happens to those who are still
//   there then, is the generation's Ending.
// - Given up: its time to drain is over. Who is still in flight is asked for again and again until nobody is, in every
//   state of the connection, `stopped` included.
// - Closing has a deadline. A client from which operations were taken back may still be busy with them, so it is
//   abandoned instead: closing it could hang.
//
// Effects say what the host does; it answers with on_made(), on_drained() and on_closed(). Owner: the recovery.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/decision.h"
#include "core/types.h"

namespace resilience {

// What becomes of those who are in flight on a generation that no longer serves. From the mildest to the strictest.
enum class Ending : std::uint8_t {
  kPatient = 0,         // they end when they end; what an outage has left hanging is the stuck sweep's
  kUnlessProgress = 1,  // once the time to drain is over, whoever is not known to make progress is ended
  kCut = 2,             // once the time to drain is over, everybody is ended
};

class GenerationLife {
 public:
  // How long those who are not patiently waited for get.
  static constexpr Duration kDrain = std::chrono::seconds{5};
  // How long the closing of a drained client is waited for.
  static constexpr Duration kClosing = std::chrono::seconds{5};
  // Who is ended beneath Prisma should have failed above it within that.
  static constexpr Duration kGrace = std::chrono::milliseconds{500};

  // `has_client`: generation 0 serves. Otherwise it is the first to be made. `beneath`: see HostAbilities.
  GenerationLife(bool has_client, std::string beneath, Effects& effects);

  // ---- making
  // REQUIRES: none is being made. Answers with its number.
  Epoch make(TimePoint now, ReplaceReason reason, ReplacePart part, Duration timeout);
  [[nodiscard]] bool making() const noexcept { return making_.has_value(); }
  // The factory has delivered; it is being verified.
  void on_delivered(TimePoint now, Epoch epoch) noexcept;
  // True for the one that is waited for: it is ready, or has failed. Anything else is late news, and closed.
  [[nodiscard]] bool on_made(TimePoint now, Epoch epoch, bool ok);
  // The deadline of the one that is made has passed. It is late from now on.
  [[nodiscard]] bool making_overdue(TimePoint now) noexcept;
  // The one that was made serves from now on; the one before drains. REQUIRES: on_made() was true, with `ok`.
  void serve(TimePoint now, std::string beneath, Ending ending, Duration drain);

  // ---- the end of those that served
  void on_drained(TimePoint now, Epoch epoch);
  void on_closed(Epoch epoch);
  // A try was taken back although its client may still be at it.
  void on_taken_back(Epoch epoch) noexcept;
  // Those whose time to drain is over are given up, and who takes too long to close is left alone. Answers how many
  // were given up.
  [[nodiscard]] std::size_t tick(TimePoint now);
  // Nothing is made any more; all that serves or drains ends within `drain`. Afterwards an Ended effect follows.
  void stop(TimePoint now, Duration drain);

  // Nothing for a generation whose operations are left to their own ends.
  struct GivenUp {
    bool everybody = false;  // or only who makes no progress
    TimePoint since;
  };
  [[nodiscard]] std::optional<GivenUp> given_up(Epoch epoch) const noexcept;
  // Of those who are given up somebody may still be in flight.
  [[nodiscard]] bool any_given_up() const noexcept;
  [[nodiscard]] bool serving_guarded() const noexcept { return !beneath_.empty(); }
  [[nodiscard]] const std::string& beneath() const noexcept { return beneath_; }
  [[nodiscard]] Epoch serving() const noexcept { return serving_; }
  // The number that a client gets which is made for anything else than to serve.
  [[nodiscard]] Epoch take_number() noexcept { return Epoch{++last_.value}; }
  [[nodiscard]] TimePoint next_deadline() const noexcept;

 private:
  enum class Phase : std::uint8_t { kLate, kDraining, kGivenUp, kClosing };
  struct Old {
    Epoch epoch;
    Epoch client;  // the first generation of its client: adapters come and go beneath it
    Phase phase = Phase::kDraining;
    Ending ending = Ending::kPatient;
    TimePoint deadline = kEndOfTime;
    TimePoint given_up_at;
    bool taken_back = false;
  };
  struct Making {
    Epoch epoch;
    ReplacePart part = ReplacePart::kClient;
    Duration timeout{};
    TimePoint deadline;
  };

  [[nodiscard]] Old* find_exactly(Epoch epoch) noexcept;
  [[nodiscard]] const Old* find(Epoch epoch) const noexcept;
  void hasten(TimePoint now, Ending ending, Duration drain) noexcept;
  void abandon_making();
  void forget(Epoch epoch);
  void end_if_over();

  Effects& effects_;
  std::optional<Making> making_;
  bool first_;  // none has been made, or begun
  bool serves_;
  std::string beneath_;
  Epoch serving_;
  Epoch serving_client_;
  Epoch last_;
  std::vector<Old> old_;
  bool stopped_ = false;
  bool ended_told_ = false;
};

}  // namespace resilience
