# Warnings that every target of ours is built with. They are errors for whoever changes the code; on a user's machine a newer
# compiler may know more of them, and `prisma-resilient build` must not fail by that.
option(RESILIENCE_WARNINGS_ARE_ERRORS "End the build at the first warning" ON)
add_library(resilience_warnings INTERFACE)
target_compile_options(resilience_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wswitch-enum $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
  $<$<BOOL:${RESILIENCE_WARNINGS_ARE_ERRORS}>:-Werror>)
