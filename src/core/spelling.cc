#include "core/spelling.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/ascii.h"

namespace resilience {

std::size_t spelling_distance(std::string_view a, std::string_view b, std::size_t limit) {
  std::vector<std::size_t> two_back(b.size() + 1);
  std::vector<std::size_t> back(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) back[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({back[j] + 1, row[j - 1] + 1, back[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], two_back[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    // A swap reaches one row further back than `least` looks; it costs one, so this row bounds what is to come.
    if (least > limit) return limit + 1;
    std::swap(two_back, back);
    std::swap(back, row);
  }
  return std::min(back[b.size()], limit + 1);
}

}  // namespace resilience
