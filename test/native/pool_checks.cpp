#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/max_pool2d.h>

#include <limits>
#include <string>

#include "checks.h"
#include "comparison.h"
#include "kernels/max_pool.h"
#include "random_tensors.h"

namespace healthtensor::checks {
namespace {

struct Case {
  int64_t batch;
  int64_t channels;
  int64_t height;
  int64_t width;
  PoolGeometry geometry;
};

constexpr PoolGeometry kHalving = {.kernel = 2, .stride = 2};
constexpr PoolGeometry kOverlapping = {.kernel = 3, .stride = 2, .padding = 1};

// What the networks have, on whole and broken blocks of channels, sizes that leave pixels over and do not,
// one output, one row and one column of them, work for one thread and for two; and others: windows that
// touch, that leave gaps, and that move by one pixel.
constexpr Case kCases[] = {{1, 32, 2, 2, kHalving},
                           {2, 64, 7, 9, kHalving},
                           {3, 40, 8, 5, kHalving},
                           {2, 100, 3, 33, kHalving},
                           {4, 64, 56, 56, kHalving},
                           {1, 64, 1, 1, kOverlapping},
                           {2, 64, 2, 7, kOverlapping},
                           {3, 5, 8, 9, kOverlapping},
                           {4, 64, 57, 56, kOverlapping},
                           {2, 33, 9, 8, {.kernel = 3, .stride = 3}},
                           {2, 32, 9, 10, {.kernel = 2, .stride = 3}},
                           {2, 48, 6, 7, {.kernel = 5, .stride = 1, .padding = 2}}};

std::string nameOf(const Case& shape) {
  const PoolGeometry& geometry = shape.geometry;
  return std::to_string(shape.batch) + "x" + std::to_string(shape.channels) + "x" +
         std::to_string(shape.height) + "x" + std::to_string(shape.width) + " kernel " +
         std::to_string(geometry.kernel) + " stride " + std::to_string(geometry.stride) + " padding " +
         std::to_string(geometry.padding);
}

at::Tensor byAten(const at::Tensor& x, const PoolGeometry& geometry) {
  return at::max_pool2d(x, geometry.kernel, geometry.stride, geometry.padding);
}

struct Answer {
  at::Tensor y;
  at::Tensor inputGradient;
};

template <typename Pool>
Answer answerOf(const Pool& pool, const at::Tensor& values, const PoolGeometry& geometry,
                const at::Tensor& gradient) {
  const at::Tensor x = leaf(values);
  const at::Tensor y = pool(x, geometry);
  y.backward(gradient);
  return {y.detach(), x.grad()};
}

void checkCase(const Case& shape, at::ScalarType type) {
  const at::Tensor x = normal({shape.batch, shape.channels, shape.height, shape.width}, type);
  const at::Tensor gradient = normal(byAten(x, shape.geometry).sizes(), type);
  const Answer found = answerOf(maxPool, x, shape.geometry, gradient);
  const Answer exact = answerOf(byAten, x.to(at::kDouble), shape.geometry, gradient.to(at::kDouble));
  Report report("maxPool", type, nameOf(shape));
  report.add("y", found.y, exact.y);
  report.add("inferred", maxPool(x, shape.geometry), exact.y);
  report.add("inputGradient", found.inputGradient, exact.inputGradient);
  report.print();
}

void checkFacts() {
  // Few different values, so that every window has several maxima; float32, where both add in the same order.
  const at::Tensor ties = normal({3, 64, 17, 19}, at::kFloat).mul_(2).round_();
  for (const PoolGeometry& geometry : {kHalving, kOverlapping}) {
    const at::Tensor gradient = normal(byAten(ties, geometry).sizes(), at::kFloat);
    const Answer found = answerOf(maxPool, ties, geometry, gradient);
    const Answer expected = answerOf(byAten, ties, geometry, gradient);
    printFact("of equal values the same one as in ATen gets the gradient, to the bit",
              at::equal(found.y, expected.y) && at::equal(found.inputGradient, expected.inputGradient));
  }

  // NaN in one pixel: it is the maximum of each window that has it, and gets their gradients.
  at::Tensor spoilt = normal({1, 32, 9, 9}, at::kFloat);
  spoilt.select(2, 3).select(2, 3).fill_(std::numeric_limits<double>::quiet_NaN());
  const at::Tensor gradient = normal(byAten(spoilt, kOverlapping).sizes(), at::kFloat);
  const Answer found = answerOf(maxPool, spoilt, kOverlapping, gradient);
  const Answer expected = answerOf(byAten, spoilt, kOverlapping, gradient);
  printFact("a NaN is the maximum of every window that it is in",
            at::equal(at::isnan(found.y), at::isnan(expected.y)) &&
                at::isnan(found.y).sum().item<int64_t>() == 32 * 4 &&
                at::equal(found.inputGradient, expected.inputGradient));

  const at::Tensor lowest =
      at::full({1, 32, 4, 4}, -std::numeric_limits<double>::infinity(), spoilt.options())
          .contiguous(at::MemoryFormat::ChannelsLast);
  printFact("minus infinity can be a maximum",
            at::equal(maxPool(lowest, kHalving), byAten(lowest, kHalving)));
}

}  // namespace

void checkMaxPool() {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const Case& shape : kCases) checkCase(shape, type);
  }
  checkFacts();
}

}  // namespace healthtensor::checks
