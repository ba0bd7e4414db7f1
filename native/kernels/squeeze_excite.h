#pragma once

#include <ATen/core/Tensor.h>

namespace healthtensor {

/// The two 1x1 convolutions of squeeze-and-excitation; every tensor float32: C channels through R.
struct SqueezeExciteTensors {
  at::Tensor reduceWeight;  ///< [R, C, 1, 1]
  at::Tensor reduceBias;    ///< [R]
  at::Tensor expandWeight;  ///< [C, R, 1, 1]
  at::Tensor expandBias;    ///< [C]
};

/// Squeeze-and-excitation (Hu et al. 2017) as in EfficientNet: x times, for each image and channel,
/// sigmoid(expand(silu(reduce(mean of x over height and width)))). x [N, C, H, W] channels-last; the result
/// has its type, the gate is computed in float32. Differentiable in x and all four tensors; where no
/// gradients are recorded the result is written over x.
at::Tensor squeezeExcite(const at::Tensor& x, const SqueezeExciteTensors& tensors);

}  // namespace healthtensor
