#include "kernels/norm_activation.h"

#include <ATen/ops/batch_norm.h>

#include "kernels/batch_moments.h"
#include "kernels/kernel_choice.h"
#ifdef HEALTHTENSOR_AVX512
#include "kernels/avx512/norm_function.h"
#endif

namespace healthtensor {
namespace {

at::Tensor normByAten(const at::Tensor& x, const NormTensors& norm, Collective* collective) {
  if (collective != nullptr) return synchronisedNorm(x, norm, *collective);
  requireVariance(static_cast<double>(x.numel() / x.size(1)));
  return at::batch_norm(x, norm.weight, norm.bias, norm.runningMean, norm.runningVariance, /*training=*/true,
                        norm.momentum, norm.epsilon, /*cudnn_enabled=*/true);
}

}  // namespace

at::Tensor normActivation(const at::Tensor& x, const NormTensors& norm, Activation activation,
                          const std::optional<at::Tensor>& residual, Collective* collective) {
#ifdef HEALTHTENSOR_AVX512
  if (ownKernelsServe(x)) return avx512::normFunction(x, norm, activation, residual, collective);
#endif
  at::Tensor y = normByAten(x, norm, collective);
  if (residual) y = y.add_(*residual);
  return activate(y, activation);
}

}  // namespace healthtensor
