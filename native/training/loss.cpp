#include "training/loss.h"

#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>

namespace healthtensor {

at::Tensor trainingLoss(const at::Tensor& logits, const at::Tensor& labels, double labelSmoothing) {
  const at::Tensor wanted =
      labelSmoothing == 0 ? labels : labels.mul(1 - labelSmoothing).add_(labelSmoothing / 2);
  return at::binary_cross_entropy_with_logits(logits, wanted, {}, {}, at::Reduction::Mean);
}

}  // namespace healthtensor
