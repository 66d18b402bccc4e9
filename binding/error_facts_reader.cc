#include "binding/error_facts_reader.h"

#include <optional>
#include <string>
#include <utility>

namespace resilience {
namespace {

constexpr std::array<std::pair<const char*, std::string_view ErrorFacts::*>, 12> kTexts{{
    {"kind", &ErrorFacts::kind},
    {"originalCode", &ErrorFacts::original_code},
    {"originalMessage", &ErrorFacts::original_message},
    {"severity", &ErrorFacts::severity},
    {"code", &ErrorFacts::code},
    {"errorCode", &ErrorFacts::error_code},
    {"name", &ErrorFacts::name},
    {"message", &ErrorFacts::message},
    {"causeCode", &ErrorFacts::cause_code},
    {"causeMessage", &ErrorFacts::cause_message},
    {"syscall", &ErrorFacts::syscall},
    {"driver", &ErrorFacts::driver},
}};

bool flag(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return value.IsBoolean() && value.As<Napi::Boolean>().Value();
}

std::int32_t number_or(const Napi::Object& object, const char* name, std::int32_t otherwise) {
  const Napi::Value value = object.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().Int32Value() : otherwise;
}

// By name, so that TypeScript needs no numbers; the first enumerator where the name is missing or another.
template <typename Enum, std::size_t kCount>
Enum named(const Napi::Value& value, const std::array<std::pair<std::string_view, Enum>, kCount>& names) {
  if (value.IsString()) {
    const std::string name = value.As<Napi::String>();
    for (const auto& [text, known] : names) {
      if (name == text) return known;
    }
  }
  return Enum{};
}

constexpr std::array<std::pair<std::string_view, GuardPhase>, 5> kPhases{{
    {"acquire", GuardPhase::kAcquire},
    {"begin", GuardPhase::kBegin},
    {"statement", GuardPhase::kStatement},
    {"commit", GuardPhase::kCommit},
    {"rollback", GuardPhase::kRollback},
}};

constexpr std::array<std::pair<std::string_view, ProbeView>, 2> kProbeViews{{
    {"up", ProbeView::kUp},
    {"down", ProbeView::kDown},
}};

using Proof = std::optional<Outcome>;

constexpr std::array<std::pair<std::string_view, Proof>, 3> kProofs{{
    {to_string(Outcome::kNotApplied), Outcome::kNotApplied},
    {to_string(Outcome::kUnknown), Outcome::kUnknown},
    {to_string(Outcome::kApplied), Outcome::kApplied},
}};

}  // namespace

ErrorFactsReader::ErrorFactsReader(const Napi::Object& object) {
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    const Napi::Value value = object.Get(kTexts[i].first);
    if (!value.IsString()) continue;
    texts_[i] = value.As<Napi::String>().Utf8Value();
    facts_.*kTexts[i].second = texts_[i];
  }
  facts_.pool_active = number_or(object, "poolActive", -1);
  facts_.pool_idle = number_or(object, "poolIdle", -1);
  facts_.prisma_major = static_cast<std::uint16_t>(number_or(object, "prismaMajor", 0));
  facts_.phase = named(object.Get("phase"), kPhases);
  facts_.probe = named(object.Get("probe"), kProbeViews);
  facts_.proven_outcome = named(object.Get("provenOutcome"), kProofs);
  facts_.in_transaction = flag(object, "inTransaction");
  facts_.may_commit_inside = flag(object, "mayCommitInside");
}

}  // namespace resilience
