// A mutex where there are threads. WebAssembly has none here, and its standard library no std::mutex.
#pragma once

#if !defined(__wasm__)
#include <mutex>
#endif

namespace resilience {

#if defined(__wasm__)
struct Mutex {};

class Lock {
 public:
  explicit Lock(const Mutex&) noexcept {}
};
#else
using Mutex = std::mutex;
using Lock = std::lock_guard<Mutex>;
#endif

}  // namespace resilience
