// Which of several hosts' answers is the database's, by libpq's target_session_attrs.
//
// All hosts are asked at once, so that one that swallows packets does not hide the others. To make the choice stable
// none the less, hosts are ranked: the one chosen last time, then the order of the connection string.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/probe_result.h"

namespace resilience {

enum class TargetSession : std::uint8_t {
  kAny = 0,
  kReadWrite = 1,
  kReadOnly = 2,
  kPrimary = 3,
  kStandby = 4,
  kPreferStandby = 5,
};

// libpq's spelling ("read-write"). Empty for any other text.
[[nodiscard]] std::optional<TargetSession> parse_target_session(std::string_view text) noexcept;

struct HostAnswer {
  bool settled = false;  // what follows means something
  ProbeVerdict verdict = ProbeVerdict::kInconclusive;
  ServerRole role = ServerRole::kUnknown;
  bool read_only = false;
};

// How long the better-ranked hosts are waited for once another one would do.
enum class Patience : std::uint8_t {
  kFull = 0,    // hosts of better rank may still answer
  kEnded = 1,   // take the best that matches
  kNoMore = 2,  // no further answer will come: take the best that tells anything
};

struct EndpointChoice {
  std::size_t index = 0;
  bool matches = false;  // false: hosts told something, but none is what was asked for
};

// Empty: wait. With Patience::kNoMore empty only where no host settled. REQUIRES: last_chosen, if any, <
// answers.size().
[[nodiscard]] std::optional<EndpointChoice> choose_endpoint(TargetSession target, std::span<const HostAnswer> answers,
                                                            std::optional<std::size_t> last_chosen,
                                                            Patience patience) noexcept;

}  // namespace resilience
