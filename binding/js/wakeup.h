// Wakes an environment's thread from another. Only for what has threads: node-addon-api has none of it for WebAssembly.
#pragma once

#include <memory>
#include <string_view>

#include "binding/js/node_api.h"

namespace resilience::js {

// Has an environment call a function of ours on its own thread, from any thread.
class Wakeup {
 public:
  // Called on the environment's thread; never once the environment is going down.
  using Handler = void (*)(Env env, Value callback, const std::shared_ptr<void>& kept);

  // False where the environment grants none. Keeps no event loop alive. `kept` lives until Node lets go of the wake-up,
  // which may be long after release().
  static Wakeup create(Env env, Value callback, std::string_view name, Handler handler, std::shared_ptr<void> kept);

  [[nodiscard]] explicit operator bool() const noexcept {
    return static_cast<napi_threadsafe_function>(function_) != nullptr;
  }
  // From any thread, between create() and release(). May be dropped where the environment is going down.
  void wake() noexcept;
  // On the environment's thread, once.
  void release() noexcept;

 private:
  Napi::ThreadSafeFunction function_;
};

}  // namespace resilience::js
