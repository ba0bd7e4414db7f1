#pragma once

#include <ATen/core/Tensor.h>

namespace healthtensor::avx512 {

/// Whether the kernels exist for a weight [O, C, K, K] and an x that needs no gradient.
bool stemServes(const at::Tensor& x, const at::Tensor& weight);

/// What convReluPool (kernels/conv_relu_pool.h) promises, for an x that ownKernelsServe.
at::Tensor stemFunction(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace healthtensor::avx512
