#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/silu.h>

#include <string>

#include "checks.h"
#include "comparison.h"
#include "kernels/squeeze_excite.h"
#include "random_tensors.h"

namespace healthtensor::checks {
namespace {

struct Case {
  int64_t batch;
  int64_t channels;
  int64_t reduced;
  int64_t height;
  int64_t width;
};

// Channels that fill blocks of 32 alone, together with neighbouring pixels, and not at all; one pixel; more
// pixels than one sum is over; hidden values that fill no register, or more than one.
constexpr Case kCases[] = {{1, 32, 8, 7, 7},   {3, 1, 1, 1, 1},      {5, 33, 3, 9, 7},   {2, 144, 6, 14, 14},
                           {3, 24, 4, 17, 16}, {4, 240, 10, 28, 28}, {2, 672, 28, 7, 7}, {2, 96, 20, 40, 23}};

/// Leaves with these values in this type.
SqueezeExciteTensors leaves(const SqueezeExciteTensors& values, at::ScalarType type) {
  const auto made = [&](const at::Tensor& tensor) { return leaf(tensor.to(type)); };
  return {made(values.reduceWeight), made(values.reduceBias), made(values.expandWeight),
          made(values.expandBias)};
}

at::Tensor reference(const at::Tensor& x, const SqueezeExciteTensors& tensors) {
  const at::Tensor hidden =
      at::silu(at::linear(x.mean({2, 3}), tensors.reduceWeight.flatten(1), tensors.reduceBias));
  const at::Tensor gate = at::linear(hidden, tensors.expandWeight.flatten(1), tensors.expandBias).sigmoid();
  return x * gate.view({x.size(0), x.size(1), 1, 1});
}

void checkCase(const Case& shape, at::ScalarType type) {
  // Means and weights of a size that bends both the SiLU and the sigmoid.
  const at::Tensor values = normal({shape.batch, shape.channels, shape.height, shape.width}, type, 1, 0.5);
  const SqueezeExciteTensors tensors = {
      normal({shape.reduced, shape.channels, 1, 1}, at::kFloat, 0.3), normal({shape.reduced}, at::kFloat),
      normal({shape.channels, shape.reduced, 1, 1}, at::kFloat, 0.3), normal({shape.channels}, at::kFloat)};
  const at::Tensor exactX = leaf(values.to(at::kDouble));
  const SqueezeExciteTensors exact = leaves(tensors, at::kDouble);
  const at::Tensor exactY = reference(exactX, exact);
  const at::Tensor gradient = normal(values.sizes(), type);
  exactY.backward(gradient.to(at::kDouble));

  const at::Tensor x = leaf(values);
  const SqueezeExciteTensors own = leaves(tensors, at::kFloat);
  const at::Tensor y = squeezeExcite(x, own);
  y.backward(gradient);

  Report report("squeezeExcite", type,
                std::to_string(shape.batch) + "x" + std::to_string(shape.channels) + "x" +
                    std::to_string(shape.height) + "x" + std::to_string(shape.width) + " through " +
                    std::to_string(shape.reduced));
  report.add("y", y, exactY);
  {
    const at::NoGradGuard noGradients;
    report.add("inferred", squeezeExcite(values.clone(), tensors), exactY);
  }
  report.add("inputGradient", x.grad(), exactX.grad());
  report.add("reduceWeightGradient", own.reduceWeight.grad(), exact.reduceWeight.grad());
  report.add("reduceBiasGradient", own.reduceBias.grad(), exact.reduceBias.grad());
  report.add("expandWeightGradient", own.expandWeight.grad(), exact.expandWeight.grad());
  report.add("expandBiasGradient", own.expandBias.grad(), exact.expandBias.grad());
  report.print();
  printFact("squeezeExcite leaves its input alone where gradients are recorded",
            at::equal(x.detach(), values));
}

}  // namespace

void checkSqueezeExcite() {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const Case& shape : kCases) checkCase(shape, type);
  }
}

}  // namespace healthtensor::checks
