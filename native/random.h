#pragma once

#include <cstdint>
#include <initializer_list>

namespace healthtensor {

/// What random numbers are drawn for: each use has a stream of its own, so that one more draw here changes
/// nothing there.
enum class RandomStream : uint64_t { kInitialisation = 1, kShuffle = 2, kDropout = 3, kAugmentation = 4 };

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, with the
/// mixing constants of Stafford's variant 13). Chosen over <random>, whose distributions differ between
/// standard libraries.
class SplitMix64 {
 public:
  explicit SplitMix64(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// Uniform in 0..1, 1 excluded.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// Uniform in 0..bound-1 without bias (Lemire, "Fast random integer generation in an interval", 2019).
  /// bound > 0.
  uint32_t below(uint32_t bound) {
    uint64_t product = (next() >> 32) * bound;
    if (static_cast<uint32_t>(product) < bound) {
      const uint32_t threshold = (0u - bound) % bound;
      while (static_cast<uint32_t>(product) < threshold) product = (next() >> 32) * bound;
    }
    return static_cast<uint32_t>(product >> 32);
  }

 private:
  uint64_t state_;
};

/// The seed of one epoch's or batch's stream. Randomness is a function of (seed, stream, epoch, batch) and of
/// nothing that happened before, so a resumed training needs no saved generator to go on exactly as it would
/// have.
inline uint64_t deriveSeed(uint64_t seed, RandomStream stream, uint64_t epoch, uint64_t batch) {
  uint64_t derived = seed;
  for (const uint64_t part : {static_cast<uint64_t>(stream), epoch, batch}) {
    derived = SplitMix64(derived ^ SplitMix64(part).next()).next();
  }
  return derived;
}

}  // namespace healthtensor
