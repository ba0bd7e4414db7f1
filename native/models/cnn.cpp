#include "models/cnn.h"

#include <ATen/core/Tensor.h>

#include <deque>
#include <optional>

#include "models/bad_config.h"
#include "models/head.h"
#include "models/initialisers.h"

namespace healthtensor {
namespace {

constexpr int64_t kKernel = 3;
/// Values of one layer's output for one image: a stranger's spec must not exhaust the memory.
constexpr int64_t kLargestOutput = 1 << 24;

class Cnn final : public Model {
 public:
  explicit Cnn(const ModelSpec& spec) {
    int64_t channels = spec.channels;
    int64_t size = spec.imageSize;
    for (const double filters : spec.list("filters")) {
      const auto outputs = static_cast<int64_t>(filters);
      size -= kKernel - 1;
      if (size < 2) badConfig("images of ", spec.imageSize, " pixels are too small for so many filters");
      if (size * size * outputs > kLargestOutput) {
        badConfig(outputs, " filters are too many for images of ", spec.imageSize, " pixels");
      }
      convolutions_.emplace_back(state_, "conv" + std::to_string(convolutions_.size() + 1),
                                 ConvolutionShape{.inputs = channels, .outputs = outputs, .kernel = kKernel},
                                 glorotUniform(channels * kKernel * kKernel, outputs * kKernel * kKernel));
      channels = outputs;
      size /= 2;
    }
    head_.emplace(state_, spec, size * size * channels, "head.fc2", spec.number("dropout"));
  }

  at::Tensor features(const at::Tensor& images, const Pass& pass) override {
    at::Tensor x = images;
    for (const BiasedConvolution& convolution : convolutions_) x = convolution.reluPool(x, pass);
    // Keras flattens height, width, channel; in the channels-last layout that is the order in memory, so
    // nothing moves.
    return x.permute({0, 2, 3, 1}).reshape({x.size(0), -1});
  }

  at::Tensor classify(const at::Tensor& features, const Pass& pass) override {
    return (*head_)(features, pass);
  }

 private:
  std::deque<BiasedConvolution> convolutions_;
  std::optional<Head> head_;
};

}  // namespace

std::unique_ptr<Model> buildCnn(const ModelSpec& spec) { return std::make_unique<Cnn>(spec); }

}  // namespace healthtensor
