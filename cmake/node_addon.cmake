# resilience_add_node_addon(<target> <sources...>): a Node-API module that needs nothing but libc at run time.
set(RESILIENCE_NODE_MODULES ${PROJECT_SOURCE_DIR}/node_modules CACHE PATH "Where node-addon-api and node-api-headers are")

function(resilience_add_node_addon target)
  foreach(header node-addon-api/napi.h node-api-headers/include/node_api.h)
    if(NOT EXISTS ${RESILIENCE_NODE_MODULES}/${header})
      message(FATAL_ERROR "${RESILIENCE_NODE_MODULES}/${header} is missing. Run `npm install` first.")
    endif()
  endforeach()
  add_library(${target} MODULE ${ARGN})
  # SYSTEM: their headers are not ours to warn about.
  target_include_directories(${target} SYSTEM PRIVATE
    ${RESILIENCE_NODE_MODULES}/node-addon-api ${RESILIENCE_NODE_MODULES}/node-api-headers/include)
  target_compile_definitions(${target} PRIVATE NAPI_VERSION=8 NAPI_DISABLE_CPP_EXCEPTIONS NODE_ADDON_API_DISABLE_DEPRECATED
    NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS)  # a worker that is being terminated takes no exception: no reason to abort
  target_link_libraries(${target} PRIVATE resilience_warnings)
  set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX ".node" LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  if(APPLE)
    target_link_options(${target} PRIVATE -undefined dynamic_lookup)
  elseif(UNIX)
    target_link_options(${target} PRIVATE -Wl,--exclude-libs,ALL -Wl,-Bsymbolic -Wl,--gc-sections
      -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/node_addon.map $<$<CONFIG:Release>:-Wl,--strip-all>)
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/node_addon.map)
    if(NOT RESILIENCE_SANITIZE)
      target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
      if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
        target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src/io/glibc_compat.c)
      endif()
    endif()
  endif()
endfunction()
