// Virtual time: what happens when. Nothing here sleeps; a run is repeated exactly by its seed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "core/types.h"

namespace resilience::world {

class EventQueue {
 public:
  using Action = std::function<void()>;
  using Id = std::pair<TimePoint, std::uint64_t>;

  explicit EventQueue(TimePoint start) : now_(start) {}

  [[nodiscard]] TimePoint now() const noexcept { return now_; }
  [[nodiscard]] std::uint64_t ran() const noexcept { return ran_; }

  Id at(TimePoint when, Action action) {
    const Id id{when < now_ ? now_ : when, ++last_};
    actions_.emplace(id, std::move(action));
    return id;
  }
  Id after(Duration delay, Action action) { return at(now_ + delay, std::move(action)); }
  void cancel(const Id& id) { actions_.erase(id); }

  void run_until(TimePoint until) {
    while (!actions_.empty() && actions_.begin()->first.first <= until) {
      auto next = actions_.extract(actions_.begin());
      now_ = next.key().first;
      ++ran_;
      next.mapped()();
    }
    now_ = until;
  }

 private:
  TimePoint now_;
  std::uint64_t last_ = 0;
  std::uint64_t ran_ = 0;
  std::map<Id, Action> actions_;
};

}  // namespace resilience::world
