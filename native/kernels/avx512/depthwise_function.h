#pragma once

#include <ATen/core/Tensor.h>

namespace healthtensor::avx512 {

/// Whether the kernels exist for a weight [C, 1, K, K] and this stride.
bool depthwiseServes(const at::Tensor& weight, int64_t stride);

/// What depthwiseConvolution (kernels/depthwise.h) promises, for an x that ownKernelsServe.
at::Tensor depthwiseFunction(const at::Tensor& x, const at::Tensor& weight, int64_t stride);

}  // namespace healthtensor::avx512
