// Node-API on Windows, looked up in whatever program has loaded the addon: node.exe, a renamed copy of it, Electron, Bun.
//
// A linked import would name node.exe. The functions are declared as imported (cmake/link_windows.cmake), so that each
// call goes through a pointer called __imp_<function>; those pointers are defined here and filled in before any code of
// the addon's runs.
#include <stddef.h>
#include <windows.h>

#define NODE_API(name) void* __imp_##name;
#include "node_api_names.inc"
#undef NODE_API

static const struct {
  const char* name;
  void** pointer;
} kImports[] = {
#define NODE_API(name) {#name, &__imp_##name},
#include "node_api_names.inc"
#undef NODE_API
};

// A function that an old Node does not have, and that is called all the same.
static void missing(void) {
  RaiseFailFastException(NULL, NULL, 0);
}

__attribute__((constructor(101))) static void look_up_node_api(void) {
  // Electron and programs that embed Node have it in a library of their own.
  HMODULE const hosts[] = {GetModuleHandleW(NULL), GetModuleHandleW(L"libnode.dll"), GetModuleHandleW(L"node.dll")};
  for (size_t i = 0; i < sizeof(kImports) / sizeof(kImports[0]); ++i) {
    void* found = NULL;
    for (size_t j = 0; !found && j < sizeof(hosts) / sizeof(hosts[0]); ++j) {
      if (hosts[j]) found = (void*)GetProcAddress(hosts[j], kImports[i].name);
    }
    *kImports[i].pointer = found ? found : (void*)missing;
  }
}
