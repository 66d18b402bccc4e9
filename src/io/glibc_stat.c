// stat() and its kin over what every glibc has. zig's own copies for glibc before 2.33 leave errno as it was, and libpq
// tells a certificate that is missing from one that cannot be read by it.
#define _GNU_SOURCE
#include <features.h>

#ifdef __GLIBC__
#include <sys/stat.h>

#if defined(__x86_64__)
#define STAT_VERSION 1
#elif defined(__aarch64__)
#define STAT_VERSION 0
#else
#error "the version of struct stat is not known here"
#endif
#define LOCAL __attribute__((visibility("hidden"), used))

extern int __xstat(int version, const char* path, struct stat* status);
extern int __lxstat(int version, const char* path, struct stat* status);
extern int __fxstat(int version, int fd, struct stat* status);
extern int __xstat64(int version, const char* path, struct stat64* status);
extern int __fxstat64(int version, int fd, struct stat64* status);

LOCAL int stat(const char* path, struct stat* status) {
  return __xstat(STAT_VERSION, path, status);
}
LOCAL int lstat(const char* path, struct stat* status) {
  return __lxstat(STAT_VERSION, path, status);
}
LOCAL int fstat(int fd, struct stat* status) {
  return __fxstat(STAT_VERSION, fd, status);
}
LOCAL int stat64(const char* path, struct stat64* status) {
  return __xstat64(STAT_VERSION, path, status);
}
LOCAL int fstat64(int fd, struct stat64* status) {
  return __fxstat64(STAT_VERSION, fd, status);
}
#else
typedef int no_glibc;  // a file of C has something in it
#endif
