#pragma once

#include <cstdint>

// How the kernels of this folder see a tensor [N, C, H, W] in the channels-last layout: as pixels of C
// neighbouring values, taken 32 channels - a "block" - at a time in two registers of 16 float32 lanes.

namespace healthtensor::avx512 {

/// A value of a bfloat16 tensor: the upper half of a float32.
struct BFloat16 {
  uint16_t bits;
};

constexpr int64_t kBlock = 32;
constexpr int64_t kHalf = kBlock / 2;

constexpr int64_t blocksOf(int64_t channels) { return (channels + kBlock - 1) / kBlock; }

/// Which channel of its block a lane holds; lanes 0..15 are the first register's. Values per channel
/// (weights, scales, sums) are kept in this order, in float32, padded to whole blocks.
template <typename Element>
constexpr int64_t channelOfLane(int64_t lane);
template <>
constexpr int64_t channelOfLane<float>(int64_t lane) {
  return lane;
}
/// One register of bfloat16 splits most cheaply into its even channels (a shift) and its odd ones (a mask).
template <>
constexpr int64_t channelOfLane<BFloat16>(int64_t lane) {
  return lane < kHalf ? 2 * lane : 2 * (lane - kHalf) + 1;
}

}  // namespace healthtensor::avx512
