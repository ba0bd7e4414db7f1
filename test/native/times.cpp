#include <ATen/core/Tensor.h>
#include <ATen/ops/conv2d.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <vector>

#include "checks.h"
#include "kernels/depthwise.h"
#include "memory/caching_allocator.h"
#include "norm_checks.h"
#include "random_tensors.h"

namespace healthtensor::checks {
namespace {

/// One layer: a norm, and before it a depthwise convolution if `kernel` is not 0. `times` it occurs.
struct Layer {
  int64_t channels;
  int64_t size;  // of the input
  int64_t kernel;
  int64_t stride;
  Activation activation;
  bool residual;
  int64_t times;
};

using enum Activation;
const std::vector<Layer> kMobile = {
    {32, 112, 0, 1, kRelu6, false, 1}, {32, 112, 3, 1, kRelu6, false, 1}, {64, 112, 0, 1, kRelu6, false, 1},
    {64, 112, 3, 2, kRelu6, false, 1}, {128, 56, 0, 1, kRelu6, false, 2}, {128, 56, 3, 1, kRelu6, false, 1},
    {128, 56, 3, 2, kRelu6, false, 1}, {256, 28, 0, 1, kRelu6, false, 2}, {256, 28, 3, 1, kRelu6, false, 1},
    {256, 28, 3, 2, kRelu6, false, 1}, {512, 14, 0, 1, kRelu6, false, 6}, {512, 14, 3, 1, kRelu6, false, 5},
    {512, 14, 3, 2, kRelu6, false, 1}, {1024, 7, 0, 1, kRelu6, false, 2}, {1024, 7, 3, 1, kRelu6, false, 1}};
const std::vector<Layer> kEfficient = {
    {32, 112, 0, 1, kSilu, false, 1}, {32, 112, 3, 1, kSilu, false, 1}, {16, 112, 0, 1, kNone, false, 1},
    {96, 112, 0, 1, kSilu, false, 1}, {96, 112, 3, 2, kSilu, false, 1}, {24, 56, 0, 1, kNone, true, 2},
    {144, 56, 0, 1, kSilu, false, 2}, {144, 56, 3, 1, kSilu, false, 1}, {144, 56, 5, 2, kSilu, false, 1},
    {40, 28, 0, 1, kNone, true, 2},   {240, 28, 0, 1, kSilu, false, 2}, {240, 28, 5, 1, kSilu, false, 1},
    {240, 28, 3, 2, kSilu, false, 1}, {80, 14, 0, 1, kNone, true, 3},   {480, 14, 0, 1, kSilu, false, 3},
    {480, 14, 3, 1, kSilu, false, 2}, {480, 14, 5, 1, kSilu, false, 1}, {112, 14, 0, 1, kNone, true, 3},
    {672, 14, 0, 1, kSilu, false, 3}, {672, 14, 5, 1, kSilu, false, 2}, {672, 14, 5, 2, kSilu, false, 1},
    {192, 7, 0, 1, kNone, true, 4},   {1152, 7, 0, 1, kSilu, false, 4}, {1152, 7, 5, 1, kSilu, false, 3},
    {1152, 7, 3, 1, kSilu, false, 1}, {1280, 7, 0, 1, kSilu, false, 1}};
const std::vector<Layer> kRes = {
    {64, 112, 0, 1, kRelu, false, 1}, {64, 56, 0, 1, kRelu, false, 6}, {256, 56, 0, 1, kRelu, true, 3},
    {128, 28, 0, 1, kRelu, false, 7}, {512, 28, 0, 1, kRelu, true, 4}, {256, 14, 0, 1, kRelu, false, 11},
    {1024, 14, 0, 1, kRelu, true, 6}, {512, 7, 0, 1, kRelu, false, 5}, {2048, 7, 0, 1, kRelu, true, 3}};

constexpr int64_t kBatch = 32;

/// The shortest of some, in milliseconds; `prepare` is not counted.
double milliseconds(const std::function<void()>& prepare, const std::function<void()>& body) {
  double best = 1e9;
  for (int repeat = 0; repeat < 7; ++repeat) {
    prepare();
    const auto start = std::chrono::steady_clock::now();
    body();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  return best;
}

struct Times {
  double forward = 0;
  double backward = 0;
};

Times timesOf(const std::vector<at::Tensor>& leaves, const std::function<at::Tensor()>& forward) {
  at::Tensor y;
  Times times;
  times.forward = milliseconds([&] { y.reset(); }, [&] { y = forward(); });
  const at::Tensor gradient = normal(y.sizes(), y.scalar_type());
  // Gradients that are there would be added to.
  const auto forget = [&] {
    for (const at::Tensor& leaf : leaves) leaf.mutable_grad().reset();
  };
  times.backward = milliseconds(forget, [&] { y.backward(gradient, /*retain_graph=*/true); });
  forget();
  return times;
}

void addTimes(Times& sum, const Times& times, int64_t count) {
  sum.forward += times.forward * static_cast<double>(count);
  sum.backward += times.backward * static_cast<double>(count);
}

/// `passes`: how often memory of the tensor's size must at least be read or written.
void printLine(const char* name, const Layer& layer, const Times& own, const Times& aten, double bytes,
               double forwardPasses, double backwardPasses) {
  std::printf(
      "{\"operation\":\"%s\",\"channels\":%ld,\"size\":%ld,\"kernel\":%ld,\"stride\":%ld,\"times\":%ld,"
      "\"forwardMs\":%.3f,\"forwardGBs\":%.1f,\"backwardMs\":%.3f,\"backwardGBs\":%.1f,"
      "\"atenForwardMs\":%.2f,\"atenBackwardMs\":%.2f}\n",
      name, layer.channels, layer.size, layer.kernel, layer.stride, layer.times, own.forward,
      bytes * forwardPasses / own.forward / 1e6, own.backward, bytes * backwardPasses / own.backward / 1e6,
      aten.forward, aten.backward);
}

void printSum(const char* name, const Times& own, const Times& aten) {
  std::printf(
      "{\"sum\":\"%s\",\"forwardMs\":%.1f,\"backwardMs\":%.1f,\"atenForwardMs\":%.1f,\"atenBackwardMs\":%.1f}"
      "\n",
      name, own.forward, own.backward, aten.forward, aten.backward);
}

void timeDepthwise(const Layer& layer, at::ScalarType type, Times& ownSum, Times& atenSum, bool aten) {
  const at::Tensor x = leaf(normal({kBatch, layer.channels, layer.size, layer.size}, type));
  const at::Tensor weight = leaf(normal({layer.channels, 1, layer.kernel, layer.kernel}, at::kFloat));
  const std::vector<at::Tensor> leaves = {x, weight};
  const Times own = timesOf(leaves, [&] { return depthwiseConvolution(x, weight, layer.stride); });
  Times other;
  if (aten) {
    other = timesOf(leaves, [&] {
      return at::conv2d(x, weight.to(type), {}, layer.stride, layer.kernel / 2, 1, layer.channels);
    });
  }
  const double bytes = static_cast<double>(x.numel() * x.element_size());
  const double output = 1.0 / static_cast<double>(layer.stride * layer.stride);
  printLine("depthwise", layer, own, other, bytes, 1 + output, 2 + output);
  addTimes(ownSum, own, layer.times);
  addTimes(atenSum, other, layer.times);
}

void timeNorm(const Layer& layer, at::ScalarType type, Times& ownSum, Times& atenSum, bool aten) {
  const int64_t size = (layer.size - 1) / layer.stride + 1;
  const at::Tensor x = leaf(normal({kBatch, layer.channels, size, size}, type));
  const at::Tensor other = leaf(normal(x.sizes(), type));
  const auto residual = layer.residual ? std::optional(other) : std::nullopt;
  const NormTensors norm =
      normTensors(normal({layer.channels}, at::kFloat), normal({layer.channels}, at::kFloat));
  const std::vector<at::Tensor> leaves = {x, other, norm.weight, norm.bias};
  const Times own = timesOf(leaves, [&] { return normActivation(x, norm, layer.activation, residual); });
  Times reference;
  if (aten) reference = timesOf(leaves, [&] { return referenceNorm(x, norm, layer.activation, residual); });
  const double bytes = static_cast<double>(x.numel() * x.element_size());
  const bool masks = layer.residual && layer.activation != kNone;
  printLine("norm", layer, own, reference, bytes, layer.residual ? 4 : 3, masks ? 7 : 5);
  addTimes(ownSum, own, layer.times);
  addTimes(atenSum, reference, layer.times);
}

}  // namespace

void printTimes(const char* network, at::ScalarType type, bool aten) {
  const CachedMemory memory;
  const std::vector<Layer>& layers = std::strcmp(network, "mobile") == 0      ? kMobile
                                     : std::strcmp(network, "efficient") == 0 ? kEfficient
                                                                              : kRes;
  Times ownDepthwise, atenDepthwise, ownNorm, atenNorm;
  for (const Layer& layer : layers) {
    if (layer.kernel > 0) timeDepthwise(layer, type, ownDepthwise, atenDepthwise, aten);
    timeNorm(layer, type, ownNorm, atenNorm, aten);
  }
  printSum("depthwise", ownDepthwise, atenDepthwise);
  printSum("norm", ownNorm, atenNorm);
}

}  // namespace healthtensor::checks
