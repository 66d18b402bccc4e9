// A user's configuration, read once and validated, for whoever of the addon decides by it.
//
//   new NativeConfig(given, ConfigError)   throws one `new ConfigError(problems)` that lists all of them
//   .effective()   every value in effect, nested as the user writes it, without what only the host keeps
//   .notices()     what is accepted, and better written otherwise: a line for each
//   .given()       what was read, as plain objects: a getter of the user's has run once and is not asked again
// What is accepted is the core's business (core/config_validation.h). Owner: the environment's thread.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "binding/seam/bind.h"
#include "core/config.h"

namespace resilience {

// lib's own class, so that `instanceof` holds.
struct ConfigErrorClass {
  js::Value value;
};
struct GivenConfig {
  js::Value value;
};
struct EffectiveConfig {
  const Config& config;
};

class ConfigWrap {
 public:
  static std::unique_ptr<ConfigWrap> create(js::Env env, GivenConfig given, ConfigErrorClass config_error);

  [[nodiscard]] const Config& config() const noexcept { return config_; }

  [[nodiscard]] EffectiveConfig effective() const noexcept { return {config_}; }
  [[nodiscard]] const std::vector<std::string>& notices() const noexcept { return notices_; }
  js::Maybe<GivenConfig> given() const noexcept;

 private:
  ConfigWrap(const Config& config, std::vector<std::string> notices, js::Value given) noexcept
      : config_(config), notices_(std::move(notices)), given_(given) {}

  Config config_;
  std::vector<std::string> notices_;
  js::Kept given_;
};

// One row of the documentation's table.
struct ConfigKeyRow {
  std::string path;
  std::string default_text;
  std::string accepted;
  std::string meaning;
};
namespace binding {
[[nodiscard]] std::vector<ConfigKeyRow> config_keys();
// The fields of EffectiveConfig: each is named by its path.
[[nodiscard]] std::vector<seam::FieldSchema> effective_config();
}  // namespace binding

namespace seam {

template <>
struct Record<ConfigKeyRow> {
  static constexpr auto kFields = std::tuple{required<&ConfigKeyRow::path>, required<&ConfigKeyRow::default_text>,
                                             required<&ConfigKeyRow::accepted>, required<&ConfigKeyRow::meaning>};
};

template <>
struct Codec<ConfigErrorClass> {
  static js::Maybe<ConfigErrorClass> read(Reader& reader, js::Value value);
  static TypeSchema describe(Described&) {
    return type_of(TypeKind::kTypeScript, "new (problems: readonly string[]) => Error");
  }
};

// Anything: that it is a configuration is found out by reading it.
template <>
struct Codec<GivenConfig> {
  static js::Maybe<js::Value> write(js::Env, const GivenConfig& given) noexcept { return given.value; }
  static js::Maybe<GivenConfig> read(Reader&, js::Value value) { return GivenConfig{value}; }
  static TypeSchema describe(Described&) { return type_of(TypeKind::kTypeScript, "ResilientConfig"); }
};

template <>
struct Codec<EffectiveConfig> {
  static js::Maybe<js::Value> write(js::Env env, const EffectiveConfig& effective);
  static TypeSchema describe(Described&) { return type_of(TypeKind::kTypeScript, "EffectiveConfig"); }
};

template <>
struct ClassOf<ConfigWrap> {
  static constexpr const char* kName = "NativeConfig";
  static constexpr napi_type_tag kTag = {0x6f1d8a52c4e7b093ULL, 0x8d25e1f03ab94c76ULL};
  static constexpr auto kConstructor = callable<&ConfigWrap::create, "given", "configError">;
  static constexpr auto kMethods =
      std::tuple{callable<&ConfigWrap::effective>, callable<&ConfigWrap::notices>, callable<&ConfigWrap::given>};
};

}  // namespace seam
}  // namespace resilience
