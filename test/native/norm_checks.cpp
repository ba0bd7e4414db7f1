#include "norm_checks.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "checks.h"
#include "comparison.h"
#include "failure.h"
#include "image_shape.h"
#include "random_tensors.h"

namespace healthtensor::checks {
namespace {

// Channels that fill blocks of 32 alone, together with neighbouring pixels, and not at all; one image, one
// pixel.
constexpr ImageShape kCases[] = {{1, 32, 7, 7},  {5, 16, 1, 1},  {3, 1, 5, 4},     {3, 33, 9, 7},
                                 {1, 24, 3, 3},  {4, 24, 8, 8},  {2, 144, 14, 14}, {8, 40, 28, 28},
                                 {2, 672, 7, 7}, {8, 64, 56, 56}};
constexpr Activation kActivations[] = {Activation::kNone, Activation::kRelu, Activation::kRelu6,
                                       Activation::kSilu};
constexpr const char* kActivationNames[] = {"none", "relu", "relu6", "silu"};

at::Tensor activated(const at::Tensor& z, Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return at::relu(z);
    case Activation::kRelu6:
      return at::hardtanh(z, 0, 6);
    case Activation::kSilu:
      return at::silu(z);
    case Activation::kNone:
      break;
  }
  return z;
}

std::string nameOf(const ImageShape& shape, Activation activation, bool residual) {
  return std::to_string(shape.batch) + "x" + std::to_string(shape.channels) + "x" +
         std::to_string(shape.height) + "x" + std::to_string(shape.width) + " " +
         kActivationNames[static_cast<int>(activation)] + (residual ? " with a residual" : "");
}

/// The gradient, but zero where z is so near a kink of the activation that rounding decides its derivative.
at::Tensor awayFromKinks(const at::Tensor& gradient, const at::Tensor& z, at::ScalarType type) {
  const double near = type == at::kFloat ? 1e-4 : 0.1;
  return gradient * ((z.abs() > near) * ((z - 6).abs() > near)).to(type);
}

void checkCase(const ImageShape& shape, Activation activation, bool residual, at::ScalarType type) {
  const std::vector<int64_t> sizes = {shape.batch, shape.channels, shape.height, shape.width};
  // Values away from zero: a variance from the plain squares would lose digits.
  const at::Tensor values = normal(sizes, type, /*spread=*/2, /*mean=*/3);
  const at::Tensor others = normal(sizes, type);
  const at::Tensor scale = normal({shape.channels}, at::kFloat, 0.5, 1);
  const at::Tensor shift = normal({shape.channels}, at::kFloat);
  const auto wanted = [&](const at::Tensor& leafOfResidual) {
    return residual ? std::optional(leafOfResidual) : std::nullopt;
  };

  const at::Tensor exactX = leaf(values.to(at::kDouble));
  const at::Tensor exactOther = leaf(others.to(at::kDouble));
  const NormTensors exactNorm = normTensors(scale.to(at::kDouble), shift.to(at::kDouble));
  const at::Tensor z = referenceNorm(exactX, exactNorm, Activation::kNone, wanted(exactOther));
  const at::Tensor exact = activated(z, activation);
  const at::Tensor gradient = awayFromKinks(normal(sizes, type), z.detach(), type);
  exact.backward(gradient.to(at::kDouble));

  const at::Tensor x = leaf(values);
  const at::Tensor other = leaf(others);
  const NormTensors norm = normTensors(scale, shift);
  const at::Tensor y = normActivation(x, norm, activation, wanted(other));
  y.backward(gradient);

  Report report("norm", type, nameOf(shape, activation, residual));
  report.add("y", y, exact);
  report.add("inputGradient", x.grad(), exactX.grad());
  if (residual) report.add("residualGradient", other.grad(), exactOther.grad());
  report.add("weightGradient", norm.weight.grad(), exactNorm.weight.grad());
  report.add("biasGradient", norm.bias.grad(), exactNorm.bias.grad());
  report.add("runningMean", norm.runningMean, exactNorm.runningMean);
  report.add("runningVariance", norm.runningVariance, exactNorm.runningVariance);
  report.print();
}

/// A variance far below the square of the mean.
void checkFarMean() {
  const at::Tensor values = normal({4, 32, 16, 16}, at::kFloat, /*spread=*/0.01, /*mean=*/100);
  NormTensors norm = normTensors(at::ones({32}), at::zeros({32}));
  norm.momentum = 1;
  normActivation(values, norm, Activation::kNone);
  Report report("norm", at::kFloat, "mean 10000 standard deviations from zero");
  report.add("runningVariance", norm.runningVariance, values.to(at::kDouble).var({0, 2, 3}));
  report.print();
}

void checkNaN(Activation activation) {
  at::Tensor values = normal({2, 32, 4, 4}, at::kFloat);
  values.select(0, 1).select(0, 3).fill_(std::nan(""));
  const at::Tensor y = normActivation(values, normTensors(at::ones({32}), at::zeros({32})), activation);
  printFact(std::string("NaN stays NaN through ") + kActivationNames[static_cast<int>(activation)],
            at::isnan(y).select(1, 3).all().item<bool>());
}

void checkSmallBatch() {
  std::string code;
  try {
    normActivation(normal({1, 8, 1, 1}, at::kFloat), normTensors(at::ones({8}), at::zeros({8})),
                   Activation::kRelu);
  } catch (const Failure& failure) {
    code = failure.code();
  }
  printFact("one value a channel is BATCH_TOO_SMALL", code == "BATCH_TOO_SMALL");
}

}  // namespace

NormTensors normTensors(const at::Tensor& weight, const at::Tensor& bias) {
  return {.weight = leaf(weight),
          .bias = leaf(bias),
          .runningMean = at::zeros(weight.sizes(), weight.options()),
          .runningVariance = at::ones(weight.sizes(), weight.options())};
}

at::Tensor referenceNorm(const at::Tensor& x, const NormTensors& norm, Activation activation,
                         const std::optional<at::Tensor>& residual) {
  const at::Tensor y =
      at::batch_norm(x, norm.weight, norm.bias, norm.runningMean, norm.runningVariance, /*training=*/true,
                     norm.momentum, norm.epsilon, /*cudnn_enabled=*/false);
  return activated(residual ? y + *residual : y, activation);
}

void checkNormActivation() {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const ImageShape& shape : kCases) {
      for (const Activation activation : kActivations) {
        for (const bool residual : {false, true}) checkCase(shape, activation, residual, type);
      }
    }
  }
  checkFarMean();
  for (const Activation activation : kActivations) checkNaN(activation);
  checkSmallBatch();
}

}  // namespace healthtensor::checks
