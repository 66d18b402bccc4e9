// Reads the facts of a failure from the plain object that lib/client/error-facts.ts makes of an error.
//
// Field names are those of ErrorFacts in camelCase; what is missing or of another type counts as not known.
#pragma once

#include <array>
#include <string>

#include "binding/napi_setup.h"
#include "core/error_facts.h"

namespace resilience {

class ErrorFactsReader {
 public:
  explicit ErrorFactsReader(const Napi::Object& object);

  // Views into this reader.
  [[nodiscard]] const ErrorFacts& facts() const noexcept { return facts_; }
  [[nodiscard]] ErrorFacts& facts() noexcept { return facts_; }

 private:
  std::array<std::string, 12> texts_;
  ErrorFacts facts_;
};

}  // namespace resilience
