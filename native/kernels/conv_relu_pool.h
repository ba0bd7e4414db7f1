#pragma once

#include <ATen/core/Tensor.h>

namespace healthtensor {

/// maxPool2x2(relu(convolution(x) + bias)): x [N, C, H, W] in the channels-last layout, weight float32
/// [O, C, K, K], no padding, bias float32 [O]. The result has x's type. Differentiable.
at::Tensor convReluPool(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

/// Whether that is done here in one pass over memory, in float32 between x and the result: where
/// ownKernelsServe, K is 3, and x has one or three channels and needs no gradient.
bool convReluPoolInOnePass(const at::Tensor& x, const at::Tensor& weight);

}  // namespace healthtensor
