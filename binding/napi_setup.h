// The only includer of napi.h, so that every translation unit sees it configured alike: Node-API version 8, C++
// exceptions off. A call into JavaScript that throws leaves its exception pending in the environment; whoever made the
// call looks at IsExceptionPending() and returns.
#pragma once

#include <napi.h>
