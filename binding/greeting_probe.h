// The probe that hears greetings, for where resilience_probe.node is missing.
#pragma once

#include "binding/js/node_api.h"

namespace resilience {

// `exports.probe`; as resilience_probe.node's exports.
js::Done export_greeting_probe(js::Value exports);

}  // namespace resilience
