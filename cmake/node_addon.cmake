# resilience_add_node_addon(<target> <sources...>): a Node-API module that needs nothing but the system's own C library at
# run time. How it is linked is each system's matter: cmake/link_<system>.cmake defines resilience_link_node_addon().
set(RESILIENCE_NODE_MODULES ${PROJECT_SOURCE_DIR}/node_modules CACHE PATH "Where node-addon-api and node-api-headers are")

if(RESILIENCE_IS_WASM)
  include(${CMAKE_CURRENT_LIST_DIR}/link_wasm.cmake)
elseif(APPLE)
  include(${CMAKE_CURRENT_LIST_DIR}/link_darwin.cmake)
elseif(WIN32)
  include(${CMAKE_CURRENT_LIST_DIR}/link_windows.cmake)
else()
  include(${CMAKE_CURRENT_LIST_DIR}/link_elf.cmake)
endif()

function(resilience_add_node_addon target)
  foreach(header node-addon-api/napi.h node-api-headers/include/node_api.h)
    if(NOT EXISTS ${RESILIENCE_NODE_MODULES}/${header})
      message(FATAL_ERROR "${RESILIENCE_NODE_MODULES}/${header} is missing. Run `npm install` first.")
    endif()
  endforeach()
  if(RESILIENCE_IS_WASM)
    add_executable(${target} ${ARGN})
  else()
    add_library(${target} MODULE ${ARGN})
    set_target_properties(${target} PROPERTIES PREFIX "" SUFFIX ".node" LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  endif()
  # SYSTEM: their headers are not ours to warn about.
  target_include_directories(${target} SYSTEM PRIVATE
    ${RESILIENCE_NODE_MODULES}/node-addon-api ${RESILIENCE_NODE_MODULES}/node-api-headers/include)
  target_compile_definitions(${target} PRIVATE
    NAPI_VERSION=8 NAPI_DISABLE_CPP_EXCEPTIONS NODE_ADDON_API_ENABLE_MAYBE NODE_ADDON_API_DISABLE_DEPRECATED)
  target_link_libraries(${target} PRIVATE resilience_warnings)
  resilience_small(${target})
  resilience_link_node_addon(${target})
endfunction()
