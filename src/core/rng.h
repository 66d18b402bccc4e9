// SplitMix64: small, seedable, good enough for jitter (Steele, Lea, Flood: "Fast splittable pseudorandom number
// generators", OOPSLA 2014). The seed comes from outside, so that every run can be repeated.
#pragma once

#include <cstdint>

namespace resilience {

class Rng {
 public:
  explicit constexpr Rng(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }

  // Uniform in [0, 1), with the 53 bits that a double can hold.
  constexpr double next_unit() noexcept { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace resilience
