# resilience::pq: the static libpq that scripts/build-libpq.mjs made, and the static OpenSSL beneath it.
set(RESILIENCE_PQ_ROOT ${PROJECT_SOURCE_DIR}/build/deps/libpq CACHE PATH "What scripts/build-libpq.mjs made")
include(${RESILIENCE_PQ_ROOT}/libpq.cmake OPTIONAL RESULT_VARIABLE found)
if(NOT found)
  message(FATAL_ERROR "No static libpq in ${RESILIENCE_PQ_ROOT}. Run `node scripts/build-libpq.mjs` first.")
endif()

find_package(Threads REQUIRED)
add_library(resilience::pq INTERFACE IMPORTED)
target_include_directories(resilience::pq INTERFACE ${RESILIENCE_PQ_ROOT}/include)
target_link_libraries(resilience::pq INTERFACE
  ${RESILIENCE_PQ_ROOT}/lib/libpq.a ${RESILIENCE_PQ_LINK_LIBRARIES} ${RESILIENCE_PQ_SSL} ${RESILIENCE_PQ_CRYPTO}
  Threads::Threads ${CMAKE_DL_LIBS})
# So that src/io/pq_library.cc can count what a server asks for, and keep the password from it; where the linker cannot,
# libpq was compiled that way.
if(NOT RESILIENCE_PQ_CALLS_OURS)
  target_link_options(resilience::pq INTERFACE -Wl,--wrap=pg_hmac_init -Wl,--wrap=pg_fe_sendauth)
endif()
message(STATUS "libpq: ${RESILIENCE_PQ_ORIGIN}")
