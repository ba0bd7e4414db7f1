#include "models/layers.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>

#include <optional>

#include "kernels/conv_relu_pool.h"
#include "kernels/depthwise.h"
#include "kernels/max_pool.h"
#include "kernels/packed_layers.h"
#include "models/initialisers.h"

namespace healthtensor {
namespace {

std::vector<int64_t> weightShape(const ConvolutionShape& shape) {
  return {shape.outputs, shape.inputs / shape.groups, shape.kernel, shape.kernel};
}

ConvolutionGeometry geometry(const ConvolutionShape& shape) {
  return {.stride = shape.stride, .padding = shape.padding, .groups = shape.groups};
}

at::Tensor convolve(const at::Tensor& x, const ConvolutionShape& shape, const at::Tensor& weight,
                    const std::optional<at::Tensor>& bias) {
  const at::ScalarType type = x.scalar_type();
  return at::conv2d(x, weight.to(type), bias ? std::optional(bias->to(type)) : std::nullopt,
                    /*stride=*/shape.stride, /*padding=*/shape.padding, /*dilation=*/1, shape.groups);
}

at::Tensor eagerNorm(const at::Tensor& y, const NormTensors& norm, Activation activation,
                     const std::optional<at::Tensor>& residual) {
  const at::Tensor normed = at::batch_norm(y, norm.weight, norm.bias, norm.runningMean, norm.runningVariance,
                                           /*training=*/false, norm.momentum, norm.epsilon,
                                           /*cudnn_enabled=*/false);
  return activate(residual ? normed + *residual : normed, activation);
}

// A layer's answer, where a wish to stop is heard before the layer runs and before its gradient does.
template <typename Layer>
at::Tensor stoppable(const Pass& pass, const Layer& layer) {
  const Cancellation* cancellation = pass.cancellation();
  if (cancellation == nullptr) return layer();
  cancellation->throwIfCancelled();
  at::Tensor y = layer();
  if (y.requires_grad()) {
    y.register_hook([cancellation](const at::Tensor&) { cancellation->throwIfCancelled(); });
  }
  return y;
}

}  // namespace

NormedConvolution::NormedConvolution(StateTable& state, const std::string& convolution,
                                     const std::string& norm, const ConvolutionShape& shape,
                                     Activation activation, Initialiser initialise, double scale)
    : shape_(shape),
      activation_(activation),
      weight_(state.declare(convolution + ".weight", weightShape(shape), Role::kParameter,
                            std::move(initialise))),
      bias_(shape.bias ? &state.declare(convolution + ".bias", {shape.outputs}, Role::kParameter, constant(0))
                       : nullptr),
      normWeight_(state.declare(norm + ".weight", {shape.outputs}, Role::kParameter, constant(scale))),
      normBias_(state.declare(norm + ".bias", {shape.outputs}, Role::kParameter, constant(0))),
      runningMean_(state.declare(norm + ".running_mean", {shape.outputs}, Role::kBuffer, constant(0))),
      runningVariance_(state.declare(norm + ".running_var", {shape.outputs}, Role::kVariance, constant(1))) {}

at::Tensor NormedConvolution::operator()(const at::Tensor& x, const Pass& pass) const {
  return stoppable(pass, [&] { return run(x, std::nullopt, pass); });
}

at::Tensor NormedConvolution::addTo(const at::Tensor& residual, const at::Tensor& x, const Pass& pass) const {
  return stoppable(pass, [&] { return run(x, residual, pass); });
}

at::Tensor NormedConvolution::run(const at::Tensor& x, const std::optional<at::Tensor>& residual,
                                  const Pass& pass) const {
  if (pass.isTraining()) {
    const bool depthwise = shape_.groups == shape_.inputs && shape_.inputs == shape_.outputs;
    const at::Tensor y =
        depthwise ? depthwiseConvolution(x, weight_.tensor, shape_.stride)
                  : convolve(x, shape_, weight_.tensor, bias_ ? std::optional(bias_->tensor) : std::nullopt);
    return normActivation(y, norm(), activation_, residual, pass.collective());
  }
  if (pass.isEager()) {
    const at::Tensor y =
        convolve(x, shape_, weight_.tensor, bias_ ? std::optional(bias_->tensor) : std::nullopt);
    return eagerNorm(y, norm(), activation_, residual);
  }
  const auto pack = [&] {
    NormTensors folded = norm();
    if (bias_ != nullptr) folded.runningMean = folded.runningMean - bias_->tensor;
    return PackedConvolution(weight_.tensor, std::nullopt, folded, geometry(shape_), x);
  };
  const auto apply = [&](const PackedConvolution& packed) {
    return residual ? packed.addTo(*residual, x, activation_) : packed(x, activation_);
  };
  return apply(pass.packed() == nullptr ? pack() : pass.packed()->of(this, pack));
}

NormTensors NormedConvolution::norm() const {
  return {.weight = normWeight_.tensor,
          .bias = normBias_.tensor,
          .runningMean = runningMean_.tensor,
          .runningVariance = runningVariance_.tensor};
}

BiasedConvolution::BiasedConvolution(StateTable& state, const std::string& name,
                                     const ConvolutionShape& shape, Initialiser initialise)
    : shape_(shape),
      weight_(state.declare(name + ".weight", weightShape(shape), Role::kParameter, std::move(initialise))),
      bias_(state.declare(name + ".bias", {shape.outputs}, Role::kParameter, constant(0))) {}

at::Tensor BiasedConvolution::operator()(const at::Tensor& x, const Pass& pass, Activation activation) const {
  return stoppable(pass, [&] { return run(x, pass, activation); });
}

at::Tensor BiasedConvolution::run(const at::Tensor& x, const Pass& pass, Activation activation) const {
  if (pass.isTraining() || pass.isEager()) {
    return activate(convolve(x, shape_, weight_.tensor, bias_.tensor), activation);
  }
  const auto pack = [&] {
    return PackedConvolution(weight_.tensor, bias_.tensor, std::nullopt, geometry(shape_), x);
  };
  return pass.packed() == nullptr ? pack()(x, activation) : pass.packed()->of(this, pack)(x, activation);
}

at::Tensor BiasedConvolution::reluPool(const at::Tensor& x, const Pass& pass) const {
  if (!pass.isEager() && shape_.stride == 1 && shape_.padding == 0 && shape_.groups == 1 &&
      convReluPoolInOnePass(x, weight_.tensor)) {
    return convReluPool(x, weight_.tensor, bias_.tensor);
  }
  // ReLU after the maximum is the same as before it, on a quarter of the values.
  return maxPool((*this)(x, pass), {.kernel = 2, .stride = 2}).relu_();
}

Dense::Dense(StateTable& state, const std::string& name, int64_t inputs, int64_t outputs)
    : weight_(state.declare(name + ".weight", {outputs, inputs}, Role::kParameter,
                            glorotUniform(inputs, outputs), /*head=*/true)),
      bias_(state.declare(name + ".bias", {outputs}, Role::kParameter, constant(0), /*head=*/true)) {}

at::Tensor Dense::operator()(const at::Tensor& x, const Pass& pass, Activation activation) const {
  if (pass.isTraining() || pass.isEager()) {
    const at::ScalarType type = x.scalar_type();
    return activate(at::linear(x, weight_.tensor.to(type), bias_.tensor.to(type)), activation);
  }
  const auto pack = [&] { return PackedDense(weight_.tensor, bias_.tensor, x); };
  return pass.packed() == nullptr ? pack()(x, activation) : pass.packed()->of(this, pack)(x, activation);
}

at::Tensor dropout(const at::Tensor& x, double rate, const Pass& pass) {
  if (!pass.isTraining()) return x;
  const StepPart& part = pass.part();
  std::vector<int64_t> sizes = x.sizes().vec();
  if (part.images > 0) sizes[0] = part.images;
  at::Tensor mask = at::empty(sizes, x.options().device(at::kCPU));
  mask.bernoulli_(1 - rate, pass.generator()).div_(1 - rate);
  if (part.images > 0) mask = mask.narrow(/*dim=*/0, part.first, x.size(0));
  return x.mul(mask.to(x.device()));
}

}  // namespace healthtensor
