#pragma once

#include <ATen/core/Tensor.h>

namespace healthtensor {

/// What follows a convolution. SiLU is x * sigmoid(x) (EfficientNet's "swish"); ReLU6 is clipped to 0..6.
enum class Activation { kNone, kRelu, kRelu6, kSilu };

/// Applies it by ATen, in place where autograd allows. Differentiable.
at::Tensor activate(at::Tensor x, Activation activation);

}  // namespace healthtensor
