#include "kernels/activation.h"

#include <ATen/ops/hardtanh.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>

namespace healthtensor {

at::Tensor activate(at::Tensor x, Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return at::relu_(x);
    case Activation::kRelu6:
      return at::hardtanh_(x, 0, 6);
    case Activation::kSilu:
      return at::silu_(x);
    case Activation::kNone:
      break;
  }
  return x;
}

}  // namespace healthtensor
