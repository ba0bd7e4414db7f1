#include "kernels/packed_convolution.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/conv2d.h>

namespace healthtensor {

PackedConvolution::PackedConvolution(const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                                     const std::optional<NormTensors>& norm,
                                     const ConvolutionGeometry& geometry, const at::Tensor& input)
    : geometry_(geometry), weight_(weight), bias_(bias.value_or(at::Tensor())) {
  if (norm) {
    const at::Tensor scale = norm->weight / (norm->runningVariance + norm->epsilon).sqrt();
    weight_ = weight * scale.view({-1, 1, 1, 1});
    bias_ = norm->bias - norm->runningMean * scale;
  }
  weight_ = weight_.to(input.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
  if (bias_.defined()) bias_ = bias_.to(input.scalar_type());
}

at::Tensor PackedConvolution::operator()(const at::Tensor& x, Activation activation) const {
  const std::optional<at::Tensor> bias = bias_.defined() ? std::optional(bias_) : std::nullopt;
  return activate(
      at::conv2d(x, weight_, bias, geometry_.stride, geometry_.padding, /*dilation=*/1, geometry_.groups),
      activation);
}

at::Tensor PackedConvolution::addTo(at::Tensor residual, const at::Tensor& x, Activation activation) const {
  return activate(residual.add_((*this)(x, Activation::kNone)), activation);
}

}  // namespace healthtensor
