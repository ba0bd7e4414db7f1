#pragma once

#include "kernels/avx512/activation_lanes.h"
#include "kernels/avx512/channel_block.h"
#include "kernels/avx512/depthwise.h"

// The forward pass of depthwise.h, for the element type that the including file instantiates it with.

namespace healthtensor::avx512 {
namespace {

/// Output columns that one step computes: with two registers each they fill half of the 32, which leaves room
/// for a row of weights. It divides the widths of 224-pixel networks (112 ... 7).
constexpr int kForwardColumns = 7;

/// What the outputs are made with besides x.
struct ForwardLayer {
  const float* weights;
  const float* bias;
  Activation activation;
};

template <typename Element>
HEALTHTENSOR_INLINE void activateColumns(Activation activation, Lanes* columns) {
  const auto apply = [&]<Activation kind>() HEALTHTENSOR_LAMBDA {
    unroll<kForwardColumns>([&](auto t) HEALTHTENSOR_LAMBDA {
      columns[t] = {activated<kind, Element>(columns[t].first), activated<kind, Element>(columns[t].second)};
    });
  };
  switch (activation) {
    case Activation::kNone:
      return;
    case Activation::kRelu:
      return apply.template operator()<Activation::kRelu>();
    case Activation::kRelu6:
      return apply.template operator()<Activation::kRelu6>();
    case Activation::kSilu:
      return apply.template operator()<Activation::kSilu>();
  }
}

/// Neighbouring outputs of one row, all channels of a block. `rows` are the input rows under the kernel, null
/// where there is none, at the block's first channel; likewise `y`. A step that is not `interior` looks at
/// each column before it touches it.
template <typename Element, int kernel, int stride, bool whole, bool interior>
HEALTHTENSOR_INLINE void forwardStep(const ChannelBlock<Element, whole>& block, const Element* const* rows,
                                     const ForwardLayer& layer, Element* y, int64_t column,
                                     const DepthwiseShape& shape) {
  constexpr int inputs = (kForwardColumns - 1) * stride + kernel;
  const int64_t firstInput = column * stride - kernel / 2;
  Lanes sums[kForwardColumns];
  const Lanes bias = loadLanes(layer.bias);
  unroll<kForwardColumns>([&](auto t) HEALTHTENSOR_LAMBDA { sums[t] = bias; });
  for (int kernelRow = 0; kernelRow < kernel; ++kernelRow) {
    if (rows[kernelRow] == nullptr) continue;
    Lanes taps[kernel];
    unroll<kernel>([&](auto k) HEALTHTENSOR_LAMBDA {
      taps[k] = loadLanes(layer.weights + (kernelRow * kernel + k) * kBlock);
    });
    unroll<inputs>([&](auto i) HEALTHTENSOR_LAMBDA {
      if (!interior && (firstInput + i < 0 || firstInput + i >= shape.width)) return;
      const Lanes value = block.load(rows[kernelRow] + (firstInput + i) * shape.channels);
      unroll<kernel>([&](auto k) HEALTHTENSOR_LAMBDA {
        constexpr int reach = i - k;
        if constexpr (reach >= 0 && reach % stride == 0 && reach / stride < kForwardColumns) {
          sums[reach / stride] = multiplyAdd(value, taps[k], sums[reach / stride]);
        }
      });
    });
  }
  activateColumns<Element>(layer.activation, sums);
  unroll<kForwardColumns>([&](auto t) HEALTHTENSOR_LAMBDA {
    if (interior || column + t < shape.outputWidth()) block.store(y + t * shape.channels, sums[t]);
  });
}

template <typename Element, int kernel, int stride, bool whole>
void forwardRow(const ChannelBlock<Element, whole>& block, const Element* const* rows,
                const ForwardLayer& layer, Element* y, const DepthwiseShape& shape) {
  const int64_t columns = shape.outputWidth();
  for (int64_t column = 0; column < columns; column += kForwardColumns) {
    const int64_t lastInput = (column + kForwardColumns - 1) * stride + kernel / 2;
    const bool interior =
        column * stride >= kernel / 2 && lastInput < shape.width && column + kForwardColumns <= columns;
    Element* const outputs = y + column * shape.channels;
    if (interior) {
      forwardStep<Element, kernel, stride, whole, true>(block, rows, layer, outputs, column, shape);
    } else {
      forwardStep<Element, kernel, stride, whole, false>(block, rows, layer, outputs, column, shape);
    }
  }
}

template <typename Element, int kernel, int stride, bool whole>
void forwardBlock(const ChannelBlock<Element, whole>& block, const Element* image, const ForwardLayer& layer,
                  Element* y, const DepthwiseShape& shape, const RowRange& outputRows) {
  const int64_t inputStep = shape.width * shape.channels;
  const int64_t outputStep = shape.outputWidth() * shape.channels;
  for (int64_t row = outputRows.first; row < outputRows.last; ++row) {
    const Element* rows[kernel];
    for (int k = 0; k < kernel; ++k) {
      const int64_t input = row * stride + k - kernel / 2;
      rows[k] = input >= 0 && input < shape.height ? image + input * inputStep : nullptr;
    }
    forwardRow<Element, kernel, stride, whole>(block, rows, layer, y + row * outputStep, shape);
  }
}

template <typename Element, int kernel, int stride>
void forward(const Element* x, const ForwardLayer& layer, Element* y, const DepthwiseShape& shape,
             const RowRange& rows) {
  const Element* image = x + rows.image * shape.height * shape.width * shape.channels;
  Element* output = y + rows.image * shape.outputHeight() * shape.outputWidth() * shape.channels;
  for (int64_t channel = 0; channel < shape.channels; channel += kBlock) {
    const ForwardLayer at = {layer.weights + channel * kernel * kernel, layer.bias + channel,
                             layer.activation};
    const int64_t channels = shape.channels - channel;
    if (channels >= kBlock) {
      forwardBlock<Element, kernel, stride>(ChannelBlock<Element, true>(kBlock), image + channel, at,
                                            output + channel, shape, rows);
    } else {
      forwardBlock<Element, kernel, stride>(ChannelBlock<Element, false>(channels), image + channel, at,
                                            output + channel, shape, rows);
    }
  }
}

}  // namespace

template <typename Element>
void depthwiseForward(const Element* x, const float* weights, const float* bias, Activation activation,
                      Element* y, const DepthwiseShape& shape, const RowRange& outputRows) {
  const ForwardLayer layer = {weights, bias, activation};
  const bool three = shape.kernel == 3;
  if (shape.stride == 1) {
    (three ? forward<Element, 3, 1> : forward<Element, 5, 1>)(x, layer, y, shape, outputRows);
  } else {
    (three ? forward<Element, 3, 2> : forward<Element, 5, 2>)(x, layer, y, shape, outputRows);
  }
}

}  // namespace healthtensor::avx512
