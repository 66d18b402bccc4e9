# WebAssembly for WASI: a module without main(), with Node-API among its imports, which emnapi answers.
set(RESILIENCE_EMNAPI ${RESILIENCE_NODE_MODULES}/emnapi CACHE PATH "The npm package emnapi: the C side of Node-API")
# A stack as deep as threads of other platforms have: what overflows it would end the module.
set(CMAKE_CXX_LINK_EXECUTABLE "${RESILIENCE_TOOLS}/bin/link-wasm -z stack-size=1048576 -o <TARGET> <OBJECTS> <LINK_LIBRARIES>")

function(resilience_link_node_addon target)
  target_compile_definitions(${target} PRIVATE BUILDING_NODE_EXTENSION)
  target_include_directories(${target} SYSTEM BEFORE PRIVATE ${RESILIENCE_EMNAPI}/include/node)
  target_link_libraries(${target} PRIVATE ${RESILIENCE_EMNAPI}/lib/wasm32-wasi/libemnapi.a)
  set_target_properties(${target} PROPERTIES SUFFIX ".wasm" RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
endfunction()
