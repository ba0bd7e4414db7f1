#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "kernels/activation.h"

namespace healthtensor {

class Collective;

/// Tensors and constants of a batch normalisation (Ioffe and Szegedy 2015); every tensor float32 [C].
struct NormTensors {
  at::Tensor weight;
  at::Tensor bias;
  at::Tensor runningMean;
  at::Tensor runningVariance;
  double epsilon = 1e-5;
  /// Part of the new batch in the running estimates; the variance goes in unbiased, as in torch.
  double momentum = 0.1;
};

/// activation(batchNorm(x) + residual) with the statistics of this batch, over all processes if there is a
/// collective, and updates the running estimates. x [N, C, H, W] channels-last; the result has its type.
/// Differentiable in x, residual, weight and bias.
at::Tensor normActivation(const at::Tensor& x, const NormTensors& norm, Activation activation,
                          const std::optional<at::Tensor>& residual = std::nullopt,
                          Collective* collective = nullptr);

}  // namespace healthtensor
