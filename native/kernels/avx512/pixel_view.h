#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "kernels/avx512/channel_values.h"
#include "kernels/avx512/norm_activation.h"
#include "kernels/avx512/shares.h"

namespace healthtensor::avx512 {

/// How the norm's kernels are told to see a tensor: `period` channels, or - where these do not fill whole
/// blocks - the channels of several neighbouring pixels as those of one.
struct PixelView {
  int64_t pixels;
  int64_t channels;
  int64_t period;
};

inline PixelView viewOf(const at::Tensor& x) {
  const int64_t period = x.size(1);
  const int64_t pixels = x.numel() / period;
  const int64_t together = kBlock / std::gcd(kBlock, period);
  return pixels % together == 0 ? PixelView{pixels / together, period * together, period}
                                : PixelView{pixels, period, period};
}

/// Two sums per channel of the tensor.
struct ChannelSums {
  explicit ChannelSums(int64_t size) : first(static_cast<size_t>(size)), second(first.size()) {}
  std::vector<double> first;
  std::vector<double> second;
};

/// Adds up what slab(first pixel, pixels, sums, other sums) writes for parts of the view; see kSummedPixels.
template <typename Element, typename Slab>
ChannelSums channelSums(const PixelView& view, const Slab& slab) {
  const int64_t shares = sharesOf(view.pixels, view.channels);
  const int64_t lanes = blocksOf(view.channels) * kBlock;
  std::vector<ChannelSums> parts(static_cast<size_t>(shares), ChannelSums(lanes));
  inShares(view.pixels, shares, [&](int64_t share, int64_t begin, int64_t end) {
    ChannelSums& part = parts[static_cast<size_t>(share)];
    std::vector<float> first = channelValues(view.channels);
    std::vector<float> second = first;
    for (int64_t pixel = begin; pixel < end; pixel += kSummedPixels) {
      slab(pixel, std::min(kSummedPixels, end - pixel), first.data(), second.data());
      for (size_t lane = 0; lane < first.size(); ++lane) {
        part.first[lane] += static_cast<double>(first[lane]);
        part.second[lane] += static_cast<double>(second[lane]);
      }
    }
  });
  ChannelSums result(view.period);
  forEachLane<Element>(view.channels, [&](int64_t lane, int64_t channel) {
    for (const ChannelSums& part : parts) {
      result.first[channel % view.period] += part.first[lane];
      result.second[channel % view.period] += part.second[lane];
    }
  });
  return result;
}

/// Values per channel of the tensor, as the kernels read them.
template <typename Element, typename Value>
std::vector<float> spread(const PixelView& view, const Value& value) {
  std::vector<float> result = channelValues(view.channels);
  forEachLane<Element>(view.channels, [&](int64_t lane, int64_t channel) {
    result[lane] = static_cast<float>(value(channel % view.period));
  });
  return result;
}

}  // namespace healthtensor::avx512
