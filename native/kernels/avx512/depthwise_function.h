#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "kernels/activation_kind.h"

namespace healthtensor::avx512 {

/// Whether the kernels exist for a weight [C, 1, K, K] and this stride.
bool depthwiseServes(const at::Tensor& weight, int64_t stride);

/// What depthwiseConvolution (kernels/depthwise.h) promises, for an x that ownKernelsServe.
at::Tensor depthwiseFunction(const at::Tensor& x, const at::Tensor& weight, int64_t stride);

/// activation(convolution + bias) in one pass, for inference. Not differentiable.
class PackedDepthwise {
 public:
  /// A weight that depthwiseServes and a bias [C], both float32; `type` is that of the inputs to come, which
  /// ownKernelsServe.
  PackedDepthwise(const at::Tensor& weight, const at::Tensor& bias, int64_t stride, at::ScalarType type);

  at::Tensor operator()(const at::Tensor& x, Activation activation) const;

 private:
  int64_t kernel_;
  int64_t stride_;
  std::vector<float> weights_;
  std::vector<float> bias_;
};

}  // namespace healthtensor::avx512
