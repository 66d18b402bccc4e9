#include "binding/seam/codec.h"

#include <algorithm>

namespace resilience::seam {

js::Done refuse_others(Reader& reader, js::Value object, std::string_view record_name, std::uint32_t found,
                       std::span<const std::string_view> names) {
  const js::Scope scope(reader.env());
  const auto own = object.own_names();
  const auto count = own ? own->length() : js::Maybe<std::uint32_t>{};
  if (!count) return js::Done{false};
  if (*count == found) return js::Done{true};
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto value = own->get(i);
    const auto name = value ? value->as_text() : js::Maybe<std::string>{};
    if (!name) return js::Done{false};
    if (std::find(names.begin(), names.end(), *name) != names.end()) continue;
    reader.refuse_unknown(record_name, *name);
    return js::Done{false};
  }
  return js::Done{true};
}

}  // namespace resilience::seam
