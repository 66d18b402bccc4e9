# A fault in memory is to end the process, and not to serve whoever made it: canaries on the stack, checked copies, and
# tables of the linker that are read-only once the addon is loaded. scripts/check-hardening.mjs looks for them.
if(NOT RESILIENCE_SANITIZE AND NOT RESILIENCE_IS_WASM AND NOT MSVC)
  add_compile_options(-fstack-protector-strong
    $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE> $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
  elseif(WIN32)
    add_link_options(-fstack-protector-strong)  # zig links what the canaries call where it is told so
  endif()
endif()
