#include "io/redact.h"

#include <algorithm>

#include "io/secret_keys.h"
#include "io/secret_spans.h"

namespace resilience {
namespace {

// Overlapping spans become one.
std::string without(std::string_view text, std::vector<SecretSpan> spans) {
  std::sort(spans.begin(), spans.end(), [](const SecretSpan& a, const SecretSpan& b) { return a.begin < b.begin; });
  std::string result;
  std::size_t kept = 0;
  bool is_any_hidden = false;
  for (const auto& [begin, end] : spans) {
    if (!is_any_hidden || begin > kept) result.append(text.substr(kept, begin - kept)).append(kRedacted);
    is_any_hidden = true;
    kept = std::max(kept, end);
  }
  return result.append(text.substr(kept));
}

std::string redact_with(std::string_view text, const KnownSecrets& known) {
  if (known.must_withhold(text)) return std::string(kWithheld);
  // Both are looked for in the text as it came: what is known may itself look like the beginning of something.
  std::vector<SecretSpan> spans = known.find(text);
  for (const SecretSpan& span : find_secrets(text)) spans.push_back(span);
  return without(text, std::move(spans));
}

}  // namespace

std::string redact(std::string_view text) {
  return without(text, find_secrets(text));
}

std::string redact(std::string_view text, std::span<const std::string> secrets) {
  KnownSecrets known;
  for (const std::string& secret : secrets) known.add(secret);
  return redact_with(text, known);
}

void Redactor::add(std::string_view secret) {
  const Lock lock(mutex_);
  known_.add(secret);
}

void Redactor::learn(std::string_view connection_string) {
  const std::vector<SecretSpan> spans = find_secrets(connection_string);
  const Lock lock(mutex_);
  for (const auto& [begin, end] : spans) {
    const std::string_view written = connection_string.substr(begin, end - begin);
    known_.add(written);
    known_.add(percent_decoded(written));
  }
}

std::string Redactor::redact(std::string_view text) const {
  const Lock lock(mutex_);
  return redact_with(text, known_);
}

}  // namespace resilience
