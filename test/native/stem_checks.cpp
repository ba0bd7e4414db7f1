#include <ATen/core/Tensor.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/max_pool2d.h>

#include <limits>
#include <string>

#include "checks.h"
#include "comparison.h"
#include "kernels/conv_relu_pool.h"
#include "random_tensors.h"

namespace healthtensor::checks {
namespace {

struct Case {
  int64_t batch;
  int64_t inputs;
  int64_t outputs;
  int64_t height;
  int64_t width;
};

// Both numbers of channels, whole and broken blocks of outputs, sizes odd and even, below and above 16
// columns, one output and one row of them, work for one thread and for two.
constexpr Case kCases[] = {{1, 1, 32, 4, 4},   {2, 3, 32, 4, 5},   {3, 1, 16, 9, 8},
                           {2, 3, 48, 17, 19}, {5, 3, 8, 32, 33},  {2, 1, 100, 20, 16},
                           {4, 3, 32, 64, 64}, {1, 3, 64, 5, 130}, {3, 1, 32, 111, 50}};

std::string nameOf(const Case& shape) {
  return std::to_string(shape.batch) + "x" + std::to_string(shape.inputs) + "x" +
         std::to_string(shape.height) + "x" + std::to_string(shape.width) + " to " +
         std::to_string(shape.outputs);
}

void checkCase(const Case& shape, at::ScalarType type) {
  const at::Tensor x = normal({shape.batch, shape.inputs, shape.height, shape.width}, type);
  const at::Tensor taps = normal({shape.outputs, shape.inputs, 3, 3}, at::kFloat);
  const at::Tensor offsets = normal({shape.outputs}, at::kFloat);
  const at::Tensor weight = leaf(taps);
  const at::Tensor bias = leaf(offsets);
  const at::Tensor y = convReluPool(x, weight, bias);
  const at::Tensor gradient = normal(y.sizes(), type);
  y.backward(gradient);

  const at::Tensor exactWeight = leaf(taps.to(at::kDouble));
  const at::Tensor exactBias = leaf(offsets.to(at::kDouble));
  const at::Tensor exact = at::max_pool2d(at::conv2d(x.to(at::kDouble), exactWeight, exactBias).relu(), 2, 2);
  exact.backward(gradient.to(at::kDouble));

  Report report("convReluPool", type, nameOf(shape));
  report.add("y", y, exact);
  report.add("inferred", convReluPool(x, taps, offsets), exact);
  report.add("weightGradient", weight.grad(), exactWeight.grad());
  report.add("biasGradient", bias.grad(), exactBias.grad());
  report.print();
}

at::Tensor weightGradient(const at::Tensor& x, const at::Tensor& taps, const at::Tensor& offsets) {
  const at::Tensor weight = leaf(taps);
  convReluPool(x, weight, offsets).sum().backward();
  return weight.grad();
}

void checkFacts(at::ScalarType type) {
  const at::Tensor x = normal({4, 3, 64, 64}, type);
  const at::Tensor taps = normal({32, 3, 3, 3}, at::kFloat);
  const at::Tensor offsets = normal({32}, at::kFloat);
  printFact("the same gradient of the stem to the bit every time",
            at::equal(weightGradient(x, taps, offsets), weightGradient(x, taps, offsets)));

  // Only the lower right of an output's four convolved values is not a number.
  at::Tensor spoilt = normal({1, 1, 4, 4}, type);
  spoilt.select(2, 3).select(2, 3).fill_(std::numeric_limits<double>::quiet_NaN());
  const at::Tensor result = convReluPool(spoilt, normal({32, 1, 3, 3}, at::kFloat), offsets);
  printFact("a NaN passes ReLU and maximum", at::isnan(result).all().item<bool>());

  // All four values are equal: the gradient of the sum goes to one of them, not to all.
  const at::Tensor flat = at::full({1, 1, 4, 4}, 2, x.options()).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor one = at::full({32, 1, 3, 3}, 1, taps.options());
  const at::Tensor two = at::full({32, 1, 3, 3}, 2, taps.options());
  printFact("of equal values one gets the gradient",
            at::equal(weightGradient(flat, one, offsets.abs()), two));
}

}  // namespace

void checkStem() {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const Case& shape : kCases) checkCase(shape, type);
    checkFacts(type);
  }
}

}  // namespace healthtensor::checks
