// An addon: its classes and functions, and the two by which it tells of itself. Generators and tests call those two,
// and nobody else: an addon that is shipped is built without RESILIENCE_DESCRIBES, and is a quarter smaller by it.
//
//   struct CoreAddon {
//     using Classes = ClassList<SupervisorWrap, …>;
//     static constexpr auto kFunctions = std::tuple{callable<&redact, "text">, …};
//     static void describe_more(Described&);    // records that cross in no signature
//   };
//   RESILIENCE_MODULE(CoreAddon)
#pragma once

#include "binding/seam/bind.h"

namespace resilience::seam {

template <typename... Ts>
struct ClassList {};

template <typename... Ts>
js::Done export_classes(js::Value exports, ClassList<Ts...>) {
  return js::Done{(static_cast<bool>(export_class<Ts>(exports)) && ...)};
}
template <typename... Ts>
void describe_classes(Described& schema, ClassList<Ts...>) {
  (describe_class<Ts>(schema), ...);
}

template <typename Addon>
Described described();

// What mirror() takes and gives: any value.
struct Anything {
  js::Value value;
};
template <>
struct Codec<Anything> {
  static js::Maybe<js::Value> write(js::Env, const Anything& given) noexcept { return given.value; }
  static js::Maybe<Anything> read(Reader&, js::Value value) { return Anything{value}; }
  static TypeSchema describe(Described&) { return type_of(TypeKind::kTypeScript, "unknown"); }
};

template <typename Addon>
struct Module {
  // All that crosses.
  static Schema describe() { return described<Addon>(); }
  // A record as the addon has read it, for tests: what is lost or changed on the way shows.
  static js::Maybe<Anything> mirror(js::Env env, std::string_view record, Anything given) {
    for (const Described::Mirror& each : described<Addon>().mirrors) {
      if (each.name != record) continue;
      Reader reader(env, "mirror");
      const auto value = each.reflect(reader, given.value);
      if (!value) return {};
      return Anything{*value};
    }
    js::throw_type_error(env, "no record of that name crosses");
    return {};
  }
};
#ifdef RESILIENCE_DESCRIBES
template <typename Addon>
inline constexpr auto kModuleFunctions =
    std::tuple{callable<&Module<Addon>::describe>, callable<&Module<Addon>::mirror, "record", "value">};
#else
template <typename Addon>
inline constexpr std::tuple<> kModuleFunctions;
#endif

template <typename Addon>
Described described() {
  Described made;
  describe_classes(made, typename Addon::Classes{});
  describe_functions(Addon::kFunctions, made);
  describe_functions(kModuleFunctions<Addon>, made);
  Addon::describe_more(made);
  return made;
}

template <typename Addon>
js::Done export_addon(js::Value exports) {
  return js::Done{export_classes(exports, typename Addon::Classes{}) && export_functions(exports, Addon::kFunctions) &&
                  export_functions(exports, kModuleFunctions<Addon>)};
}

// Where the environment goes down meanwhile, what was added so far is all there is.
template <typename Addon>
napi_value initialize(napi_env env, napi_value raw) {
  const js::Value exports{env, raw};
  if (export_addon<Addon>(exports)) {
    if constexpr (requires { Addon::export_more(exports); }) static_cast<void>(Addon::export_more(exports));
  }
  return raw;
}

}  // namespace resilience::seam

#define RESILIENCE_MODULE(addon)                              \
  NAPI_MODULE_INIT() {                                        \
    return resilience::seam::initialize<addon>(env, exports); \
  }
