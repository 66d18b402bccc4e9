// The two ways of writing a connection string, taken apart into parameters. conninfo.h says what they mean.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace resilience {

// Decoded name and value; several hosts and ports are lists with commas, as in libpq's keyword form.
using RawParameters = std::vector<std::pair<std::string, std::string>>;

struct SplitConnInfo {
  RawParameters parameters;
  std::vector<std::string> secrets;  // undecoded forms of passwords
  std::string error;                 // not empty: what is wrong; the rest means nothing
};

[[nodiscard]] bool looks_like_url(std::string_view text) noexcept;

// scheme://[user[:password]@][host[:port][,...]][/dbname][?name=value[&...]][#...]
// The user's part ends at the last '@' before the path, a '+' in the query is a blank, and a '%' that begins no two hex
// digits stands for itself: so do the URL parsers of the applications whose database is looked for.
[[nodiscard]] SplitConnInfo split_url(std::string_view written);

// name = value [...], with libpq's quotes and backslashes.
[[nodiscard]] SplitConnInfo split_keywords(std::string_view text);

}  // namespace resilience
