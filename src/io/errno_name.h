// Names of system errors, as Node spells them ("ECONNREFUSED").
#pragma once

#include <string>
#include <string_view>

namespace resilience {

// "EUNKNOWN" for an error that no connection attempt should meet.
[[nodiscard]] std::string_view errno_name(int error) noexcept;

// The error whose description by the C library stands in `message`, as libpq puts it there. Empty where none does.
[[nodiscard]] std::string_view errno_name_in(std::string_view message);

// The C library's description.
[[nodiscard]] std::string errno_text(int error);

}  // namespace resilience
