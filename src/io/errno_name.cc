#include "io/errno_name.h"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace resilience {
namespace {

constexpr auto kNames = std::to_array<std::pair<int, std::string_view>>({
    {ECONNREFUSED, "ECONNREFUSED"},
    {ECONNRESET, "ECONNRESET"},
    {ECONNABORTED, "ECONNABORTED"},
    {ETIMEDOUT, "ETIMEDOUT"},
    {EHOSTUNREACH, "EHOSTUNREACH"},
#ifdef EHOSTDOWN
    {EHOSTDOWN, "EHOSTDOWN"},  // Windows has none
#endif
    {ENETUNREACH, "ENETUNREACH"},
    {ENETDOWN, "ENETDOWN"},
    {ENETRESET, "ENETRESET"},
    {EPIPE, "EPIPE"},
    {ENOENT, "ENOENT"},
    {ENODATA, "ENODATA"},
    {EADDRNOTAVAIL, "EADDRNOTAVAIL"},
    {EADDRINUSE, "EADDRINUSE"},
    {EAFNOSUPPORT, "EAFNOSUPPORT"},
    {EACCES, "EACCES"},
    {EPERM, "EPERM"},
    {EMFILE, "EMFILE"},
    {ENFILE, "ENFILE"},
    {ENOMEM, "ENOMEM"},
    {ENOBUFS, "ENOBUFS"},
    {EINVAL, "EINVAL"},
    {ENAMETOOLONG, "ENAMETOOLONG"},
    {ENOTSOCK, "ENOTSOCK"},
    {EPROTO, "EPROTO"},
    {EPROTOTYPE, "EPROTOTYPE"},
    {EAGAIN, "EAGAIN"},
});

}  // namespace

std::string_view errno_name(int error) noexcept {
  for (const auto& [value, name] : kNames) {
    if (value == error) return name;
  }
  return "EUNKNOWN";
}

std::string_view errno_name_in(std::string_view message) {
  for (const auto& [value, name] : kNames) {
    if (message.find(errno_text(value)) != std::string_view::npos) return name;
  }
  return {};
}

std::string errno_text(int error) {
#ifdef _WIN32
  return std::string(errno_name(error));  // the C library has words for files' errors alone
#else
  return std::generic_category().message(error);
#endif
}

}  // namespace resilience
