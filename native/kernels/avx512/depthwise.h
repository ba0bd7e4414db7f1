#pragma once

#include <cstdint>

#include "kernels/activation_kind.h"
#include "kernels/avx512/channel_lanes.h"

namespace healthtensor::avx512 {

/// A depthwise convolution with a square kernel of 3 or 5, padding kernel / 2 and stride 1 or 2.
struct DepthwiseShape {
  int64_t batch;
  int64_t height;
  int64_t width;
  int64_t channels;
  int64_t kernel;
  int64_t stride;

  int64_t outputHeight() const { return (height - 1) / stride + 1; }
  int64_t outputWidth() const { return (width - 1) / stride + 1; }
  /// Values of the packed weights: [block][kernel row][kernel column][lane].
  int64_t packedWeights() const { return blocksOf(channels) * kernel * kernel * kBlock; }
};

/// Rows first..last - 1 of one image.
struct RowRange {
  int64_t image;
  int64_t first;
  int64_t last;
};

/// Writes these rows of the output: activation(convolution + bias). `weights` packed, `bias` per channel in
/// lane order.
template <typename Element>
void depthwiseForward(const Element* x, const float* weights, const float* bias, Activation activation,
                      Element* y, const DepthwiseShape& shape, const RowRange& outputRows);

/// Writes these rows of x's gradient, and adds what these rows of x contribute to the gradient of the weights
/// (packed as they are).
template <typename Element>
void depthwiseBackward(const Element* x, const float* weights, const Element* outputGradient,
                       Element* inputGradient, float* weightGradient, const DepthwiseShape& shape,
                       const RowRange& inputRows);

}  // namespace healthtensor::avx512
