// A worker's end unloads what only it has loaded. A name server's answer may still be awaited on a thread in here, so
// the module stays. Linux's linker has a flag for it (-z nodelete).
#if defined(_WIN32)
#include <windows.h>

__attribute__((constructor)) static void stay_loaded(void) {
  HMODULE self;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCWSTR)&stay_loaded,
                     &self);
}
#else
#include <dlfcn.h>
#include <stddef.h>

__attribute__((constructor)) static void stay_loaded(void) {
  Dl_info self;
  if (dladdr((void*)&stay_loaded, &self) != 0) dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}
#endif
