#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>

namespace healthtensor::checks {

/// Normal values, as `type` represents them.
inline at::Tensor normal(at::IntArrayRef sizes, at::ScalarType type, double spread = 1, double mean = 0) {
  const at::Tensor values = at::randn(sizes, at::TensorOptions(at::kFloat)).mul_(spread).add_(mean).to(type);
  return sizes.size() == 4 ? values.contiguous(at::MemoryFormat::ChannelsLast) : values;
}

/// A leaf that gradients are wanted for.
inline at::Tensor leaf(const at::Tensor& values) { return values.detach().clone().requires_grad_(true); }

}  // namespace healthtensor::checks
