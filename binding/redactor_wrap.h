// Redactor for JavaScript: hides what looks like a secret, and those that are known (io/redact.h).
//
// Owner: the environment's thread.
#pragma once

#include <memory>

#include "binding/seam/bind.h"
#include "io/redact.h"

namespace resilience::seam {

[[nodiscard]] inline std::unique_ptr<Redactor> make_redactor() {
  return std::make_unique<Redactor>();
}

template <>
struct ClassOf<Redactor> {
  static constexpr const char* kName = "NativeRedactor";
  static constexpr napi_type_tag kTag = {0xd2a6815f3e07c94bULL, 0x7c19f3b0e845a26dULL};
  static constexpr auto kConstructor = callable<&make_redactor>;
  static constexpr auto kMethods =
      std::tuple{callable<&Redactor::add, "password">, callable<&Redactor::learn, "connectionString">,
                 callable<&Redactor::redact, "text">};
};

}  // namespace resilience::seam
