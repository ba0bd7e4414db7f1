#include <ATen/core/Tensor.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/equal.h>

#include <exception>

#include "checks.h"
#include "comparison.h"
#include "image_shape.h"
#include "kernels/depthwise.h"
#include "kernels/kernel_choice.h"
#include "random_tensors.h"

namespace healthtensor::checks {
namespace {

// Whole and broken blocks of 32 channels, single pixels, odd and even sizes, widths around the kernels' steps
// of 7 and 8 columns, and work for one thread and for two.
constexpr ImageShape kCases[] = {{1, 32, 7, 7},   {2, 16, 1, 1},  {1, 1, 5, 4},     {3, 33, 9, 8},
                                 {2, 40, 15, 16}, {1, 64, 2, 29}, {2, 144, 14, 14}, {5, 24, 28, 1},
                                 {1, 96, 56, 55}, {4, 672, 7, 7}};

std::string nameOf(const ImageShape& shape, int64_t kernel, int64_t stride) {
  return std::to_string(shape.batch) + "x" + std::to_string(shape.channels) + "x" +
         std::to_string(shape.height) + "x" + std::to_string(shape.width) + " kernel " +
         std::to_string(kernel) + " stride " + std::to_string(stride);
}

void checkCase(const ImageShape& shape, int64_t kernel, int64_t stride, at::ScalarType type) {
  const at::Tensor values = normal({shape.batch, shape.channels, shape.height, shape.width}, type);
  const at::Tensor taps = normal({shape.channels, 1, kernel, kernel}, at::kFloat);
  const at::Tensor x = leaf(values);
  const at::Tensor weight = leaf(taps);
  const at::Tensor y = depthwiseConvolution(x, weight, stride);
  const at::Tensor gradient = normal(y.sizes(), type);
  y.backward(gradient);

  const at::Tensor exactX = leaf(values.to(at::kDouble));
  const at::Tensor exactWeight = leaf(taps.to(at::kDouble));
  const at::Tensor exact =
      at::conv2d(exactX, exactWeight, {}, stride, kernel / 2, /*dilation=*/1, /*groups=*/shape.channels);
  exact.backward(gradient.to(at::kDouble));

  Report report("depthwise", type, nameOf(shape, kernel, stride));
  report.add("y", y, exact);
  report.add("inputGradient", x.grad(), exactX.grad());
  report.add("weightGradient", weight.grad(), exactWeight.grad());
  report.print();
}

at::Tensor weightGradient(const at::Tensor& values, const at::Tensor& taps) {
  const at::Tensor weight = leaf(taps);
  depthwiseConvolution(values, weight, 1).sum().backward();
  return weight.grad();
}

void checkRepetition(at::ScalarType type) {
  const at::Tensor values = normal({8, 48, 56, 56}, type);
  const at::Tensor taps = normal({48, 1, 3, 3}, at::kFloat);
  printFact("the same weight gradient to the bit every time",
            at::equal(weightGradient(values, taps), weightGradient(values, taps)));
}

void checkSecondDerivative() {
  const at::Tensor x = leaf(normal({1, 8, 4, 4}, at::kFloat));
  const at::Tensor weight = leaf(normal({8, 1, 3, 3}, at::kFloat));
  bool refused = false;
  try {
    depthwiseConvolution(x, weight, 1).sum().backward({}, /*retain_graph=*/true, /*create_graph=*/true);
  } catch (const std::exception&) {
    refused = true;
  }
  printFact("a second derivative is refused", refused);
}

}  // namespace

void checkDepthwise() {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const ImageShape& shape : kCases) {
      for (const int64_t kernel : {3, 5}) {
        for (const int64_t stride : {1, 2}) checkCase(shape, kernel, stride, type);
      }
    }
    checkRepetition(type);
  }
  if (ownKernelsServe(normal({1}, at::kFloat))) checkSecondDerivative();
}

}  // namespace healthtensor::checks
