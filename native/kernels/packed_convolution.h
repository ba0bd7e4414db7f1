#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "kernels/activation.h"
#include "kernels/norm_activation.h"
#include "kernels/onednn.h"
#ifdef HEALTHTENSOR_AVX512
#include "kernels/avx512/depthwise_function.h"
#endif

namespace healthtensor {

/// A convolution for inference alone: the batch norm behind it folded into its weights and bias, the weights
/// converted to the activations' type and, where oneDNN or for depthwise convolutions a kernel of our own
/// serves, laid out for it once. Not differentiable.
class PackedConvolution {
 public:
  /// `weight` float32 [outputs, inputs / groups, K, K]; `norm` with its running statistics, or `bias`, or
  /// neither. `input` is the first x: its type, device and sizes decide how the weights are packed; later
  /// inputs may differ in their sizes.
  PackedConvolution(const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                    const std::optional<NormTensors>& norm, const ConvolutionGeometry& geometry,
                    const at::Tensor& input);

  at::Tensor operator()(const at::Tensor& x, Activation activation) const;
  /// activation(convolution(x) + residual), written over the residual.
  at::Tensor addTo(at::Tensor residual, const at::Tensor& x, Activation activation) const;

 private:
  ConvolutionGeometry geometry_;
  bool onednn_;
  at::Tensor weight_;
  std::optional<at::Tensor> bias_;         ///< float32
  std::optional<at::Tensor> roundedBias_;  ///< in the activations' type
#ifdef HEALTHTENSOR_AVX512
  std::optional<avx512::PackedDepthwise> depthwise_;
#endif
};

}  // namespace healthtensor
