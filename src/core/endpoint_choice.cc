#include "core/endpoint_choice.h"

#include <array>
#include <utility>

namespace resilience {
namespace {

constexpr std::array<std::pair<std::string_view, TargetSession>, 6> kSpellings = {{
    {"any", TargetSession::kAny},
    {"read-write", TargetSession::kReadWrite},
    {"read-only", TargetSession::kReadOnly},
    {"primary", TargetSession::kPrimary},
    {"standby", TargetSession::kStandby},
    {"prefer-standby", TargetSession::kPreferStandby},
}};

bool matches(TargetSession target, const HostAnswer& answer) noexcept {
  if (!answer.settled || answer.verdict != ProbeVerdict::kUp) return false;
  if (target != TargetSession::kAny && answer.role == ServerRole::kUnknown) return false;
  switch (target) {
    case TargetSession::kAny: return true;
    case TargetSession::kReadWrite: return !answer.read_only;
    case TargetSession::kReadOnly: return answer.read_only;
    case TargetSession::kPrimary: return answer.role == ServerRole::kPrimary;
    case TargetSession::kStandby:
    case TargetSession::kPreferStandby: return answer.role == ServerRole::kStandby;
  }
  return false;
}

// What to report where nothing matches: a server that refused to say what it is, then an attempt that tells nothing,
// then a server of the wrong kind, then one that is down.
int worth(const HostAnswer& answer) noexcept {
  if (!answer.settled) return 0;
  switch (answer.verdict) {
    case ProbeVerdict::kUp: return answer.role == ServerRole::kUnknown ? 4 : 2;
    case ProbeVerdict::kInconclusive: return 3;
    case ProbeVerdict::kDown: return 1;
  }
  return 0;
}

}  // namespace

std::optional<TargetSession> parse_target_session(std::string_view text) noexcept {
  for (const auto& [spelling, target] : kSpellings) {
    if (text == spelling) return target;
  }
  return std::nullopt;
}

std::optional<EndpointChoice> choose_endpoint(TargetSession target, std::span<const HostAnswer> answers,
                                              std::optional<std::size_t> last_chosen, Patience patience) noexcept {
  const std::size_t count = answers.size();
  // Rank r is the last chosen host for r = 0, then the others in their order.
  const auto at_rank = [&](std::size_t rank) noexcept {
    if (!last_chosen) return rank;
    if (rank == 0) return *last_chosen;
    return rank <= *last_chosen ? rank - 1 : rank;
  };
  for (std::size_t rank = 0; rank < count; ++rank) {
    const HostAnswer& answer = answers[at_rank(rank)];
    if (matches(target, answer)) return EndpointChoice{at_rank(rank), true};
    if (!answer.settled && patience == Patience::kFull) return std::nullopt;
  }
  if (patience != Patience::kNoMore) return std::nullopt;

  std::optional<EndpointChoice> best;
  int best_worth = 0;
  for (std::size_t rank = 0; rank < count; ++rank) {
    const std::size_t index = at_rank(rank);
    const HostAnswer& answer = answers[index];
    if (worth(answer) <= best_worth) continue;
    best_worth = worth(answer);
    const bool any_server_will_do = target == TargetSession::kPreferStandby || answer.role == ServerRole::kUnknown;
    best = EndpointChoice{index, answer.verdict == ProbeVerdict::kUp && any_server_will_do};
  }
  return best;
}

}  // namespace resilience
