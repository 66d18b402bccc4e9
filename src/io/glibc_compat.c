// Binds the addons to glibc 2.28, whatever they are linked on.
//
// glibc gives a symbol a new version whenever it moves or changes, and the linker takes the newest: on glibc 2.36 even
// pthread_create() asks for 2.34. Libraries that are linked in ready-made (libstdc++, libgcc, OpenSSL, libpq) cannot be
// told otherwise by a macro, so each such symbol is defined here, hidden, and passed on to its oldest version. What
// 2.28 does not have at all is written out. scripts/prebuild.mjs says when something is missing here.
#define _GNU_SOURCE
#include <features.h>

#ifdef __GLIBC__
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#if defined(__x86_64__)
#define OLDEST "GLIBC_2.2.5"
#define STAT_VERSION 1
#elif defined(__aarch64__)
#define OLDEST "GLIBC_2.17"
#define STAT_VERSION 0
#else
#error "the oldest glibc version of this architecture is not known here"
#endif

// glibc says of pthread_setspecific() that it never reads what its argument points to; ours passes it on all the same.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#define LOCAL __attribute__((visibility("hidden"), used))

// Declares old_NAME as NAME's oldest version.
#define OLD(result, name, parameters)                 \
  __asm__(".symver old_" #name "," #name "@" OLDEST); \
  extern result old_##name parameters
// Defines NAME as a call of it.
#define PASS_ON(result, name, parameters, arguments) \
  OLD(result, name, parameters);                     \
  LOCAL result name parameters {                     \
    return old_##name arguments;                     \
  }

// Moved from libpthread to libc in 2.34.
PASS_ON(int, pthread_create,
        (pthread_t * thread, const pthread_attr_t* attributes, void* (*run)(void*), void* argument),
        (thread, attributes, run, argument))
PASS_ON(int, pthread_join, (pthread_t thread, void** result), (thread, result))
PASS_ON(int, pthread_detach, (pthread_t thread), (thread))
PASS_ON(int, pthread_once, (pthread_once_t * once, void (*run)(void)), (once, run))
PASS_ON(int, pthread_key_create, (pthread_key_t * key, void (*destroy)(void*)), (key, destroy))
PASS_ON(int, pthread_key_delete, (pthread_key_t key), (key))
PASS_ON(int, pthread_setspecific, (pthread_key_t key, const void* value), (key, value))
PASS_ON(void*, pthread_getspecific, (pthread_key_t key), (key))
PASS_ON(int, pthread_rwlock_init, (pthread_rwlock_t * lock, const pthread_rwlockattr_t* attributes), (lock, attributes))
PASS_ON(int, pthread_rwlock_destroy, (pthread_rwlock_t * lock), (lock))
PASS_ON(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
PASS_ON(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
PASS_ON(int, pthread_rwlock_unlock, (pthread_rwlock_t * lock), (lock))
// What libgcc calls pthread_key_create by, to find out whether there are threads.
LOCAL int __pthread_key_create(pthread_key_t* key, void (*destroy)(void*)) {
  return old_pthread_key_create(key, destroy);
}

// Moved from libpthread to libc in 2.32.
PASS_ON(int, pthread_sigmask, (int how, const sigset_t* set, sigset_t* before), (how, set, before))

// Moved from libdl to libc in 2.34.
PASS_ON(void*, dlopen, (const char* file, int mode), (file, mode))
PASS_ON(void*, dlsym, (void* handle, const char* name), (handle, name))
PASS_ON(char*, dlerror, (void), ())
PASS_ON(int, dlclose, (void* handle), (handle))
PASS_ON(int, dladdr, (const void* address, Dl_info* info), (address, info))

#if __GLIBC_PREREQ(2, 33)
// Functions of their own since 2.33; before, inline calls of these.
OLD(int, __xstat, (int version, const char* path, struct stat* status));
OLD(int, __lxstat, (int version, const char* path, struct stat* status));
OLD(int, __fxstat, (int version, int fd, struct stat* status));
LOCAL int stat(const char* path, struct stat* status) {
  return old___xstat(STAT_VERSION, path, status);
}
LOCAL int lstat(const char* path, struct stat* status) {
  return old___lxstat(STAT_VERSION, path, status);
}
LOCAL int fstat(int fd, struct stat* status) {
  return old___fxstat(STAT_VERSION, fd, status);
}
OLD(int, __xstat64, (int version, const char* path, struct stat64* status));
OLD(int, __fxstat64, (int version, int fd, struct stat64* status));
LOCAL int stat64(const char* path, struct stat64* status) {
  return old___xstat64(STAT_VERSION, path, status);
}
LOCAL int fstat64(int fd, struct stat64* status) {
  return old___fxstat64(STAT_VERSION, fd, status);
}
#endif

// New in 2.32: libstdc++ spares atomic operations while it is true. It never is in here.
LOCAL char __libc_single_threaded = 0;

// New in 2.30. The clock is always the steady one here; a jump of the other one during the wait makes it end early or
// late, as it did with every libstdc++ before.
LOCAL int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                                 const struct timespec* until) {
  const int64_t kSecond = 1000000000;
  struct timespec steady;
  struct timespec wall;
  clock_gettime(clock, &steady);
  clock_gettime(CLOCK_REALTIME, &wall);
  const int64_t nanoseconds = (int64_t)wall.tv_nsec + until->tv_nsec - steady.tv_nsec;
  const int64_t carry = nanoseconds < 0 ? -1 : nanoseconds / kSecond;
  struct timespec end;
  end.tv_sec = wall.tv_sec + (until->tv_sec - steady.tv_sec) + carry;
  end.tv_nsec = nanoseconds - carry * kSecond;
  return pthread_cond_timedwait(condition, mutex, &end);
}

// New in 2.36; std::random_device asks for it.
LOCAL uint32_t arc4random(void) {
  uint32_t value = 0;
  char* bytes = (char*)&value;
  for (size_t got = 0; got < sizeof(value);) {
    const ssize_t more = getrandom(bytes + got, sizeof(value) - got, 0);
    if (more > 0) got += (size_t)more;
  }
  return value;
}

#ifdef DLFO_STRUCT_HAS_EH_DBASE
// New in 2.35: how libgcc finds the unwinding table of a piece of code.
struct search {
  ElfW(Addr) address;
  struct dl_find_object* found;
};

static int look_into(struct dl_phdr_info* object, size_t size, void* data) {
  (void)size;
  struct search* const search = data;
  int inside = 0;
  const ElfW(Phdr)* frames = NULL;
  ElfW(Addr) begin = UINTPTR_MAX;
  ElfW(Addr) end = 0;
  for (ElfW(Half) i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)* const header = &object->dlpi_phdr[i];
    if (header->p_type == PT_GNU_EH_FRAME) frames = header;
    if (header->p_type != PT_LOAD) continue;
    const ElfW(Addr) from = object->dlpi_addr + header->p_vaddr;
    const ElfW(Addr) to = from + header->p_memsz;
    if (search->address >= from && search->address < to) inside = 1;
    if (from < begin) begin = from;
    if (to > end) end = to;
  }
  if (!inside) return 0;
  if (!frames) return -1;
  memset(search->found, 0, sizeof(*search->found));
  search->found->dlfo_map_start = (void*)begin;
  search->found->dlfo_map_end = (void*)end;
  search->found->dlfo_eh_frame = (void*)(object->dlpi_addr + frames->p_vaddr);
  return 1;
}

LOCAL int _dl_find_object(void* address, struct dl_find_object* found) {
  struct search search = {(ElfW(Addr))address, found};
  return dl_iterate_phdr(look_into, &search) == 1 ? 0 : -1;
}
#endif
#else
typedef int no_glibc;  // a file of C has something in it
#endif
