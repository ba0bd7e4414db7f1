#pragma once

#include "kernels/avx512/channel_block.h"
#include "kernels/avx512/depthwise.h"

// The backward pass of depthwise.h, for the element type that the including file instantiates it with. Both
// gradients come from the same products' operands - an input pixel and the output gradients that its kernel
// window reaches - so one walk over memory makes both.

namespace healthtensor::avx512 {
namespace {

/// One step's neighbouring columns of x. One register each of x and its gradient, of a row of weights and
/// their gradients, and of an output gradient are live at once: 2 * 8 + 2 * 5 + 1 of 32. A step of stride 2
/// begins at an even column; 7 divides the widths of 224-pixel networks.
template <int stride>
constexpr int kBackwardColumns = stride == 1 ? 7 : 8;

/// The output gradients that a step's columns reach: `first` of them before column / stride, `count` in all.
template <int kernel, int stride>
struct Reach {
  static constexpr int padding = kernel / 2;
  static constexpr int before = padding / stride;
  static constexpr int count = (kBackwardColumns<stride> - 1 + padding) / stride + before + 1;
};

/// What the steps of one row of x have in common, all at the first channel of a block. `gradients[k]` is the
/// row of output gradients that kernel row k reaches, null where there is none.
template <typename Element, int kernel>
struct BackwardRow {
  const Element* x;
  Element* inputGradient;
  const Element* gradients[kernel];
  const float* weights;
  float* weightGradient;
};

/// The 16 channels of one half of the block: their input gradients are returned, their weight gradients
/// added.
template <typename Element, int kernel, int stride, bool whole, bool interior, int half>
HEALTHTENSOR_INLINE void backwardHalf(const ChannelBlock<Element, whole>& block,
                                      const BackwardRow<Element, kernel>& row, int64_t column,
                                      const DepthwiseShape& shape, __m512* inputGradient) {
  using Window = Reach<kernel, stride>;
  constexpr int columns = kBackwardColumns<stride>;
  const int64_t firstGradient = column / stride - Window::before;
  __m512 x[columns];
  unroll<columns>([&](auto t) HEALTHTENSOR_LAMBDA {
    const bool exists = interior || column + t < shape.width;
    x[t] =
        exists ? block.template loadHalf<half>(row.x + (column + t) * shape.channels) : _mm512_setzero_ps();
    inputGradient[t] = _mm512_setzero_ps();
  });
  for (int kernelRow = 0; kernelRow < kernel; ++kernelRow) {
    if (row.gradients[kernelRow] == nullptr) continue;
    const float* const weights = row.weights + kernelRow * kernel * kBlock + half * kHalf;
    float* const weightGradient = row.weightGradient + kernelRow * kernel * kBlock + half * kHalf;
    __m512 taps[kernel];
    __m512 tapGradients[kernel];
    unroll<kernel>([&](auto k) HEALTHTENSOR_LAMBDA {
      taps[k] = _mm512_loadu_ps(weights + k * kBlock);
      tapGradients[k] = _mm512_loadu_ps(weightGradient + k * kBlock);
    });
    unroll<Window::count>([&](auto i) HEALTHTENSOR_LAMBDA {
      const int64_t at = firstGradient + i;
      if (!interior && (at < 0 || at >= shape.outputWidth())) return;
      const __m512 gradient = block.template loadHalf<half>(row.gradients[kernelRow] + at * shape.channels);
      unroll<kernel>([&](auto k) HEALTHTENSOR_LAMBDA {
        constexpr int t = (i - Window::before) * stride + k - Window::padding;
        if constexpr (t >= 0 && t < columns) {
          inputGradient[t] = _mm512_fmadd_ps(gradient, taps[k], inputGradient[t]);
          tapGradients[k] = _mm512_fmadd_ps(gradient, x[t], tapGradients[k]);
        }
      });
    });
    unroll<kernel>(
        [&](auto k) HEALTHTENSOR_LAMBDA { _mm512_storeu_ps(weightGradient + k * kBlock, tapGradients[k]); });
  }
}

template <typename Element, int kernel, int stride, bool whole, bool interior>
HEALTHTENSOR_INLINE void backwardStep(const ChannelBlock<Element, whole>& block,
                                      const BackwardRow<Element, kernel>& row, int64_t column,
                                      const DepthwiseShape& shape) {
  constexpr int columns = kBackwardColumns<stride>;
  __m512 first[columns];
  __m512 second[columns];
  backwardHalf<Element, kernel, stride, whole, interior, 0>(block, row, column, shape, first);
  backwardHalf<Element, kernel, stride, whole, interior, 1>(block, row, column, shape, second);
  unroll<columns>([&](auto t) HEALTHTENSOR_LAMBDA {
    if (!interior && column + t >= shape.width) return;
    block.store(row.inputGradient + (column + t) * shape.channels, {first[t], second[t]});
  });
}

template <typename Element, int kernel, int stride, bool whole>
void backwardRow(const ChannelBlock<Element, whole>& block, const BackwardRow<Element, kernel>& row,
                 const DepthwiseShape& shape) {
  using Window = Reach<kernel, stride>;
  constexpr int columns = kBackwardColumns<stride>;
  for (int64_t column = 0; column < shape.width; column += columns) {
    const int64_t firstGradient = column / stride - Window::before;
    const bool interior = firstGradient >= 0 && firstGradient + Window::count <= shape.outputWidth() &&
                          column + columns <= shape.width;
    if (interior) {
      backwardStep<Element, kernel, stride, whole, true>(block, row, column, shape);
    } else {
      backwardStep<Element, kernel, stride, whole, false>(block, row, column, shape);
    }
  }
}

/// One image's tensors and the packed weights, at the first channel of a block.
template <typename Element>
struct BackwardImage {
  const Element* x;
  Element* inputGradient;
  const Element* outputGradient;
  const float* weights;
  float* weightGradient;
};

template <typename Element, int kernel, int stride, bool whole>
void backwardBlock(const ChannelBlock<Element, whole>& block, const BackwardImage<Element>& image,
                   const DepthwiseShape& shape, const RowRange& inputRows) {
  const int64_t inputStep = shape.width * shape.channels;
  const int64_t outputStep = shape.outputWidth() * shape.channels;
  for (int64_t y = inputRows.first; y < inputRows.last; ++y) {
    BackwardRow<Element, kernel> row;
    row.x = image.x + y * inputStep;
    row.inputGradient = image.inputGradient + y * inputStep;
    row.weights = image.weights;
    row.weightGradient = image.weightGradient;
    for (int k = 0; k < kernel; ++k) {
      const int64_t reached = y + kernel / 2 - k;
      const bool exists = reached >= 0 && reached % stride == 0 && reached / stride < shape.outputHeight();
      row.gradients[k] = exists ? image.outputGradient + reached / stride * outputStep : nullptr;
    }
    backwardRow<Element, kernel, stride, whole>(block, row, shape);
  }
}

template <typename Element, int kernel, int stride>
void backward(const BackwardImage<Element>& image, const DepthwiseShape& shape, const RowRange& inputRows) {
  for (int64_t channel = 0; channel < shape.channels; channel += kBlock) {
    const int64_t packed = channel * kernel * kernel;
    const BackwardImage<Element> at = {image.x + channel, image.inputGradient + channel,
                                       image.outputGradient + channel, image.weights + packed,
                                       image.weightGradient + packed};
    const int64_t channels = shape.channels - channel;
    if (channels >= kBlock) {
      backwardBlock<Element, kernel, stride>(ChannelBlock<Element, true>(kBlock), at, shape, inputRows);
    } else {
      backwardBlock<Element, kernel, stride>(ChannelBlock<Element, false>(channels), at, shape, inputRows);
    }
  }
}

}  // namespace

template <typename Element>
void depthwiseBackward(const Element* x, const float* weights, const Element* outputGradient,
                       Element* inputGradient, float* weightGradient, const DepthwiseShape& shape,
                       const RowRange& inputRows) {
  const int64_t input = inputRows.image * shape.height * shape.width * shape.channels;
  const int64_t output = inputRows.image * shape.outputHeight() * shape.outputWidth() * shape.channels;
  const BackwardImage<Element> image = {x + input, inputGradient + input, outputGradient + output, weights,
                                        weightGradient};
  const bool three = shape.kernel == 3;
  if (shape.stride == 1) {
    (three ? backward<Element, 3, 1> : backward<Element, 5, 1>)(image, shape, inputRows);
  } else {
    (three ? backward<Element, 3, 2> : backward<Element, 5, 2>)(image, shape, inputRows);
  }
}

}  // namespace healthtensor::avx512
