#include "measure/peak.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <functional>

#include "progress.h"

namespace healthtensor {
namespace {

at::Tensor normal(at::IntArrayRef shape, at::ScalarType type, at::Device device) {
  at::Generator generator = at::detail::createCPUGenerator(/*seed=*/1);
  return at::empty(shape, at::TensorOptions().dtype(at::kFloat)).normal_(0, 1, generator).to(device, type);
}

// The shortest of the runs of about half a second. Reading one number waits for a device that works on its
// own.
double shortestSeconds(const std::function<at::Tensor()>& operation) {
  constexpr double kTrySeconds = 0.5;
  const auto run = [&] { operation().flatten()[0].item(); };
  run();
  double shortest = 1e9;
  for (const Stopwatch all; all.seconds() < kTrySeconds;) {
    const Stopwatch watch;
    run();
    shortest = std::min(shortest, watch.seconds());
  }
  return shortest;
}

}  // namespace

double peakOperations(const DeviceChoice& choice, at::ScalarType type) {
  const c10::InferenceMode inference;
  const at::Device device = enterDevice(choice);

  constexpr int64_t kSide = 2048;
  const at::Tensor a = normal({kSide, kSide}, type, device);
  const at::Tensor b = normal({kSide, kSide}, type, device);
  const double product = 2.0 * kSide * kSide * kSide / shortestSeconds([&] { return at::mm(a, b); });

  constexpr int64_t kImages = 16, kChannels = 256, kSize = 28, kKernel = 3;
  const at::Tensor images =
      normal({kImages, kChannels, kSize, kSize}, type, device).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor weight = normal({kChannels, kChannels, kKernel, kKernel}, type, device)
                                .contiguous(at::MemoryFormat::ChannelsLast);
  const auto convolve = [&] {
    return at::convolution(images, weight, {}, {1, 1}, {1, 1}, {1, 1}, false, {0, 0}, 1);
  };
  constexpr double kOperations = 2.0 * kImages * kSize * kSize * kChannels * kChannels * kKernel * kKernel;
  return std::max(product, kOperations / shortestSeconds(convolve));
}

}  // namespace healthtensor
