#include "binding/js/wakeup.h"

#include <utility>

namespace resilience::js {
namespace {

struct Wakened {
  Wakeup::Handler handler;
  std::shared_ptr<void> kept;
};

void on_wakeup(napi_env env, napi_value callback, void* context, void*) {
  // No environment: it is going down.
  if (env == nullptr || callback == nullptr) return;
  const auto* const wakened = static_cast<const Wakened*>(context);
  wakened->handler(env, Value{env, callback}, wakened->kept);
}

void forget_wakeup(napi_env, void* context, void*) {
  delete static_cast<Wakened*>(context);
}

}  // namespace

Wakeup Wakeup::create(Env env, Value callback, std::string_view name, Handler handler, std::shared_ptr<void> kept) {
  Wakeup made;
  const auto title = text(env, name);
  if (!title) return made;
  auto wakened = std::make_unique<Wakened>(Wakened{handler, std::move(kept)});
  napi_threadsafe_function function = nullptr;
  if (napi_create_threadsafe_function(env, callback.raw(), nullptr, title->raw(), 0, 1, wakened.get(), &forget_wakeup,
                                      wakened.get(), &on_wakeup, &function) != napi_ok) {
    return made;
  }
  static_cast<void>(wakened.release());  // forget_wakeup()'s from now on
  static_cast<void>(napi_unref_threadsafe_function(env, function));
  made.function_ = Napi::ThreadSafeFunction(function);
  return made;
}

void Wakeup::wake() noexcept {
  static_cast<void>(function_.NonBlockingCall());
}

void Wakeup::release() noexcept {
  static_cast<void>(function_.Release());
  function_ = Napi::ThreadSafeFunction();
}

}  // namespace resilience::js
