#include "models/layers.h"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>

#include <optional>

#include "failure.h"
#include "models/initialisers.h"

namespace healthtensor {
namespace {

constexpr double kBatchNormEpsilon = 1e-5;
constexpr double kBatchNormMomentum = 0.1;

std::vector<int64_t> weightShape(const ConvolutionShape& shape) {
  return {shape.outputs, shape.inputs / shape.groups, shape.kernel, shape.kernel};
}

at::Tensor convolve(const at::Tensor& x, const ConvolutionShape& shape, const at::Tensor& weight,
                    const std::optional<at::Tensor>& bias) {
  return at::conv2d(x, weight, bias, /*stride=*/shape.stride, /*padding=*/shape.padding, /*dilation=*/1,
                    shape.groups);
}

}  // namespace

Convolution::Convolution(StateTable& state, const std::string& name, const ConvolutionShape& shape,
                         Initialiser initialise)
    : shape_(shape),
      weight_(state.declare(name + ".weight", weightShape(shape), Role::kParameter, std::move(initialise))) {}

at::Tensor Convolution::operator()(const at::Tensor& x) const {
  return convolve(x, shape_, weight_.tensor, std::nullopt);
}

BiasedConvolution::BiasedConvolution(StateTable& state, const std::string& name,
                                     const ConvolutionShape& shape, Initialiser initialise)
    : shape_(shape),
      weight_(state.declare(name + ".weight", weightShape(shape), Role::kParameter, std::move(initialise))),
      bias_(state.declare(name + ".bias", {shape.outputs}, Role::kParameter, constant(0))) {}

at::Tensor BiasedConvolution::operator()(const at::Tensor& x) const {
  return convolve(x, shape_, weight_.tensor, bias_.tensor);
}

BatchNorm::BatchNorm(StateTable& state, const std::string& name, int64_t channels)
    : weight_(state.declare(name + ".weight", {channels}, Role::kParameter, constant(1))),
      bias_(state.declare(name + ".bias", {channels}, Role::kParameter, constant(0))),
      runningMean_(state.declare(name + ".running_mean", {channels}, Role::kBuffer, constant(0))),
      runningVariance_(state.declare(name + ".running_var", {channels}, Role::kVariance, constant(1))) {}

at::Tensor BatchNorm::operator()(const at::Tensor& x, const Pass& pass) const {
  // One value a channel has no variance: the unbiased estimate would divide by zero and poison the running
  // one for good.
  if (pass.isTraining() && x.numel() == x.size(1)) {
    throw Failure(
        "BATCH_TOO_SMALL",
        "Batch normalisation needs more than one value a channel: train with a --batch_size of 2 or more");
  }
  return at::batch_norm(x, weight_.tensor, bias_.tensor, runningMean_.tensor, runningVariance_.tensor,
                        pass.isTraining(), kBatchNormMomentum, kBatchNormEpsilon, /*cudnn_enabled=*/true);
}

Dense::Dense(StateTable& state, const std::string& name, int64_t inputs, int64_t outputs)
    : weight_(state.declare(name + ".weight", {outputs, inputs}, Role::kParameter,
                            glorotUniform(inputs, outputs))),
      bias_(state.declare(name + ".bias", {outputs}, Role::kParameter, constant(0))) {}

at::Tensor Dense::operator()(const at::Tensor& x) const {
  return at::linear(x, weight_.tensor, bias_.tensor);
}

at::Tensor dropout(const at::Tensor& x, double rate, const Pass& pass) {
  if (!pass.isTraining()) return x;
  at::Tensor mask = at::empty(x.sizes(), x.options().device(at::kCPU));
  mask.bernoulli_(1 - rate, pass.generator()).div_(1 - rate);
  return x.mul(mask.to(x.device()));
}

}  // namespace healthtensor
