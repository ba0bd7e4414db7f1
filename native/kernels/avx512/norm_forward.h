#pragma once

#include "kernels/avx512/activation_lanes.h"
#include "kernels/avx512/norm_activation.h"
#include "kernels/avx512/pixel_groups.h"

// The forward half of norm_activation.h, for the element type that the including file instantiates it with.

namespace healthtensor::avx512 {
namespace {

template <Activation activation, typename Element>
void applyRows(const Element* x, const Element* residual, Element* y, const float* scale, const float* offset,
               int64_t pixels, int64_t channels) {
  forEachBlock<Element>(
      pixels, channels, [&](auto block, int64_t channel, auto count, int64_t pixel) HEALTHTENSOR_LAMBDA {
        const Lanes factor = loadLanes(scale + channel);
        const Lanes summand = loadLanes(offset + channel);
        unroll<count>([&](auto p) HEALTHTENSOR_LAMBDA {
          const int64_t at = (pixel + p) * channels + channel;
          Lanes z = multiplyAdd(block.load(x + at), factor, summand);
          if (residual != nullptr) {
            const Lanes other = block.load(residual + at);
            z = {_mm512_add_ps(z.first, other.first), _mm512_add_ps(z.second, other.second)};
          }
          block.store(y + at,
                      {activated<activation, Element>(z.first), activated<activation, Element>(z.second)});
        });
      });
}

}  // namespace

template <typename Element>
void normSums(const Element* x, const float* shift, int64_t pixels, int64_t channels, float* sums,
              float* squares) {
  clear(sums, channels);
  clear(squares, channels);
  forEachBlock<Element>(
      pixels, channels, [&](auto block, int64_t channel, auto count, int64_t pixel) HEALTHTENSOR_LAMBDA {
        const Lanes origin = loadLanes(shift + channel);
        Lanes sum = zeroLanes();
        Lanes square = zeroLanes();
        unroll<count>([&](auto p) HEALTHTENSOR_LAMBDA {
          const Lanes value = block.load(x + (pixel + p) * channels + channel);
          const Lanes away = {_mm512_sub_ps(value.first, origin.first),
                              _mm512_sub_ps(value.second, origin.second)};
          sum = {_mm512_add_ps(sum.first, away.first), _mm512_add_ps(sum.second, away.second)};
          square = multiplyAdd(away, away, square);
        });
        addLanes(sums + channel, sum);
        addLanes(squares + channel, square);
      });
}

template <typename Element>
void normApply(const Element* x, const Element* residual, Element* y, const float* scale, const float* offset,
               int64_t pixels, int64_t channels, Activation activation) {
  const auto apply = [&](auto rows) { rows(x, residual, y, scale, offset, pixels, channels); };
  switch (activation) {
    case Activation::kNone:
      return apply(applyRows<Activation::kNone, Element>);
    case Activation::kRelu:
      return apply(applyRows<Activation::kRelu, Element>);
    case Activation::kRelu6:
      return apply(applyRows<Activation::kRelu6, Element>);
    case Activation::kSilu:
      return apply(applyRows<Activation::kSilu, Element>);
  }
}

}  // namespace healthtensor::avx512
