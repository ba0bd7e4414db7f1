#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "kernels/norm_activation.h"

namespace healthtensor::checks {

/// A batch norm's tensors, with gradients wanted for weight and bias.
NormTensors normTensors(const at::Tensor& weight, const at::Tensor& bias);

/// What norm, residual and activation come to by ATen in the type of x, with running estimates.
at::Tensor referenceNorm(const at::Tensor& x, const NormTensors& norm, Activation activation,
                         const std::optional<at::Tensor>& residual);

}  // namespace healthtensor::checks
