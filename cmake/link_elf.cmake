# Linux: everything but libc is linked in, and nothing shows but what Node looks for.
option(RESILIENCE_GLIBC_COMPAT "Bind to glibc 2.28 on a newer one, where the compiler does not do so by itself" ON)

function(resilience_link_node_addon target)
  target_link_options(${target} PRIVATE -Wl,-Bsymbolic -Wl,--gc-sections
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/node_addon.map $<$<CONFIG:Release>:-Wl,--strip-all>)
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/node_addon.map)
  if(RESILIENCE_SANITIZE OR NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
    return()
  endif()
  target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  if(RESILIENCE_TOOLS)
    target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src/io/glibc_stat.c)
  elseif(RESILIENCE_GLIBC_COMPAT)
    target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src/io/glibc_compat.c)
  endif()
endfunction()
