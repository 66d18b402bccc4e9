// The module of the probe that logs in, so that everything else loads where this one cannot. One instance per
// environment; what they share is the process's probe registry.
#include "binding/napi_setup.h"
#include "binding/probe_wrap.h"
#include "io/pg_dialer.h"
#include "io/pq_library.h"

namespace resilience {
namespace {

Napi::Object libraries(Napi::Env env) {
  const PqVersions versions = pq_versions();
  const Napi::Object libraries = Napi::Object::New(env);
  libraries.Set("libpq", versions.libpq);
  libraries.Set("openssl", versions.openssl);
  return libraries;
}

}  // namespace

ProbeRegistry& probe_registry() {
  static auto* const registry = new ProbeRegistry(&PgDialer::make);
  return *registry;
}

class ProbeAddon : public Napi::Addon<ProbeAddon> {
 public:
  ProbeAddon(Napi::Env env, Napi::Object exports) {
    export_probe(env, exports);
    exports.Set("libraries", libraries(env));
  }
};

NODE_API_ADDON(ProbeAddon)

}  // namespace resilience
