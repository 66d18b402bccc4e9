# Windows: Node-API is looked up in whatever program has loaded the addon (binding/windows_host.c), so that no import
# library is needed, and node.exe may have any name.

# generated/node_api_names.inc: NODE_API(name) for each function of Node-API, from node-api-headers' own lists.
function(resilience_write_node_api_names)
  set(names "")
  foreach(list node_api.def js_native_api.def)
    file(STRINGS ${RESILIENCE_NODE_MODULES}/node-api-headers/def/${list} found REGEX "^(napi|node_api)_[a-z_0-9]+$")
    list(APPEND names ${found})
  endforeach()
  list(REMOVE_DUPLICATES names)
  list(TRANSFORM names REPLACE "(.+)" "NODE_API(\\1)\n")
  list(JOIN names "" text)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/node_api_names.inc CONTENT "${text}")
endfunction()

function(resilience_link_node_addon target)
  resilience_write_node_api_names()
  target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/binding/windows_host.c)
  target_include_directories(${target} PRIVATE ${PROJECT_BINARY_DIR}/generated)
  target_compile_definitions(${target} PRIVATE "NAPI_EXTERN=__declspec(dllimport)")
  target_link_options(${target} PRIVATE -static $<$<CONFIG:Release>:-s>)
endfunction()
