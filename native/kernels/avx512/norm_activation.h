#pragma once

#include <cstdint>

#include "kernels/activation_kind.h"
#include "kernels/avx512/channel_lanes.h"

// Batch norm - residual - activation over `pixels` of `channels` neighbouring values. Values per channel are
// float32 in lane order, padded to whole blocks with anything finite. With the batch's mean m, inverse
// standard deviation s, weight w and bias b: z = x * scale + offset (+ residual), scale = w s, offset = b - m
// scale, and y = activation(z).

namespace healthtensor::avx512 {

/// Pixels of one call of the functions that return sums: few enough that float32 holds the sums exactly
/// enough; the caller adds up the calls in double precision.
constexpr int64_t kSummedPixels = 256;

/// Writes, per channel, the sums of x - shift and of its square. A shift near the mean keeps the digits of
/// the variance.
template <typename Element>
void normSums(const Element* x, const float* shift, int64_t pixels, int64_t channels, float* sums,
              float* squares);

/// y = activation(x * scale + offset + residual); a null residual is none.
template <typename Element>
void normApply(const Element* x, const Element* residual, Element* y, const float* scale, const float* offset,
               int64_t pixels, int64_t channels, Activation activation);

template <typename Element>
struct NormGradient {
  const Element* x;
  const Element* outputGradient;
  /// What the activation's derivative needs besides x when there was a residual: for SiLU the residual; for
  /// the ReLUs the result, which has the same derivative as z and is kept anyway. Null without a residual or
  /// without an activation.
  const Element* memory;
  Activation activation;
  const float* scale;
  const float* offset;
};

/// Writes, per channel, the sums of g and of g * (x - mean), where g is the gradient of z; g itself as well
/// unless `normGradient` is null.
template <typename Element>
void normGradientSums(const NormGradient<Element>& given, const float* mean, int64_t pixels, int64_t channels,
                      float* sums, float* products, Element* normGradient);

/// x's gradient: g * scale + x * slope + level, the last two per channel.
template <typename Element>
void normInputGradient(const NormGradient<Element>& given, const float* slope, const float* level,
                       int64_t pixels, int64_t channels, Element* inputGradient);

}  // namespace healthtensor::avx512
