#pragma once

#include "kernels/avx512/channel_block.h"

namespace healthtensor::avx512 {
namespace {

/// Pixels taken together, so that what is loaded and stored per channel is loaded and stored once for all of
/// them; each is a stream of its own for the CPU's prefetcher.
constexpr int kGroup = 4;

/// Calls body(block, channel, std::integral_constant count, pixel) for every block of every group of `count`
/// pixels from `pixel` on: groups of four, and single pixels at the end.
template <typename Element, typename Body>
HEALTHTENSOR_INLINE void forEachBlock(int64_t pixels, int64_t channels, const Body& body) {
  const int64_t whole = channels / kBlock * kBlock;
  const auto group = [&](auto count, int64_t pixel) HEALTHTENSOR_LAMBDA {
    for (int64_t channel = 0; channel < whole; channel += kBlock) {
      body(ChannelBlock<Element, true>(kBlock), channel, count, pixel);
    }
    if (whole < channels) body(ChannelBlock<Element, false>(channels - whole), whole, count, pixel);
  };
  int64_t pixel = 0;
  for (; pixel + kGroup <= pixels; pixel += kGroup) group(std::integral_constant<int, kGroup>(), pixel);
  for (; pixel < pixels; ++pixel) group(std::integral_constant<int, 1>(), pixel);
}

HEALTHTENSOR_INLINE void clear(float* values, int64_t channels) {
  for (int64_t block = 0; block < blocksOf(channels); ++block)
    storeLanes(values + block * kBlock, zeroLanes());
}

HEALTHTENSOR_INLINE void addLanes(float* values, const Lanes& lanes) {
  const Lanes before = loadLanes(values);
  storeLanes(values, {_mm512_add_ps(before.first, lanes.first), _mm512_add_ps(before.second, lanes.second)});
}

}  // namespace
}  // namespace healthtensor::avx512
