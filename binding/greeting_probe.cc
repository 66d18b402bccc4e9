#include "binding/greeting_probe.h"

#include "binding/probe_exports.h"
#include "io/greeting_attempt.h"

namespace resilience {

ProbeRegistry& probe_registry() {
  static auto* const registry = new ProbeRegistry(&GreetingDialer::make);
  return *registry;
}

js::Done export_greeting_probe(js::Value exports) {
  const auto probe = js::object(exports.env());
  if (!probe || !seam::export_addon<ProbeExports>(*probe)) return js::Done{false};
  return exports.set("probe", *probe);
}

}  // namespace resilience
