#include "kernels/packed_convolution.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/zeros.h>

#include "kernels/kernel_choice.h"
#ifdef HEALTHTENSOR_AVX512
#include "kernels/avx512/norm_function.h"
#endif

namespace healthtensor {

PackedConvolution::PackedConvolution(const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                                     const std::optional<NormTensors>& norm,
                                     const ConvolutionGeometry& geometry, const at::Tensor& input)
    : geometry_(geometry), onednn_(onednn::serves(input)), weight_(weight), bias_(bias) {
  const at::NoGradGuard noGradients;
  if (norm) {
    const at::Tensor scale = norm->weight / (norm->runningVariance + norm->epsilon).sqrt();
    weight_ = weight * scale.view({-1, 1, 1, 1});
    bias_ = norm->bias - norm->runningMean * scale;
  }
#ifdef HEALTHTENSOR_AVX512
  const bool depthwise = geometry.groups == weight.size(0) && geometry.padding == weight.size(2) / 2;
  if (depthwise && ownKernelsServe(input) && avx512::depthwiseServes(weight, geometry.stride)) {
    const at::Tensor summand = bias_ ? *bias_ : at::zeros({weight.size(0)}, weight.options());
    depthwise_.emplace(weight_, summand, geometry.stride, input.scalar_type());
    onednn_ = false;
    return;
  }
#endif
  weight_ = weight_.to(input.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
  // oneDNN adds a float32 bias, which is worth having: the error of a rounded one is the same at every pixel,
  // so that it does not average out. In the sum with a residual libtorch refuses it.
  if (bias_) roundedBias_ = bias_->to(input.scalar_type());
  if (onednn_) weight_ = onednn::packConvolution(weight_, geometry_, input.sizes());
}

at::Tensor PackedConvolution::operator()(const at::Tensor& x, Activation activation) const {
#ifdef HEALTHTENSOR_AVX512
  if (depthwise_) return (*depthwise_)(x, activation);
  if (onednn_ && activation == Activation::kSilu && ownKernelsServe(x)) {
    // A pass over what lies in the cache takes less time than oneDNN's exact exponentials.
    at::Tensor y = onednn::convolution(x, weight_, bias_, geometry_, Activation::kNone);
    avx512::activateInPlace(y, activation);
    return y;
  }
#endif
  if (onednn_) return onednn::convolution(x, weight_, bias_, geometry_, activation);
  return activate(at::conv2d(x, weight_, roundedBias_, geometry_.stride, geometry_.padding, /*dilation=*/1,
                             geometry_.groups),
                  activation);
}

at::Tensor PackedConvolution::addTo(at::Tensor residual, const at::Tensor& x, Activation activation) const {
  // oneDNN ends a sum with a ReLU only.
  if (onednn_ && (activation == Activation::kNone || activation == Activation::kRelu)) {
    return onednn::convolutionAddTo(std::move(residual), x, weight_, roundedBias_, geometry_, activation);
  }
  return activate(residual.add_((*this)(x, Activation::kNone)), activation);
}

}  // namespace healthtensor
