#include "training/gradients.h"

#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>

#include <algorithm>

namespace healthtensor {

at::Tensor globalNorm(const std::vector<at::Tensor>& gradients) {
  return at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients)));
}

double clipFactor(double norm, double clipNorm) {
  constexpr double kEpsilon = 1e-6;
  return clipNorm == 0 ? 1 : std::min(1.0, clipNorm / (norm + kEpsilon));
}

}  // namespace healthtensor
