#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace healthtensor {

/// L2 norm of all gradients together, a float32 scalar on their device; NaN or infinite when one of them is.
/// One pass over them.
at::Tensor globalNorm(const std::vector<at::Tensor>& gradients);

/// What gradients of this norm are multiplied by so that it is at most `clipNorm`; 1 when `clipNorm` is 0.
/// With torch's epsilon (clip_grad_norm_).
double clipFactor(double norm, double clipNorm);

}  // namespace healthtensor
