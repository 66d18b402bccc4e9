# macOS: a bundle that finds Node-API in whatever program has loaded it.
set(exports ${PROJECT_BINARY_DIR}/node_addon.exports)
file(WRITE ${exports} "_napi_register_module_v1\n_node_api_module_get_api_version_v1\n")

if(RESILIENCE_TOOLS)
  # zig's own linker makes no bundles; LLVM's, in the toolchain's folder, does, and signs them. It leaves the names of local
  # functions, a third of the file; LLVM's strip takes them out and signs anew.
  find_program(RESILIENCE_STRIP llvm-strip REQUIRED)
  set(CMAKE_CXX_CREATE_SHARED_MODULE
    "${RESILIENCE_TOOLS}/bin/link-bundle <LINK_FLAGS> -o <TARGET> <OBJECTS> <LINK_LIBRARIES>"
    "${RESILIENCE_STRIP} -x <TARGET>")
  set(CMAKE_SHARED_MODULE_CREATE_CXX_FLAGS "")
endif()

function(resilience_link_node_addon target)
  if(RESILIENCE_TOOLS)
    target_link_options(${target} PRIVATE -exported_symbols_list ${PROJECT_BINARY_DIR}/node_addon.exports)
  else()
    target_link_options(${target} PRIVATE -Wl,-undefined,dynamic_lookup -Wl,-dead_strip
      -Wl,-exported_symbols_list,${PROJECT_BINARY_DIR}/node_addon.exports $<$<CONFIG:Release>:-Wl,-x>)
  endif()
endfunction()
