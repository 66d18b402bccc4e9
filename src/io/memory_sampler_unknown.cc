// Elsewhere than on Linux the host tells what it knows of the process, and nothing limits a container.
#include "io/memory_sampler.h"

namespace resilience {

ProcessMemory MemorySampler::sample() const {
  return {};
}

bool return_free_memory() noexcept {
  return false;
}

}  // namespace resilience
