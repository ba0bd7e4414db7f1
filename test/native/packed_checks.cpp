#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linear.h>

#include <string>

#include "checks.h"
#include "comparison.h"
#include "kernels/activation.h"
#include "kernels/packed_convolution.h"
#include "kernels/packed_dense.h"
#include "norm_checks.h"
#include "random_tensors.h"

namespace healthtensor::checks {
namespace {

struct Case {
  const char* name;
  int64_t inputs;
  int64_t outputs;
  int64_t kernel;
  int64_t stride;
  int64_t groups;
  Activation activation;
};

using enum Activation;
constexpr Case kCases[] = {{"1x1 relu", 32, 64, 1, 1, 1, kRelu},
                           {"1x1 silu", 24, 40, 1, 1, 1, kSilu},
                           {"3x3 none", 16, 32, 3, 1, 1, kNone},
                           {"3x3 stride 2 relu6", 3, 32, 3, 2, 1, kRelu6},
                           {"depthwise relu6", 48, 48, 3, 1, 48, kRelu6},
                           {"depthwise stride 2 relu", 70, 70, 3, 2, 70, kRelu},
                           {"depthwise 5x5 none", 24, 24, 5, 1, 24, kNone},
                           {"depthwise 5x5 stride 2 silu", 40, 40, 5, 2, 40, kSilu}};

NormTensors runningNorm(int64_t channels) {
  NormTensors norm = normTensors(normal({channels}, at::kFloat), normal({channels}, at::kFloat));
  norm.runningMean = normal({channels}, at::kFloat, 3);
  norm.runningVariance = normal({channels}, at::kFloat).abs().add(0.5);
  return norm;
}

// Convolution, norm with the running statistics, residual and activation one after the other in float64.
at::Tensor exact(const Case& layer, const at::Tensor& x, const at::Tensor& weight, const NormTensors& norm,
                 const at::Tensor* residual) {
  const auto wide = [](const at::Tensor& tensor) { return tensor.to(at::kDouble); };
  at::Tensor y = at::conv2d(wide(x), wide(weight), {}, layer.stride, layer.kernel / 2, 1, layer.groups);
  y = at::batch_norm(y, wide(norm.weight), wide(norm.bias), wide(norm.runningMean),
                     wide(norm.runningVariance), /*training=*/false, 0, norm.epsilon, false);
  if (residual != nullptr) y = y + wide(*residual);
  return activate(y, layer.activation);
}

void checkCase(const Case& layer, at::ScalarType type) {
  const at::NoGradGuard noGradients;
  const at::Tensor x = normal({4, layer.inputs, 15, 14}, type);
  const at::Tensor last = normal({1, layer.inputs, 15, 14}, type);
  const at::Tensor weight =
      normal({layer.outputs, layer.inputs / layer.groups, layer.kernel, layer.kernel}, at::kFloat);
  const NormTensors norm = runningNorm(layer.outputs);
  const ConvolutionGeometry geometry{
      .stride = layer.stride, .padding = layer.kernel / 2, .groups = layer.groups};
  const PackedConvolution packed(weight, std::nullopt, norm, geometry, x);
  const at::Tensor y = packed(x, layer.activation);
  const at::Tensor residual = normal(y.sizes(), type);

  Report report("packedConvolution", type, layer.name);
  report.add("y", y, exact(layer, x, weight, norm, nullptr));
  report.add("lastBatch", packed(last, layer.activation), exact(layer, last, weight, norm, nullptr));
  report.add("added", packed.addTo(residual.clone(), x, layer.activation),
             exact(layer, x, weight, norm, &residual));
  report.print();
  printFact(std::string("the same twice: packed ") + layer.name, at::equal(y, packed(x, layer.activation)));
}

void checkDense(at::ScalarType type) {
  const at::NoGradGuard noGradients;
  const at::Tensor x = normal({8, 100}, type);
  const at::Tensor last = normal({3, 100}, type);
  const at::Tensor weight = normal({14, 100}, at::kFloat);
  const at::Tensor bias = normal({14}, at::kFloat);
  const PackedDense packed(weight, bias, x);
  const auto wide = [&](const at::Tensor& rows) {
    return at::linear(rows.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble)).relu();
  };
  Report report("packedDense", type, "100 to 14");
  report.add("y", packed(x, kRelu), wide(x));
  report.add("lastBatch", packed(last, kRelu), wide(last));
  report.print();
}

}  // namespace

void checkPacked() {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const Case& layer : kCases) checkCase(layer, type);
    checkDense(type);
  }
}

}  // namespace healthtensor::checks
