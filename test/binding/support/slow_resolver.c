// Preloaded before libc: a name server that never answers. Addresses in figures are left to libc.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

typedef int Resolve(const char*, const char*, const struct addrinfo*, struct addrinfo**);

int getaddrinfo(const char* host, const char* service, const struct addrinfo* hints, struct addrinfo** found) {
  if (!hints || !(hints->ai_flags & AI_NUMERICHOST)) {
    for (;;) pause();
  }
  Resolve* real = (Resolve*)dlsym(RTLD_NEXT, "getaddrinfo");
  return real(host, service, hints, found);
}
