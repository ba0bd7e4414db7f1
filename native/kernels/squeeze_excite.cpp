#include "kernels/squeeze_excite.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/silu.h>

#include "kernels/kernel_choice.h"
#ifdef HEALTHTENSOR_AVX512
#include "kernels/avx512/squeeze_excite_function.h"
#endif

namespace healthtensor {

at::Tensor squeezeExcite(const at::Tensor& x, const SqueezeExciteTensors& tensors) {
#ifdef HEALTHTENSOR_AVX512
  if (x.numel() > 0 && ownKernelsServe(x)) return avx512::squeezeExciteFunction(x, tensors);
#endif
  const at::Tensor pooled = x.mean({2, 3}, /*keepdim=*/false, /*dtype=*/at::kFloat);
  const at::Tensor reduced =
      at::silu(at::linear(pooled, tensors.reduceWeight.flatten(1), tensors.reduceBias));
  const at::Tensor gate = at::linear(reduced, tensors.expandWeight.flatten(1), tensors.expandBias).sigmoid();
  const at::Tensor factor = gate.to(x.scalar_type()).view({x.size(0), x.size(1), 1, 1});
  return at::GradMode::is_enabled() ? x.mul(factor) : at::Tensor(x).mul_(factor);
}

}  // namespace healthtensor
