#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/activation_kind.h"

namespace healthtensor {

/// Applies it by ATen, in place where autograd allows. Differentiable.
at::Tensor activate(at::Tensor x, Activation activation);

}  // namespace healthtensor
