#include "checksum.h"

#include <bit>
#include <cstring>
#include <initializer_list>

namespace healthtensor {
namespace {

constexpr uint64_t kPrime1 = 0x9e3779b185ebca87u;
constexpr uint64_t kPrime2 = 0xc2b2ae3d27d4eb4fu;
constexpr uint64_t kPrime3 = 0x165667b19e3779f9u;
constexpr uint64_t kPrime4 = 0x85ebca77c2b2ae63u;
constexpr uint64_t kPrime5 = 0x27d4eb2f165667c5u;

template <typename Number>
Number load(const unsigned char* bytes) {
  Number value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

uint64_t round(uint64_t accumulator, uint64_t lane) {
  return std::rotl(accumulator + lane * kPrime2, 31) * kPrime1;
}

uint64_t merge(uint64_t hash, uint64_t accumulator) {
  return (hash ^ round(0, accumulator)) * kPrime1 + kPrime4;
}

}  // namespace

uint64_t xxHash64(const void* bytes, size_t count, uint64_t seed) {
  const auto* next = static_cast<const unsigned char*>(bytes);
  const unsigned char* end = next + count;
  uint64_t hash = seed + kPrime5;
  if (count >= 32) {
    uint64_t a = seed + kPrime1 + kPrime2;
    uint64_t b = seed + kPrime2;
    uint64_t c = seed;
    uint64_t d = seed - kPrime1;
    for (; end - next >= 32; next += 32) {
      a = round(a, load<uint64_t>(next));
      b = round(b, load<uint64_t>(next + 8));
      c = round(c, load<uint64_t>(next + 16));
      d = round(d, load<uint64_t>(next + 24));
    }
    hash = std::rotl(a, 1) + std::rotl(b, 7) + std::rotl(c, 12) + std::rotl(d, 18);
    for (const uint64_t accumulator : {a, b, c, d}) hash = merge(hash, accumulator);
  }
  hash += count;
  for (; end - next >= 8; next += 8) {
    hash = std::rotl(hash ^ round(0, load<uint64_t>(next)), 27) * kPrime1 + kPrime4;
  }
  if (end - next >= 4) {
    hash = std::rotl(hash ^ load<uint32_t>(next) * kPrime1, 23) * kPrime2 + kPrime3;
    next += 4;
  }
  for (; next < end; ++next) hash = std::rotl(hash ^ *next * kPrime5, 11) * kPrime1;
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

}  // namespace healthtensor
