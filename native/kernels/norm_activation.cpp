#include "kernels/norm_activation.h"

#include <ATen/ops/batch_norm.h>

#include "failure.h"

namespace healthtensor {

at::Tensor normActivation(const at::Tensor& x, const NormTensors& norm, Activation activation,
                          const std::optional<at::Tensor>& residual, Collective* /*collective*/) {
  // One value a channel has no variance: the unbiased estimate would divide by zero and poison the running
  // one for good.
  if (x.numel() == x.size(1)) {
    throw Failure(
        "BATCH_TOO_SMALL",
        "Batch normalisation needs more than one value a channel: train with a --batch_size of 2 or more");
  }
  at::Tensor y = at::batch_norm(x, norm.weight, norm.bias, norm.runningMean, norm.runningVariance,
                                /*training=*/true, norm.momentum, norm.epsilon, /*cudnn_enabled=*/true);
  if (residual) y = y.add_(*residual);
  return activate(y, activation);
}

}  // namespace healthtensor
