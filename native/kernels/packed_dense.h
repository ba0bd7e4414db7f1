#pragma once

#include <ATen/core/Tensor.h>

#include "kernels/activation.h"

namespace healthtensor {

/// activation(x W^T + b) for inference alone, the weights converted to x's type and packed once: a copy of
/// them, which lives as long as this. Not differentiable.
class PackedDense {
 public:
  /// `weight` float32 [outputs, inputs]; `input` is the first x [rows, inputs].
  PackedDense(const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& input);

  at::Tensor operator()(const at::Tensor& x, Activation activation) const;

 private:
  bool onednn_;
  at::Tensor weight_;
  at::Tensor bias_;
};

}  // namespace healthtensor
