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

GuardPhase phase_of(std::int32_t value) {
  const bool known = value >= static_cast<std::int32_t>(GuardPhase::kNone) &&
                     value <= static_cast<std::int32_t>(GuardPhase::kRollback);
  return known ? static_cast<GuardPhase>(value) : GuardPhase::kNone;
}

ProbeView probe_view_of(std::int32_t value) {
  const bool known =
      value >= static_cast<std::int32_t>(ProbeView::kUnknown) && value <= static_cast<std::int32_t>(ProbeView::kDown);
  return known ? static_cast<ProbeView>(value) : ProbeView::kUnknown;
}

// By name, as the guard gives it.
std::optional<Outcome> outcome_of(const Napi::Value& value) {
  if (!value.IsString()) return std::nullopt;
  const std::string name = value.As<Napi::String>();
  for (const Outcome outcome : {Outcome::kNotApplied, Outcome::kUnknown, Outcome::kApplied}) {
    if (name == to_string(outcome)) return outcome;
  }
  return std::nullopt;
}

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
  facts_.probe = probe_view_of(number_or(object, "probe", 0));
  facts_.proven_outcome = outcome_of(object.Get("provenOutcome"));
  facts_.phase = phase_of(number_or(object, "phase", 0));
  facts_.in_transaction = flag(object, "inTransaction");
  facts_.may_commit_inside = flag(object, "mayCommitInside");
}

}  // namespace resilience
