// What the decisions of a mutated core are made by (scripts/test-mutation.mjs): one program holds all mutants, and the
// environment variable MUTANT says which is switched on. Constant evaluation knows the original alone.
//
// An operator whose mutant has no meaning for its operands, or another type, is refused here; the script leaves such a
// mutant out.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <type_traits>

namespace mutants {

// With MUTANTS_REACHED, the numbers of the mutants that this process came to are written into that file at its end.
class Switchboard {
 public:
  static Switchboard& instance() noexcept {
    static Switchboard all;
    return all;
  }
  bool on(int number) noexcept {
    reached_[static_cast<std::size_t>(number)] = true;
    return number == chosen_;
  }

 private:
  Switchboard() noexcept {
    if (const char* chosen = std::getenv("MUTANT")) chosen_ = std::atoi(chosen);
  }
  ~Switchboard() {
    const char* path = std::getenv("MUTANTS_REACHED");
    std::FILE* file = path != nullptr ? std::fopen(path, "w") : nullptr;
    if (file == nullptr) return;
    for (std::size_t number = 0; number < reached_.size(); ++number) {
      if (reached_[number]) std::fprintf(file, "%zu\n", number);
    }
    std::fclose(file);
  }

  int chosen_ = 0;
  std::array<bool, 1U << 14U> reached_{};
};

constexpr bool on(int number) noexcept {
  if (std::is_constant_evaluated()) return false;
  return Switchboard::instance().on(number);
}

// The same operands with one operator, or with the other.
#define MUTANTS_SWITCH(name, original, other)               \
  template <typename A, typename B>                         \
  requires requires(const A& a, const B& b) {               \
    a original b;                                           \
    { a other b } -> std::same_as<decltype(a original b)>;  \
  }                                                         \
  constexpr auto name(int number, const A& a, const B& b) { \
    return on(number) ? a other b : a original b;           \
  }
MUTANTS_SWITCH(less, <, <=)
MUTANTS_SWITCH(less_equal, <=, <)
MUTANTS_SWITCH(greater, >, >=)
MUTANTS_SWITCH(greater_equal, >=, >)
MUTANTS_SWITCH(equal, ==, !=)
MUTANTS_SWITCH(unequal, !=, ==)
MUTANTS_SWITCH(plus, +, -)
MUTANTS_SWITCH(minus, -, +)
MUTANTS_SWITCH(times, *, /)
MUTANTS_SWITCH(divided, /, *)
#undef MUTANTS_SWITCH

template <typename T>
constexpr const T& min(int number, const T& a, const T& b) {
  return on(number) ? std::max(a, b) : std::min(a, b);
}
template <typename T>
constexpr T min(int number, std::initializer_list<T> all) {
  return on(number) ? std::max(all) : std::min(all);
}
template <typename T>
constexpr const T& max(int number, const T& a, const T& b) {
  return on(number) ? std::min(a, b) : std::max(a, b);
}
template <typename T>
constexpr T max(int number, std::initializer_list<T> all) {
  return on(number) ? std::min(all) : std::max(all);
}

}  // namespace mutants
