#include "kernels/packed_dense.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/linear.h>

#include "kernels/onednn.h"

namespace healthtensor {

PackedDense::PackedDense(const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& input)
    // In float32 as well: on AMD's processors MKL does without AVX-512 and rearranges the weights at each
    // call.
    : onednn_(onednn::serves(input)) {
  const at::NoGradGuard noGradients;
  weight_ = weight.detach().to(input.scalar_type());
  bias_ = bias.detach().to(input.scalar_type());
  if (onednn_) weight_ = onednn::packLinear(weight_, input.size(0));
}

at::Tensor PackedDense::operator()(const at::Tensor& x, Activation activation) const {
  if (onednn_) return onednn::linear(x, weight_, bias_, activation);
  return activate(at::linear(x, weight_, bias_), activation);
}

}  // namespace healthtensor
