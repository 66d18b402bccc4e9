// The probe that hears greetings, for where resilience_probe.node is missing.
#pragma once

#include "binding/napi_setup.h"

namespace resilience {

// `exports.probe`; as resilience_probe.node's exports.
void export_greeting_probe(Napi::Env env, Napi::Object exports);

}  // namespace resilience
