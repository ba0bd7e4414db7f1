#pragma once

#include <cstdint>
#include <vector>

#include "kernels/avx512/channel_lanes.h"

namespace healthtensor::avx512 {

/// Calls body(position, channel) for every channel, where `position` is its place in values kept in lane
/// order.
template <typename Element, typename Body>
void forEachLane(int64_t channels, const Body& body) {
  for (int64_t block = 0; block < blocksOf(channels); ++block) {
    for (int64_t lane = 0; lane < kBlock; ++lane) {
      const int64_t channel = block * kBlock + channelOfLane<Element>(lane);
      if (channel < channels) body(block * kBlock + lane, channel);
    }
  }
}

/// Values per channel, zero where a lane has no channel.
inline std::vector<float> channelValues(int64_t channels) {
  return std::vector<float>(static_cast<size_t>(blocksOf(channels) * kBlock));
}

}  // namespace healthtensor::avx512
