# Warnings that every target of ours is built with; all of them are errors.
add_library(resilience_warnings INTERFACE)
target_compile_options(resilience_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wswitch-enum $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> -Werror)
