#include "kernels/squeeze_excite.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/silu.h>

namespace healthtensor {

at::Tensor squeezeExcite(const at::Tensor& x, const SqueezeExciteTensors& tensors) {
  const at::Tensor pooled = x.mean({2, 3}, /*keepdim=*/false, /*dtype=*/at::kFloat);
  const at::Tensor reduced =
      at::silu(at::linear(pooled, tensors.reduceWeight.flatten(1), tensors.reduceBias));
  const at::Tensor gate = at::linear(reduced, tensors.expandWeight.flatten(1), tensors.expandBias).sigmoid();
  const at::Tensor factor = gate.to(x.scalar_type()).view({x.size(0), x.size(1), 1, 1});
  return at::GradMode::is_enabled() ? x.mul(factor) : at::Tensor(x).mul_(factor);
}

}  // namespace healthtensor
