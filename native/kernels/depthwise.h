#pragma once

#include <ATen/core/Tensor.h>

namespace healthtensor {

/// Convolution of each channel by itself: x [N, C, H, W] in the channels-last layout, weight float32
/// [C, 1, K, K], padding K / 2. The result has x's type. Differentiable in x and weight.
at::Tensor depthwiseConvolution(const at::Tensor& x, const at::Tensor& weight, int64_t stride);

}  // namespace healthtensor
