#pragma once

#include "kernels/norm_activation.h"

namespace healthtensor::avx512 {

/// What normActivation (kernels/norm_activation.h) promises, for an x that ownKernelsServe.
at::Tensor normFunction(const at::Tensor& x, const NormTensors& norm, Activation activation,
                        const std::optional<at::Tensor>& residual, Collective* collective);

/// x = activation(x) for a dense channels-last x that ownKernelsServe. Not differentiable.
void activateInPlace(const at::Tensor& x, Activation activation);

}  // namespace healthtensor::avx512
