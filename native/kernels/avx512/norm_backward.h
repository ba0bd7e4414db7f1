#pragma once

#include "kernels/avx512/activation_lanes.h"
#include "kernels/avx512/norm_activation.h"
#include "kernels/avx512/pixel_groups.h"

// The backward half of norm_activation.h, for the element type that the including file instantiates it with.

namespace healthtensor::avx512 {
namespace {

/// How z is known in the backward pass: as x * scale + offset, the same + memory, or by memory alone.
enum class NormMemory { kInput, kResidual, kOutput };

/// x and the gradient of z of one block of one pixel.
struct PixelGradient {
  Lanes x;
  Lanes gradient;
};

template <Activation activation, NormMemory kind, typename Element, typename Block>
HEALTHTENSOR_INLINE PixelGradient pixelGradient(const NormGradient<Element>& given, const Block& block,
                                                int64_t at, const Lanes& scale, const Lanes& offset) {
  const Lanes x = block.load(given.x + at);
  const Lanes gradient = block.load(given.outputGradient + at);
  if constexpr (activation == Activation::kNone) return {x, gradient};
  Lanes z;
  if constexpr (kind == NormMemory::kOutput) {
    z = block.load(given.memory + at);
  } else {
    z = multiplyAdd(x, scale, offset);
    if constexpr (kind == NormMemory::kResidual) {
      const Lanes residual = block.load(given.memory + at);
      z = {_mm512_add_ps(z.first, residual.first), _mm512_add_ps(z.second, residual.second)};
    }
  }
  return {x,
          {throughActivation<activation>(z.first, gradient.first),
           throughActivation<activation>(z.second, gradient.second)}};
}

template <Activation activation, NormMemory kind, typename Element>
void gradientSums(const NormGradient<Element>& given, const float* mean, int64_t pixels, int64_t channels,
                  float* sums, float* products, Element* normGradient) {
  clear(sums, channels);
  clear(products, channels);
  forEachBlock<Element>(
      pixels, channels, [&](auto block, int64_t channel, auto count, int64_t pixel) HEALTHTENSOR_LAMBDA {
        const Lanes scale = loadLanes(given.scale + channel);
        const Lanes offset = loadLanes(given.offset + channel);
        const Lanes origin = loadLanes(mean + channel);
        Lanes sum = zeroLanes();
        Lanes product = zeroLanes();
        unroll<count>([&](auto p) HEALTHTENSOR_LAMBDA {
          const int64_t at = (pixel + p) * channels + channel;
          const auto [x, gradient] = pixelGradient<activation, kind>(given, block, at, scale, offset);
          if (normGradient != nullptr) block.store(normGradient + at, gradient);
          const Lanes away = {_mm512_sub_ps(x.first, origin.first), _mm512_sub_ps(x.second, origin.second)};
          sum = {_mm512_add_ps(sum.first, gradient.first), _mm512_add_ps(sum.second, gradient.second)};
          product = multiplyAdd(gradient, away, product);
        });
        addLanes(sums + channel, sum);
        addLanes(products + channel, product);
      });
}

template <Activation activation, NormMemory kind, typename Element>
void inputGradients(const NormGradient<Element>& given, const float* slope, const float* level,
                    int64_t pixels, int64_t channels, Element* inputGradient) {
  forEachBlock<Element>(
      pixels, channels, [&](auto block, int64_t channel, auto count, int64_t pixel) HEALTHTENSOR_LAMBDA {
        const Lanes scale = loadLanes(given.scale + channel);
        const Lanes offset = loadLanes(given.offset + channel);
        const Lanes factor = loadLanes(slope + channel);
        const Lanes summand = loadLanes(level + channel);
        unroll<count>([&](auto p) HEALTHTENSOR_LAMBDA {
          const int64_t at = (pixel + p) * channels + channel;
          const auto [x, gradient] = pixelGradient<activation, kind>(given, block, at, scale, offset);
          block.store(inputGradient + at, multiplyAdd(gradient, scale, multiplyAdd(x, factor, summand)));
        });
      });
}

/// Calls body.operator()<activation, kind>() for what is given: a ReLU with a residual keeps its result, a
/// SiLU the residual.
template <Activation activation, typename Element, typename Body>
void withMemory(const NormGradient<Element>& given, const Body& body) {
  constexpr NormMemory kind = activation == Activation::kSilu ? NormMemory::kResidual : NormMemory::kOutput;
  if (given.memory == nullptr) {
    body.template operator()<activation, NormMemory::kInput>();
  } else {
    body.template operator()<activation, kind>();
  }
}

template <typename Element, typename Body>
void withActivation(const NormGradient<Element>& given, const Body& body) {
  switch (given.activation) {
    case Activation::kNone:
      return body.template operator()<Activation::kNone, NormMemory::kInput>();
    case Activation::kRelu:
      return withMemory<Activation::kRelu>(given, body);
    case Activation::kRelu6:
      return withMemory<Activation::kRelu6>(given, body);
    case Activation::kSilu:
      return withMemory<Activation::kSilu>(given, body);
  }
}

}  // namespace

template <typename Element>
void normGradientSums(const NormGradient<Element>& given, const float* mean, int64_t pixels, int64_t channels,
                      float* sums, float* products, Element* normGradient) {
  withActivation(given, [&]<Activation activation, NormMemory kind>() {
    gradientSums<activation, kind>(given, mean, pixels, channels, sums, products, normGradient);
  });
}

template <typename Element>
void normInputGradient(const NormGradient<Element>& given, const float* slope, const float* level,
                       int64_t pixels, int64_t channels, Element* inputGradient) {
  withActivation(given, [&]<Activation activation, NormMemory kind>() {
    inputGradients<activation, kind>(given, slope, level, pixels, channels, inputGradient);
  });
}

}  // namespace healthtensor::avx512
