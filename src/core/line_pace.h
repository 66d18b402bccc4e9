// One line of the log a minute about one thing, however often that happens; the line says how many were left out.
//
// Owner: whoever writes the lines. Bounded: what has been silent longest is forgotten first, and then told again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"

namespace resilience {

class LinePace {
 public:
  static constexpr Duration kInterval = std::chrono::minutes{1};
  static constexpr std::size_t kMostThings = 256;

  // nullopt: no line now. Else how many were left out since the last one about `thing`.
  [[nodiscard]] std::optional<std::uint64_t> on_happened(TimePoint now, std::string_view thing) {
    const auto found = std::find_if(told_.begin(), told_.end(), [&](const Told& told) { return told.thing == thing; });
    if (found == told_.end()) {
      if (told_.size() == kMostThings) told_.erase(longest_silent());
      told_.push_back({std::string{thing}, now, 0});
      return 0;
    }
    if (now < saturating_add(found->at, kInterval)) {
      ++found->left_out;
      return std::nullopt;
    }
    const std::uint64_t left_out = found->left_out;
    found->at = now;
    found->left_out = 0;
    return left_out;
  }

 private:
  struct Told {
    std::string thing;
    TimePoint at;
    std::uint64_t left_out;
  };

  [[nodiscard]] std::vector<Told>::iterator longest_silent() { return std::ranges::min_element(told_, {}, &Told::at); }

  std::vector<Told> told_;
};

}  // namespace resilience
